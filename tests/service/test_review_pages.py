"""The page to listen and judge, by forms alone: blind until judged, taken back, hostile text."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from generation.around.candidates import create
from generation.around.describing import describe
from generation.around.keeping import keep
from pipelines.generations import record_generations
from schemas.settings import Settings
from service import reviews
from service.http.app import create_app
from service.http.shell.tokens import digest_of
from tests.generation.around.playing import MANIFEST, Playing, request
from tests.warehouse.blank import blank
from warehouse.location import Location
from warehouse.store import Store

FOUND = {"tempo_bpm": 120.0, "key_pitch_class": 0.0, "key_mode": 1.0, "loudness_lufs": -14.0}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three pieces, of which two answer the same prompt."""
    settings = Settings(home=tmp_path_factory.mktemp("reviewed"))
    blank(Location.from_settings(settings))
    results = []
    for bpm, text in ((120.0, "a"), (120.0, "a"), (90.0, HOSTILE)):
        asked = request(bpm=bpm, duration_s=1.0)
        asked = asked.model_copy(update={"prompt": asked.prompt.model_copy(update={"text": text})})
        made = create(Playing(seconds=1.0), asked, lambda _: FOUND)
        results.append(describe(MANIFEST, asked, made, "wordtone 0"))
        keep(settings.generations_path, made, results[-1])
    with Store(Location.from_settings(settings)) as store:
        record_generations(store, results)
    return settings.home_path


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def client(settings: Settings) -> TestClient:
    client = TestClient(create_app(settings), follow_redirects=False)
    client.cookies.set("wordtone-listener", "ann")
    return client


@pytest.fixture(scope="module")
def untouched(made: Path) -> TestClient:
    """A visitor of the home itself, for what must leave it as it is."""
    client = TestClient(create_app(Settings(home=made)), follow_redirects=False)
    client.cookies.set("wordtone-listener", "ann")
    return client


def field(text: str, name: str) -> str:
    found = re.search(f'name="{re.escape(name)}" value="([^"]*)"', text)
    assert found is not None, name
    return found[1]


def said(settings: Settings) -> list[tuple[str, str | None]]:
    return [(o.listener, o.feature) for o in reviews.material(settings).opinions]


def test_a_piece_is_judged_blind_shown_and_taken_back(
    client: TestClient, settings: Settings
) -> None:
    page = client.get("/review").text
    piece = field(page, "piece")
    assert "playing" not in page.lower().replace("play, pause", "")
    assert "120 ± " in page or "90 ± " in page
    assert 'of <b class="n">3</b> pieces' in page
    given = {"piece": piece, "rating": "4", "heard.tempo_bpm": "higher", "note": HOSTILE}
    sent = client.post("/review", data=given)
    assert sent.status_code == 303
    shown = client.get(sent.headers["location"]).text
    assert "<b>playing</b>" in shown
    assert "faster" in shown
    assert field(shown.partition("What you judged last")[0], "piece") != piece
    assert HOSTILE not in shown
    assert sorted(said(settings), key=str) == [("ann", "tempo_bpm"), ("ann", None)]
    again = client.get("/review", params={"piece": piece}).text
    assert "&lt;script&gt;" in again
    assert re.search(r'value="4" checked', again)
    assert re.search(r'name="heard.tempo_bpm" value="higher" checked', again)
    undone = client.post("/review/undo", data={"piece": piece})
    assert said(settings) == []
    back = client.get(undone.headers["location"]).text
    assert field(back, "piece") == piece
    assert not re.search(r'value="4" checked', back)


def test_skipping_goes_round(untouched: TestClient) -> None:
    first = at = field(untouched.get("/review").text, "piece")
    seen = []
    for _ in range(3):
        seen.append(at)
        at = field(untouched.get("/review", params={"after": at}).text, "piece")
    assert at == first
    assert len(set(seen)) == 3


def test_all_heard_is_said(client: TestClient) -> None:
    for _ in range(3):
        piece = field(client.get("/review").text, "piece")
        client.post("/review", data={"piece": piece, "rating": "3"})
    assert "All heard" in client.get("/review").text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "at least one thing"),
        ({"rating": "9"}, "valid is 1 … 5"),
        ({"rating": HOSTILE}, "valid is 1 … 5"),
        ({"heard.tempo_bpm": "loud"}, "valid is higher"),
        ({"heard.nonsense": "higher"}, "valid are"),
        ({"rating": "3", "engine": "x"}, "field &#39;engine&#39;"),
        ({"note": "x" * 3_000}, "3,000 characters"),
    ],
)
def test_what_cannot_be_comes_back_with_the_reason(
    untouched: TestClient, made: Path, given: dict[str, str], says: str
) -> None:
    piece = field(untouched.get("/review").text, "piece")
    answer = untouched.post("/review", data={"piece": piece, **given})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert says in answer.text
    assert HOSTILE not in answer.text
    assert field(answer.text, "piece") == piece
    assert said(Settings(home=made)) == []


@pytest.mark.parametrize("piece", ["../../etc/passwd", "20260101T000000000000-00000000"])
def test_there_is_no_such_piece(untouched: TestClient, piece: str) -> None:
    assert untouched.get("/review", params={"piece": piece}).status_code == 404
    assert untouched.post("/review", data={"piece": piece, "rating": "3"}).status_code == 404
    assert untouched.get(f"/review/audio/{quote(piece, safe='')}").status_code == 404
    assert untouched.get("/review/pairs", params={"pair": f"{piece}.{piece}"}).status_code == 404


def test_two_are_compared_and_who_cannot_tell_says_so(
    client: TestClient, settings: Settings
) -> None:
    page = client.get("/review/pairs").text
    assert "Both were asked for" in page
    assert "playing" not in page.lower().replace("play, pause", "")
    both = {"a": field(page, "a"), "b": field(page, "b")}
    chosen = {"choice.overall": "tied", "choice.sound quality": "b"}
    sent = client.post("/review/pairs", data={**both, **chosen})
    shown = client.get(sent.headers["location"]).text
    assert "<b>playing</b>" in shown
    assert "No pair is left" in shown
    found = {c.criterion: c for c in reviews.material(settings).choices}
    assert found["overall"].tied
    assert not found["sound quality"].tied
    assert (found["sound quality"].winner, found["sound quality"].loser) == (both["b"], both["a"])
    back = client.post("/review/undo", data=both)
    assert reviews.material(settings).choices == ()
    assert field(client.get(back.headers["location"]).text, "a") == both["a"]
    for wrong in ({}, {"choice.overall": "c"}, {"choice.mood": "a"}):
        answer = client.post("/review/pairs", data={**both, **wrong})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_a_listener_has_a_name(client: TestClient, settings: Settings) -> None:
    sent = client.post("/review/name", data={"name": "Jörg Ø"})
    cookie = sent.headers["set-cookie"].lower()
    assert "samesite=strict" in cookie
    client.cookies.clear()
    client.cookies.set("wordtone-listener", quote("Jörg Ø"))
    page = client.get("/review").text
    assert 'value="Jörg Ø"' in page
    client.post("/review", data={"piece": field(page, "piece"), "rating": "1"})
    assert said(settings) == [("Jörg Ø", None)]
    for name in ("", "extractor", "x" * 101):
        refused = client.post("/review/name", data={"name": name})
        assert refused.status_code == 422
        assert "set-cookie" not in refused.headers
    client.cookies.set("wordtone-listener", "extractor")
    assert 'value="extractor"' not in client.get("/review").text


def test_a_token_names_its_listener(settings: Settings, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    entries = (("ear", "review"), ("reader", "read"))
    tokens.write_text(
        "".join(
            f'[{name}]\nsha256 = "{digest_of(name).hex()}"\nscopes = ["{scope}"]\n'
            for name, scope in entries
        )
    )
    guarded = Settings(home=settings.home, tokens_file=str(tokens))
    client = TestClient(create_app(guarded), follow_redirects=False)
    ear, reader = ({"Authorization": f"Bearer {name}"} for name, _ in entries)
    for path in ("/review", "/review/pairs", "/review/findings", "/review/audio/x"):
        assert client.get(path).headers["location"] == "/login"
        assert client.get(path, headers=reader).headers["location"] == "/login"
    client.cookies.set("wordtone-listener", "somebody else")
    page = client.get("/review", headers=ear).text
    piece = field(page, "piece")
    assert "ear, the name of your token" in page
    client.post("/review", data={"piece": piece, "rating": "5"}, headers=ear)
    assert said(settings) == [("ear", None)]
    part = client.get(f"/review/audio/{piece}", headers={**ear, "Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"RIFF")


def test_what_reviews_say(untouched: TestClient) -> None:
    page = untouched.get("/review/findings").text
    assert '<section id="engines"' in page
    assert "playing · tempo_bpm" in page
    assert "style=" not in page
    assert "<script>alert" not in page


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path)))
    for path in ("/review", "/review/pairs", "/review/findings"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Nothing to judge yet" in answer.text
