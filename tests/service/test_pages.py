"""The pages without JavaScript: a form, what was understood, a piece; hostile text and origins."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mapping.encoder import load_encoder
from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.conditioning import FeatureCondition, Mode, Quantiles
from schemas.errors import PromptError
from schemas.features import feature
from schemas.parts import Lock, Source
from schemas.settings import Settings
from service.http.app import create_app
from service.web.generate import advice, understood, values, waves
from service.web.generate.answering import answered
from service.web.generate.form import Asked, read
from service.web.generate.reading import choices, marked, unknowns
from service.web.generate.understood import rows

PROMPT = "UK garage track with trumpets, darker than usual, skippety, 130 BPM, no vocals"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=home)), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def starter() -> Mapping:
    return Mapping.starter(load_encoder())


@pytest.fixture(scope="module")
def vector(starter: Mapping) -> ConditioningVector:
    return starter.condition(PROMPT, Options())


def test_the_marks_are_the_prompt(vector: ConditioningVector) -> None:
    pieces = marked(vector)
    assert "".join(piece.text for piece in pieces) == PROMPT
    kinds = {piece.text: piece.kind for piece in pieces if piece.kind}
    assert kinds == {
        "UK garage": "style", "trumpets": "said", "darker than usual": "sense",
        "skippety": "unknown", "130 BPM": "said", "no vocals": "said",
    }  # fmt: skip
    tempo = next(row for row in rows(vector) if row.name == "tempo_bpm")
    assert (tempo.told, tempo.source, tempo.path) == ("130 BPM", "user", "")


def test_an_outline_is_highest_where_the_values_are(vector: ConditioningVector) -> None:
    energy = next(row for row in rows(vector) if row.name == "energy")
    points = [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+?),(\S+)", energy.path)]
    xs = [x for x, _ in points]
    assert xs == sorted(xs)
    assert (xs[0], xs[-1]) == (0, 180)
    top = min(points, key=lambda point: point[1])
    assert energy.middle is not None
    assert energy.middle[0] - 9 <= top[0] <= energy.middle[1] + 9
    assert top[1] == pytest.approx(4)
    narrow = Quantiles(p05=0.5, p25=0.5, p50=0.5, p75=0.5, p95=0.5)
    point = understood._outline(feature("energy"), narrow)
    assert "nan" not in point
    assert "inf" not in point


def test_words_that_can_be_acted_on(starter: Mapping) -> None:
    vector = starter.condition("dark uk garag, darkly dark", Options(senses={"dark": "mood"}))
    (word,) = choices(vector)
    assert (word.base, word.mixed) == ("dark", False)
    assert [one.id for one in word.meanings if one.chosen] == ["mood"]
    assert any("→" in one.effect or "lower" in one.effect for one in word.meanings)
    found = {one.word: dict(one.replacements) for one in unknowns(vector)}
    assert found["garag"]["garage"] == "dark uk garage, darkly dark"


def test_tempi_are_offered_where_there_are_several(vector: ConditioningVector) -> None:
    assert understood.tempi(vector) == []
    open_ = FeatureCondition(
        value=140,
        modes=(
            Mode(value=140, weight=0.6),
            Mode(value=70, weight=0.38),
            Mode(value=50, weight=0.02),
        ),
        unit="BPM",
        source=Source.MODEL,
        confidence=0.5,
        lock=Lock.SOFT,
    )
    either = vector.model_copy(update={"features": {**vector.features, "tempo_bpm": open_}})
    assert [(one.text, one.share) for one in understood.tempi(either)] == [
        ("140 BPM", 0.6), ("70 BPM", 0.38),
    ]  # fmt: skip
    assert understood.tempi(either.model_copy(update={"unsaid": ("tempo_bpm",)})) == []


def test_advice_says_what_each_suggestion_would_change(starter: Mapping) -> None:
    vector = starter.condition("house", Options())
    found = advice.advise(starter, vector, "house", Options())
    assert found.suggestions
    for one in found.suggestions:
        assert one.text == f"house, {one.added}"
        assert one.effects.startswith(one.effect)
    assert any("→" in one.effect for one in found.suggestions)
    assert dict(found.unsaid[0].say) == {
        "minor key": "house, minor key",
        "major key": "house, major key",
    }
    same = advice.moves(vector, vector)
    assert same == []
    long = advice.advise(starter, vector, "house " * 1_000, Options())
    assert (long.suggestions, long.unsaid) == ((), ())
    (sentence,) = advice.reasons(starter, "house", Options())
    assert sentence.startswith("“house” moved ")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("tempo_bpm", 129.6, "130 BPM"),
        ("loudness_lufs", -9.62, "−9.6 LUFS"),
        ("loudness_lufs", -0.01, "0.0 LUFS"),
        ("brightness_hz", 1460.8, "1,461 Hz"),
        ("onset_rate_hz", 5.47, "5.5 /s"),
        ("energy", 0.7, "0.70"),
        ("key_mode", 1.0, "major"),
    ],
)
def test_values_have_the_digits_that_mean_something(name: str, value: float, text: str) -> None:
    assert values.measure(feature(name), value) == text


def test_sentences_name_features_plainly() -> None:
    assert values.plainly("brightness_hz: 9 was asked; not my_brightness_hz") == (
        "brightness: 9 was asked; not my_brightness_hz"
    )


def test_a_waveform_is_drawn_within_its_box() -> None:
    path = waves.outline([0.0, 1.0, 7.0])
    assert path.count("M") == 3
    ys = [float(y) for y in re.findall(r"M\S+?,(\S+?)h", path)]
    assert all(0 <= y <= waves.HEIGHT / 2 for y in ys)
    assert ys[0] > ys[1] == ys[2]


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


def made(client: TestClient, where: str) -> str:
    """The path of the page of what the jobs of `where` made."""
    deadline = time.monotonic() + 240
    while (answer := client.get(where)).status_code == 200:
        assert 'http-equiv="refresh"' in answer.text, answer.text
        assert "<button>Cancel</button>" in answer.text
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return str(answer.headers["location"])


@pytest.fixture(scope="module")
def path(client: TestClient) -> str:
    """Path of the page of a piece that a form has made."""
    data = {"prompt": "house with <b>piano</b>", "length": "5", "speed": "words", "seed": "7"}
    sent = client.post("/generate", data=data)
    assert sent.status_code == 303
    return made(client, sent.headers["location"])


def test_a_form_becomes_a_piece(client: TestClient, path: str) -> None:
    song = client.get(path)
    assert "Asked and measured" in song.text
    assert "house with &lt;b&gt;piano" in song.text
    assert "seed 7" in song.text
    assert "[GPL-2.0-only]" in song.text
    for source in re.findall(r'src="(/v1[^"]+)"', song.text):
        assert client.get(source).status_code == 200
    with zipfile.ZipFile(io.BytesIO(client.get(f"{path}/stems.zip").content)) as archive:
        stems = {name.removesuffix(".wav") for name in archive.namelist()}
        assert all(archive.read(name)[:4] == b"RIFF" for name in archive.namelist())
    assert set(re.findall(r'id="stem-(\w+)"', song.text)) == stems
    back = client.get("/", params={"prompt": "house", "song": path.removeprefix("/song/")})
    assert 'id="stem-drums"' in back.text
    gone = client.get("/", params={"prompt": "house", "song": "../../etc/passwd"})
    assert gone.status_code == 200
    assert "to play yet" in gone.text


def test_songs_are_listed_page_by_page(tmp_path: Path, home: Path, path: str) -> None:
    first = path.removeprefix("/song/")
    text = (home / "generations" / first / "result.json").read_text()
    for number in range(23):
        other = f"20200101T{number:012d}-0123abcd"
        folder = tmp_path / "generations" / other
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(text.replace(first, other))
    (folder / "result.json").write_text("{}")
    pages = TestClient(create_app(Settings(home=tmp_path)))
    one = pages.get("/songs").text
    older = re.search(r'rel="next" href="([^"]+)"', one)
    assert older
    two = pages.get(older[1]).text
    shown = re.findall(r'href="(/song/[^"]+)"', one + two)
    assert len(shown) == len(set(shown))
    assert (one.count('class="song-line"'), two.count('class="song-line"')) == (20, 2)
    assert "house with &lt;b&gt;piano" in one
    assert 'rel="next"' not in two
    assert 'rel="first"' in two
    # The sound of these is gone, which their page says.
    gone = pages.get("/song/20200101T000000000003-0123abcd")
    assert gone.status_code == 404
    assert "damaged" in gone.text


def test_a_piece_shows_how_it_is_laid_out(client: TestClient, path: str) -> None:
    text = client.get(path).text
    told = re.search(r"<small>(\d/\d · \d+ BPM · [A-G][b#]? m\w+ · [^<]+)</small>", text)
    assert told, text
    places = [float(x) for x in re.findall(r'<text x="([\d.]+)%"', text)]
    assert places == sorted(places)
    assert places[0] == 0
    assert all(b - a >= 9 for a, b in pairwise(places))


def test_what_a_change_would_ask_is_told_before_it_is_made(client: TestClient, path: str) -> None:
    asked = client.post(f"{path}/edit", data={"words": "darker", "preview": "yes"})
    assert "asked: darker" in asked.text
    stems = re.findall(r'id="stem-(\w+)"', asked.text)
    for data, says in (
        ({"words": ""}, "say in words"),
        ({"longer": "yes", "length_s": "9999"}, "valid is 1 … 120"),
        ({"vary": "yes", "count": "400"}, "valid is 1 … 4"),
        ({"vary": "yes", **{f"keep.{stem}": "yes" for stem in stems}}, "nothing is left to vary"),
        ({"words": "qwrtz"}, "qwrtz"),
    ):
        wrong = client.post(f"{path}/edit", data=data)
        assert wrong.status_code == 422
        assert says in wrong.text


@pytest.mark.slow
def test_words_change_a_piece_and_change_what_they_made(client: TestClient, path: str) -> None:
    changed = client.post(f"{path}/edit", data={"words": "darker", "keep.drums": "yes"})
    second = made(client, changed.headers["location"])
    page = client.get(second).text
    assert "What changed" in page
    assert "kept drums" in page
    assert 'id="takes"' in page
    again = client.post(f"{second}/edit", data={"words": "much brighter", "preview": "yes"})
    assert again.status_code == 200
    assert "asked: much brighter" in again.text
    listed = client.get("/songs").text
    assert listed.count('class="song-line"') == 2


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prompt": ""}, "say what you want to hear"),
        ({"prompt": "x", "length": "1e9"}, "length"),
        ({"prompt": "x", "speed": "number", "bpm": "nan"}, "bpm"),
        ({"prompt": "x", "vocals": "maybe"}, "vocals"),
        ({"prompt": "x", "seed": "-1"}, "seed"),
        ({"prompt": "x", "seed": "²"}, "seed"),
        ({"prompt": "x", "candidates": "99"}, "candidates"),
        ({"prompt": "x", "key": "H flat"}, "key"),
        ({"prompt": "x", "preset": "nothing"}, "preset"),
        ({"prompt": "x", "engine": "../x"}, "engine"),
        ({"prompt": "x", "lock.nothing": "1"}, "nothing"),
        ({"prompt": "x", "lock.energy": "nan"}, "energy"),
        ({"prompt": "x", "tempo": "1000"}, "tempo"),
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


@pytest.mark.parametrize(
    ("prompt", "length", "preset", "made"),
    [
        ("house", "15", None, 15),
        ("house, half a minute long", "15", None, 30),
        ("house, half a minute long", "20", None, 20),
        ("house, ten minutes long", "15", None, 120),
        ("house", "15", "sting", None),
    ],
)
def test_the_length_is_the_sliders_the_prompts_or_the_usual(
    starter: Mapping, prompt: str, length: str, preset: str | None, made: float | None
) -> None:
    asked = read({"prompt": prompt, "length": length, "preset": preset or ""})
    vector = answered(starter, asked)
    assert vector.duration_s == made
    assert any("120 s at most" in text for text in vector.warnings) == ("ten minutes" in prompt)


def test_a_picked_tempo_counts_whatever_the_speed_says() -> None:
    assert read({"speed": "words", "bpm": "130", "tempo": "70.5"}).bpm == 70.5
    assert read({"speed": "number", "bpm": "131"}).bpm == 131
    with pytest.raises(PromptError, match="seed"):
        read({"seed": "9" * 19})


def test_a_form_without_javascript_says_what_it_would_with_it(client: TestClient) -> None:
    asked = {"prompt": "dark house", "show": "advice"}
    page = client.post("/", data=asked)
    assert page.status_code == 200
    assert 'value="dark house, ' in page.text
    why = client.post("/", data={"prompt": "dark house", "show": "why"})
    assert "“dark” moved " in why.text
    plain = client.post("/", data={"prompt": "dark house"})
    assert "moved " not in plain.text
    assert 'name="show" value="advice"' in plain.text
    better = client.post("/", data={"prompt": "dark house, instrumental"})
    assert ">dark house, instrumental</textarea>" in better.text


def test_a_very_long_prompt_is_read(client: TestClient) -> None:
    page = client.post("/", data={"prompt": "🎹" * 10_000, "show": "advice"})
    assert page.status_code == 200
    many = client.post("/", data={f"lock.{i}": "1" for i in range(200)})
    assert many.status_code == 400
    assert "100 fields" in many.text


@pytest.mark.parametrize("path", ["/song/x", "/song/..%2fx", "/making/x", "/making/a,b,c,d,e,f"])
def test_what_is_missing_is_told_on_a_page(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    if not path.startswith("/song/.."):
        assert "<h1>Not found</h1>" in page.text


def test_no_songs_yet(client: TestClient) -> None:
    assert "There are no more." in client.get("/songs", params={"before": "0"}).text
    assert client.get("/songs", params={"before": "<" * 81}).status_code == 422


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
