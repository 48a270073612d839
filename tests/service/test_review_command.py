"""`wordtone review`, `wordtone report review` and `wordtone transcribe`, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import mido
import pytest
import soundfile

from benchmarks._hums import CONDITIONS, RATE_HZ, hum
from benchmarks._review_worlds import Fault, Listening, world
from benchmarks._tunes import tunes
from generation.around.candidates import create
from generation.around.describing import describe
from generation.around.keeping import keep
from pipelines.reviewing.findings import findings
from pipelines.reviewing.material import Choice, Material, Opinion
from schemas.documents import json_schemas
from schemas.settings import Settings
from service.report.page.review_page import review_page
from service.report.review import findings_report
from tests.generation.around.playing import MANIFEST, Playing, request
from tests.service.browser import CHROMIUM, open_page
from tests.service.conftest import Run


@pytest.fixture(scope="module")
def much() -> Material:
    """A world with a fault, and with choices and ratings beside it."""
    found = world(7, (Fault("word", "dark", "brightness_hz", 0.2),), Listening(pieces=150))
    names = list(found.pieces)
    opinions = [
        Opinion(generation_id=name, listener=who, rating=0.25 * (i % 5))
        for i, name in enumerate(names[:40])
        for who in ("l0", "l1")
    ]
    hostile = Choice(winner=names[0], loser=names[1], listener="x", criterion="<script>alert(1)")
    return Material(found.pieces, (*found.opinions, *opinions), (*found.choices, hostile))


def test_the_page_stands_alone_and_says_the_figures(much: Material, tmp_path: Path) -> None:
    found = findings(much)
    text = review_page(found)
    (proposal,) = [one for one in found.proposals if one.subject == "dark"]
    assert proposal.says.replace("“", "").split(" pieces")[0] in text
    for anchor in ("proposals", "engines", "styles", "disagreement", "ratings", "choices"):
        assert f'<section id="{anchor}"' in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    if CHROMIUM is not None:
        page = tmp_path / "review.html"
        page.write_text(text, encoding="utf-8")
        seen = open_page(page, tmp_path)
        assert seen.console == []
        assert all(one.startswith("file:") for one in seen.requests)


def test_an_empty_page_says_so() -> None:
    text = review_page(findings(Material({})))
    assert "nothing in the reviews stands out" in text
    assert '<section id="engines"' not in text


def test_a_summary_for_a_terminal(much: Material) -> None:
    text = findings_report(findings(much))
    for part in ("met, by engine", "ratings, 1 … 5", "choices: overall", "proposals", "“dark”"):
        assert part in text
    assert "nothing stands out" in findings_report(findings(Material({})))


def test_from_unreviewed_to_a_report(wordtone: Run, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    ids = []
    for bpm in (120.0, 90.0):
        asked = request(bpm=bpm, duration_s=1.0)
        measured = {"tempo_bpm": 120.0, "key_pitch_class": 0.0, "key_mode": 1.0}
        made = create(Playing(seconds=1.0), asked, lambda _, m=measured: m)
        kept = keep(settings.generations_path, made, describe(MANIFEST, asked, made, "wordtone 0"))
        ids.append(kept.result.generation_id)
    rated = wordtone("review", "latest", "--rating", "4", "--reviewer", "ann")
    assert (rated.returncode, rated.stdout) == (0, "noted\n"), rated.stderr
    better = wordtone("review", "--better", ids[0], "--than", ids[1], "--on", "mood")
    assert better.stdout == "noted\n"
    assert "nothing is unreviewed" in wordtone("review").stdout
    summary = json.loads(wordtone("review", "--summary", "--format", "json").stdout)
    assert summary["pieces"] == 2
    assert summary["comparisons"][0]["criterion"] == "mood"
    page = tmp_path / "page.html"
    told = wordtone("report", "review", "--out", str(page))
    assert "2 generations" in told.stdout
    assert "mood" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rating", "4"), "which generation"),
        (("--better", "a"), "go together"),
        (("x", "--rating", "9"), "valid is 1 … 5"),
        (("--measure", "--summary"), "valid is one of"),
    ],
)
def test_reviews_that_cannot_be(wordtone: Run, arguments: tuple[str, ...], said: str) -> None:
    done = wordtone("review", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_hum_is_written_down(wordtone: Run, tmp_path: Path) -> None:
    tune = tunes("held_out")[0]
    sung = hum(tune, "female", CONDITIONS[0], 9)
    path, midi = tmp_path / "hum.wav", tmp_path / "hum.mid"
    soundfile.write(path, sung.signal[: 8 * RATE_HZ], RATE_HZ)
    beat, first = 60 / sung.tempo_bpm, sung.notes[0][0]
    taps = ",".join(f"{first + beat * k:.3f}" for k in range(6))
    done = wordtone("transcribe", str(path), "--tap", taps, "--midi", str(midi), "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json_schemas()["Transcription"]).validate(document)
    assert document["tempo_from"] == "tapped"
    assert document["tempo_bpm"] == pytest.approx(sung.tempo_bpm, rel=0.01)
    notes = [m.note for m in mido.MidiFile(midi) if m.type == "note_on" and m.velocity]
    assert notes == [note["pitch"] for note in document["notes"]]
    assert len(notes) >= 8


def test_transcriptions_that_cannot_be(wordtone: Run, tmp_path: Path) -> None:
    text = tmp_path / "x.wav"
    text.write_text("x" * 100)
    for arguments, code, said in (
        ((str(text),), 1, "x.wav"),
        ((str(tmp_path / "none.wav"),), 1, "no such file"),
        ((str(text), "--tap", "a,b"), 2, "valid are seconds"),
        ((str(text), "--midi", "out.txt"), 2, "ends in .mid"),
    ):
        done = wordtone("transcribe", *arguments)
        assert done.returncode == code
        assert said in done.stderr
        assert "Traceback" not in done.stderr
