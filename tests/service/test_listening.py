"""Sound that is sent: heard and measured in processes of their own, and nothing of it is left."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from fastapi.testclient import TestClient

from benchmarks._hums import CONDITIONS, RATE_HZ, Hum, hum
from benchmarks._note_matching import f1, hits
from benchmarks._tunes import tunes
from pipelines.melody.transcribe import Wanted, read_again
from schemas.errors import BusyError, InputError, PromptError
from schemas.melody import HeardNote, PitchCurve, Transcription
from schemas.outcomes import Outcome
from schemas.report import FeatureReport, FileReport
from schemas.settings import Settings
from service.http.app import create_app
from service.listening import IN_HAND, UNNAMED, Listening, plain_name
from service.operations import Heard
from service.web.generate import hearing
from service.web.generate.hearing import Hearing

SECONDS = 8.0


def wav(signal: Any, kind: str = "WAV") -> bytes:
    target = io.BytesIO()
    soundfile.write(target, signal, RATE_HZ, format=kind, subtype="PCM_16")
    return target.getvalue()


def truth(sung: Hum) -> list[tuple[float, float, int, float, float]]:
    return [note for note in sung.notes if note[1] < SECONDS]


@pytest.fixture(scope="module")
def sung() -> Hum:
    return hum(tunes("held_out")[0], "female", CONDITIONS[0], 9)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("listening")


@pytest.fixture(scope="module")
def app(home: Path) -> Any:
    return create_app(Settings(home=home))


@pytest.fixture
def client(app: Any) -> TestClient:
    """Without its lifespan: jobs are queued, and none is begun."""
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def no_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of temporary files, which is empty again at the end."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def melody(bpm: float | None = 100.0, **fields: Any) -> Transcription:
    notes = tuple(
        HeardNote(
            start_s=0.6 * i,
            end_s=0.6 * i + 0.5,
            pitch=60 + 2 * i,
            sounded=60.1 + 2 * i,
            velocity=90,
            confidence=0.9,
            start_beat=float(i),
            beats=1.0,
        )
        for i in range(5)
    )
    given: dict[str, Any] = {
        "kind": "line", "duration_s": 3.5, "tuning_cents": 10.0, "notes": notes, "tempo_bpm": bpm,
        "tempo_from": "stated" if bpm else None,
    }  # fmt: skip
    return Transcription(**(given | fields))


def clip(**values: float) -> FileReport:
    units = {"tempo_bpm": ("rhythm", "BPM"), "brightness_hz": ("timbre", "Hz")}
    features: dict[str, dict[str, FeatureReport]] = {}
    for name, value in values.items():
        group, unit = units[name]
        features.setdefault(group, {})[name] = FeatureReport(value=value, unit=unit)
    return FileReport(path="clip.ogg", outcome=Outcome.ACCEPTED, reason=None, features=features)


# ---- the API ---------------------------------------------------------------------------------


def test_a_hum_becomes_notes(client: TestClient, sung: Hum, no_spool: Path) -> None:
    signal = sung.signal[: int(SECONDS * RATE_HZ)]
    answer = client.post(
        "/v1/transcribe?tempo_bpm=95", content=wav(signal), headers={"content-type": "audio/wav"}
    )
    assert answer.status_code == 200, answer.text
    found = Transcription.model_validate_json(answer.text)
    heard = [(note.start_s, note.pitch) for note in found.notes]
    assert f1(hits(truth(sung), heard), len(truth(sung)), len(heard)) >= 0.9
    assert found.confirmed
    assert found.curve is not None
    assert len(found.curve.pitch) * found.curve.hop_s == pytest.approx(SECONDS, rel=0.02)
    middle = found.notes[3]
    at = round((middle.start_s + middle.end_s) / 2 / found.curve.hop_s)
    assert found.curve.pitch[at] == pytest.approx(middle.sounded, abs=0.6)


@pytest.mark.parametrize(
    ("query", "kind", "content", "status", "says"),
    [
        ("", "application/json", b"{}", 415, "audio/*"),
        ("", "text/html", b"x", 415, "multipart/form-data"),
        ("?tempo=90", "audio/wav", b"x", 422, "tempo_bpm"),
        ("?tempo_bpm=500", "audio/wav", b"x", 422, "tempo_bpm"),
        ("?taps=1,2,x", "audio/wav", b"x", 422, "taps"),
        ("?taps=1,2", "audio/wav", b"x", 422, "taps: 2 taps"),
        ("?kind=choir", "audio/wav", b"x", 422, "kind"),
        ("", "multipart/form-data", b"x", 400, "boundary"),
        ("", "multipart/form-data; boundary=b", b"--b--\r\n", 422, "file"),
    ],
)
def test_what_cannot_be_heard_is_said_before_it_is_listened_to(
    client: TestClient, query: str, kind: str, content: bytes, status: int, says: str
) -> None:
    answer = client.post(f"/v1/transcribe{query}", content=content, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_a_body_beyond_the_limit_is_refused(client: TestClient, no_spool: Path) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield bytes(1 << 20)

    for path in ("/v1/transcribe", "/hum"):
        answer = client.post(path, content=endless(), headers={"content-type": "audio/wav"})
        assert answer.status_code in (413, 415)
    big = {"file": ("x.wav", bytes(34 << 20), "audio/wav")}
    assert client.post("/hum", files=big).status_code == 413


def test_no_more_than_so_many_at_once(tmp_path: Path) -> None:
    listening = Listening(Settings(home=tmp_path))
    with contextlib.ExitStack() as full:
        for _ in range(IN_HAND):
            full.enter_context(listening.place())
        with pytest.raises(BusyError, match="try again"), listening.place():
            pass
    with listening.place():
        pass


def test_listening_needs_a_scope(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path, token="secret")))  # noqa: S106
    for path in ("/v1/transcribe", "/v1/analyse"):
        answer = client.post(path, content=b"", headers={"content-type": "audio/wav"})
        assert answer.status_code == 401
    whole = {"transcription": melody().model_dump(mode="json")}
    assert client.post("/v1/transcribe/quantise", json=whole).status_code == 401
    assert client.post("/hum", follow_redirects=False).headers["location"] == "/login"


def test_names_are_names() -> None:
    assert plain_name("../../etc/passwd") == "passwd"
    assert plain_name("C:\\Users\\me\\hum.wav") == "hum.wav"
    assert plain_name("a\nb\x00\u202e.wav") == "ab.wav"
    assert plain_name("/") == plain_name(None) == UNNAMED
    assert len(plain_name("x" * 5_000)) == 100


# ---- notes that were heard before -------------------------------------------------------------


def test_notes_go_onto_another_grid(client: TestClient) -> None:
    sent = melody(None, tempo_from=None)
    question = {"transcription": sent.model_dump(mode="json"), "taps": [0.0, 0.6, 1.2, 1.8]}
    found = Transcription.model_validate(
        client.post("/v1/transcribe/quantise", json=question).json()
    )
    assert found.tempo_from == "tapped"
    assert found.tempo_bpm == pytest.approx(100, rel=0.01)
    assert [note.start_beat for note in found.notes] == [0, 1, 2, 3, 4]
    assert [note.pitch for note in found.notes] == [note.pitch for note in sent.notes]
    both = client.post("/v1/transcribe/quantise", json=question | {"tempo_bpm": 90})
    assert both.status_code == 422
    assert "valid is one of them" in both.json()["detail"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pitch": 200}, "pitch"),
        ({"end_s": -1}, "end_s"),
        ({"start_beat": 1e9}, "start_beat"),
        ({"start_s": 9.0, "end_s": 9.5}, "start_s"),
        ({"loudness": 3}, "loudness"),
    ],
)
def test_notes_that_cannot_be(client: TestClient, change: dict[str, float], says: str) -> None:
    sent = melody().model_dump(mode="json")
    sent["notes"][0] |= change
    for path, body in (
        ("/v1/transcribe/quantise", {"transcription": sent, "tempo_bpm": 90}),
        ("/v1/generate", {"question": {"prompt": "reggae"}, "melody": sent}),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == 422
        assert says in answer.json()["detail"]


def test_a_melody_and_a_clip_reach_the_engine(client: TestClient, home: Path) -> None:
    heard = melody().model_dump(mode="json")
    like = clip(tempo_bpm=140.0, brightness_hz=900.0).model_dump(mode="json")
    body = {"question": {"prompt": "like this, but brighter"}, "melody": heard, "like": like}
    job = client.post("/v1/generate", json=body).json()
    request = queued(home, job["job_id"])
    assert [note["pitch"] for note in request["melody"]] == [60, 62, 64, 66, 68]
    assert request["melody"][1]["start_s"] == pytest.approx(0.6)
    assert request["features"]["tempo_bpm"]["value"] == 100, "the melody's, not the clip's"
    assert request["features"]["tempo_bpm"]["confidence"] == 1
    assert request["features"]["brightness_hz"]["value"] > 900
    assert request["references"][0]["kind"] == "audio"


def test_a_stated_tempo_speeds_a_confirmed_melody_up(client: TestClient, home: Path) -> None:
    body = {
        "question": {"prompt": "reggae", "bpm": 200},
        "melody": melody().model_dump(mode="json"),
    }
    request = queued(home, client.post("/v1/generate", json=body).json()["job_id"])
    assert request["features"]["tempo_bpm"]["value"] == 200
    assert [note["start_s"] for note in request["melody"]] == pytest.approx([0, 0.3, 0.6, 0.9, 1.2])


def test_a_melody_alone_says_enough(client: TestClient) -> None:
    body = {"question": {"prompt": ""}, "melody": melody().model_dump(mode="json")}
    assert client.post("/v1/generate", json=body).status_code == 202
    shown = client.post("/", data={"prompt": "", "melody": hearing.pack(melody())})
    assert shown.status_code == 200
    assert "heard in your recording" in shown.text
    like = client.post("/", data={"prompt": "", "like": hearing.pack(clip(tempo_bpm=100.0))})
    assert "heard in your recording" in like.text


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"melody": {"notes": []}}, "no notes"),
        ({"like": {"path": "x", "outcome": "accepted"}}, "nothing measured"),
        ({"like": {"path": "/etc/passwd"}}, "outcome"),
        ({"like": {"features": {"rhythm": {"tempo_bpm": {"value": 1e9, "unit": "BPM"}}}}}, "30"),
        ({"like": {"features": {"x": {"loudnes": {"value": 1, "unit": "1"}}}}}, "loudnes"),
        ({"like": "clip.ogg"}, "like"),
        ({"melody": "hum.wav"}, "melody"),
    ],
)
def test_melodies_and_clips_that_cannot_be(
    client: TestClient, body: dict[str, Any], says: str
) -> None:
    for name, whole in (("melody", melody()), ("like", clip(tempo_bpm=100.0))):
        if isinstance(body.get(name), dict) and "path" not in body[name]:
            body = body | {name: whole.model_dump(mode="json") | body[name]}
    answer = client.post("/v1/generate", json={"question": {"prompt": "reggae"}} | body)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def queued(home: Path, job_id: str) -> dict[str, Any]:
    """The request of a job that has not begun."""
    task: dict[str, Any] = json.loads((home / "jobs" / f"{job_id}.task.json").read_text())
    request: dict[str, Any] = task["request"]
    return request


def test_tracks_like_a_file_need_a_catalogue_and_what_can_be(client: TestClient) -> None:
    like = clip(tempo_bpm=100.0).model_dump(mode="json")
    nowhere = client.post("/v1/similar", json={"like": like})
    assert nowhere.status_code == 503
    assert "wordtone ingest" in nowhere.json()["detail"]
    like["features"]["rhythm"]["tempo_bpm"]["value"] = 1e6
    for body, says in (
        ({"like": like}, "tempo_bpm: 1e+06"),
        ({"like": like, "limit": 0}, "limit"),
        ({"like": "/etc/passwd"}, "like"),
        ({"like": like, "where": ["tempo_bpm; DROP"]}, "tempo_bpm; DROP"),
    ):
        answer = client.post("/v1/similar", json=body)
        assert answer.status_code == 422
        assert says in answer.json()["detail"]


def test_the_page_of_tracks_like_a_clip_says_why_there_is_none(client: TestClient) -> None:
    packed = hearing.pack(clip(tempo_bpm=100.0))
    nowhere = client.get("/tracks-like", params={"hum.like": packed})
    assert "wordtone ingest" in nowhere.text
    assert "clip.ogg" in nowhere.text
    for text in ("", "x", hearing.pack(melody())):
        answer = client.get("/tracks-like", params={"hum.like": text})
        assert answer.status_code == 422
        assert "give the recording again" in answer.text


# ---- the page ----------------------------------------------------------------------------------


def test_packed_is_what_it_was() -> None:
    now = Hearing(Heard(melody(), clip(tempo_bpm=100.0)), melody=melody(None, tempo_from=None))
    assert hearing.hearing(now.fields()) == now
    assert len(hearing.pack(melody())) < 600


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "\u00e9",
        base64.urlsafe_b64encode(b"x").decode(),
        base64.urlsafe_b64encode(zlib.compress(b"{}")).decode(),
        base64.urlsafe_b64encode(zlib.compress(bytes(100 << 20), 9)).decode(),
        hearing.pack(clip(tempo_bpm=100.0)),
    ],
)
def test_what_nobody_packed_is_refused(text: str, client: TestClient) -> None:
    with pytest.raises(PromptError, match="give the recording again"):
        hearing.unpack(Transcription, "melody", text)
    seen = client.get("/", params={"melody": text[:8_000]})
    sent = client.post("/hum/change", data={"hum.melody": text, "do": "use", "prompt": "jazz"})
    for answer in (seen, sent):
        assert answer.status_code == 422
        assert "give the recording again" in answer.text


def test_notes_are_put_right() -> None:
    now = Hearing(melody=melody(None, tempo_from=None, curve=PitchCurve(hop_s=0.02, pitch=(60.1,))))

    def after(do: str, kept: str = "01234", **form: str) -> Transcription:
        found = hearing.changed(now, {"do": do, "listed": "yes", **form}, list(kept)).melody
        assert found is not None
        return found

    assert [n.pitch for n in after("show", "0124").notes] == [60, 62, 64, 68]
    assert [n.pitch for n in after("shift -12").notes] == [48, 50, 52, 54, 56]
    assert [n.pitch for n in after("up 2").notes] == [60, 62, 65, 66, 68]
    assert [n.pitch for n in after("down 0", "0124").notes] == [59, 62, 64, 68]
    assert after("show", tempo="100").tempo_from == "stated"
    assert after("show", **{"tempo": "100", "tempo.other": "50,5"}).tempo_bpm == 50.5
    tapped = after("show", taps="0,0.6,1.2,1.8", tempo="77")
    assert tapped.tempo_from == "tapped"
    assert tapped.tempo_bpm == pytest.approx(100)
    used = hearing.changed(now, {"do": "use", "tempo": "100"}, [])
    assert used.melody is None
    assert used.heard.melody is not None
    assert used.heard.melody.confirmed
    assert used.heard.melody.curve is None
    again = hearing.changed(used, {"do": "again melody"}, [])
    assert (again.melody, again.heard.melody) == (used.heard.melody, None)
    assert hearing.changed(used, {"do": "forget melody"}, []) == Hearing()
    assert hearing.changed(now, {"do": "drop"}, []) == Hearing()


@pytest.mark.parametrize(
    ("form", "kept", "says"),
    [
        ({"do": "show", "listed": "yes"}, [], "no note is left"),
        ({"do": "shift 7"}, [], "12, -12"),
        ({"do": "sing"}, [], "valid is one of show, use"),
        ({"do": "show", "tempo": "fast"}, [], "tempo: 'fast'"),
        ({"do": "show", "tempo": "9000"}, [], "30 … 300"),
        ({"do": "show", "taps": "1,1,1"}, [], "taps"),
        ({"do": "forget everything"}, [], "melody or like"),
    ],
)
def test_changes_that_cannot_be(form: dict[str, str], kept: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        hearing.changed(Hearing(melody=melody()), form, kept)


def test_the_end_of_the_scale_is_not_passed() -> None:
    high = melody(notes=tuple(n.model_copy(update={"pitch": 125}) for n in melody().notes))
    found = hearing.changed(Hearing(melody=high), {"do": "shift 12"}, []).melody
    assert found is not None
    assert {note.pitch for note in found.notes} == {127}


def test_reading_again_leaves_the_notes_as_they_are() -> None:
    first = melody(None, tempo_from=None)
    found = read_again(first, Wanted(tempo_bpm=100))
    assert [n.velocity for n in found.notes] == [n.velocity for n in first.notes]
    assert found.melody[2].start_s == pytest.approx(1.2)
