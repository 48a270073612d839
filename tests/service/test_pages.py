"""The pages without JavaScript: a form, what was understood, a piece; hostile text and origins."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mapping.encoder import load_encoder
from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.settings import Settings
from service.http.app import create_app
from service.web.generate.form import Asked, read
from service.web.generate.understood import marked, rows

PROMPT = "UK garage track with trumpets, darker than usual, skippety, 130 BPM, no vocals"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("pages")
    with TestClient(create_app(Settings(home=home)), follow_redirects=False) as client:
        yield client


def test_the_marks_are_the_prompt() -> None:
    vector = Mapping.starter(load_encoder()).condition(PROMPT, Options())
    pieces = marked(vector)
    assert "".join(piece.text for piece in pieces) == PROMPT
    kinds = {piece.text: piece.kind for piece in pieces if piece.kind}
    assert kinds == {
        "UK garage": "style", "trumpets": "said", "darker than usual": "sense",
        "skippety": "unknown", "130 BPM": "said", "no vocals": "said",
    }  # fmt: skip
    tempo = next(row for row in rows(vector) if row.name == "tempo_bpm")
    assert (tempo.told, tempo.source, tempo.path) == ("130 BPM", "user", "")
    energy = next(row for row in rows(vector) if row.name == "energy")
    xs = [float(x) for x in re.findall(r"[ML](\S+?),", energy.path)]
    assert xs == sorted(xs)
    assert 0 <= xs[0] <= energy.at <= xs[-1] <= 180  # type: ignore[operator]


def test_the_form_shows_what_it_understands(client: TestClient) -> None:
    page = client.get("/", params={"prompt": PROMPT, "sense.dark": "timbre"})
    assert page.status_code == 200
    assert '<mark class="unknown"' in page.text
    assert re.search(r'value="timbre"\s+checked', page.text)
    assert 'name="lock.energy"' in page.text


def test_what_is_held_in_the_form_is_held(client: TestClient) -> None:
    page = client.get("/", params={"prompt": "house", "lock.energy": "0.31"})
    assert re.search(r'name="lock.energy"[^>]+value="0.31"', page.text)
    odd = client.get("/", params={"prompt": "house", "lock.energy": "loud"})
    assert odd.status_code == 422
    assert "energy" in odd.text


def test_text_from_outside_is_text(client: TestClient) -> None:
    evil = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>'
    page = client.get("/", params={"prompt": evil, "length": evil})
    assert "<script>" not in page.text
    assert "<img" not in page.text
    assert page.status_code == 422
    assert "valid is 5 … 120" in page.text


def test_a_form_becomes_a_piece(client: TestClient) -> None:
    sent = client.post(
        "/generate", data={"prompt": "house with <b>piano</b>", "length": "5", "speed": "words"}
    )
    assert sent.status_code == 303
    where = sent.headers["location"]
    deadline = time.monotonic() + 120
    while (answer := client.get(where)).status_code == 200:
        assert 'http-equiv="refresh"' in answer.text, answer.text
        assert time.monotonic() < deadline
        time.sleep(0.1)
    song = client.get(answer.headers["location"])
    assert "Asked and measured" in song.text
    assert "house with &lt;b&gt;piano" in song.text
    for path in re.findall(r'src="(/v1[^"]+)"', song.text):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prompt": ""}, "say what you want to hear"),
        ({"prompt": "x", "length": "1e9"}, "length"),
        ({"prompt": "x", "speed": "number", "bpm": "nan"}, "bpm"),
        ({"prompt": "x", "vocals": "maybe"}, "vocals"),
    ],
)
def test_a_wrong_form_comes_back_with_the_reason(
    client: TestClient, fields: dict[str, str], says: str
) -> None:
    answer = client.post("/generate", data=fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert says in answer.text


def test_an_empty_form_is_the_usual_one() -> None:
    assert read({}) == Asked()
    assert Asked().bpm is None


def test_other_sites_may_not_act(client: TestClient) -> None:
    data = {"prompt": "jazz"}
    for origin in ("https://evil.org", "null", "http://testserver.evil.org"):
        assert client.post("/generate", data=data, headers={"Origin": origin}).status_code == 403
    same = client.post("/generate", data={"prompt": ""}, headers={"Origin": "http://testserver"})
    assert same.status_code == 422
    assert client.get("/", headers={"Host": "evil.org"}).status_code == 421
    assert client.get("/", headers={"Host": "[::1]:8000"}).status_code == 200


def test_pages_ask_for_a_token_where_there_is_one(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path, token="secret"))  # noqa: S106
    client = TestClient(app, follow_redirects=False)
    for path in ("/", "/making/x", "/song/x"):
        assert client.get(path).headers["location"] == "/login"
    wrong = client.post("/login", data={"token": "secre"})
    assert "set-cookie" not in wrong.headers
    assert client.get(wrong.headers["location"]).status_code == 200
    right = client.post("/login", data={"token": "secret"})
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").status_code == 200
    assert client.get("/v1/schema").status_code == 200
