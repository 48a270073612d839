"""`wordtone analyse` as a person runs it: tables, the JSON document, pictures, mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from matplotlib.image import imread

from schemas.documents import json_schemas
from schemas.features import FEATURES, groups
from schemas.outcomes import NullReason
from schemas.report import FileReport
from service.report import palette
from service.report.analysis import REASONS, verdict
from service.report.picture import HEIGHT, WIDTH, draw
from tests.pipelines.conftest import write_loop
from tests.service.conftest import Run

SCHEMA = jsonschema.Draft202012Validator(json_schemas()["AnalysisReport"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loop, noise, a truncated copy of the loop, and something that is no audio."""
    made = tmp_path_factory.mktemp("audio")
    loop = write_loop(made / "loop.wav", 120.0, seconds=10)
    soundfile.write(made / "noise.wav", np.random.default_rng(2).uniform(-0.1, 0.1, 40_000), 8_000)
    (made / "cut.wav").write_bytes(loop.read_bytes()[: loop.stat().st_size // 2])
    (made / "song.mp3").write_bytes(b"no audio at all " * 64)
    return made


def document(wordtone: Run, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = wordtone("analyse", "--json", *arguments)
    assert done.returncode == code, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    SCHEMA.validate(found)
    return found


def test_a_table_names_everything(wordtone: Run, folder: Path) -> None:
    done = wordtone("analyse", str(folder / "loop.wav"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == str(folder / "loop.wav")
    assert max(map(len, lines[1:])) <= 100
    shown = {line.split()[0]: line for line in lines if line.strip()}
    for spec in FEATURES:
        assert spec.name in shown
        if "–" not in shown[spec.name]:
            assert shown[spec.name].endswith(spec.unit) or spec.size > 1
    assert "120" in shown["tempo_bpm"]
    assert REASONS[NullReason.MONO] in shown["phase_correlation"]
    for name, says in (("tempo", "candidates 120"), ("key", "probability"), ("beats", "first at")):
        assert says in shown[name]
    assert shown["decoded"].split() == ["decoded", "whole"]
    assert shown["start"].split()[:3] == ["start", "end", "section"]


def test_the_json_document(wordtone: Run, folder: Path) -> None:
    found = document(wordtone, str(folder / "loop.wav"), str(folder / "noise.wav"))
    loop, noise = found["files"]
    assert [Path(file["path"]).name for file in (loop, noise)] == ["loop.wav", "noise.wav"]
    named = {group: {s.name for s in members} for group, members in groups(FEATURES).items()}
    assert {group: set(members) for group, members in loop["features"].items()} == named
    assert loop["audio"]["duration_s"] == pytest.approx(10)
    assert loop["tempo"]["bpm"] == pytest.approx(120, abs=2)
    assert loop["tempo"]["candidates"][0]["bpm"] == loop["tempo"]["bpm"]
    assert loop["beats"]["count"] == len(loop["beats"]["times_s"]) >= 15
    key, odds = loop["key"], loop["features"]["tonality"]["key_probabilities"]["value"]
    assert [key["best"]["probability"], key["runner_up"]["probability"]] == sorted(odds)[:-3:-1]
    assert loop["sections"][0]["start_s"] == 0
    tempo = noise["features"]["rhythm"]["tempo_bpm"]
    assert (tempo["value"], tempo["null_reason"], noise["tempo"]) == (None, "no_pulse", None)
    assert noise["beats"] is None


def test_only_some_groups_and_the_reference(wordtone: Run, folder: Path) -> None:
    arguments = ("--groups", "quality, loudness", "--extractor", "librosa")
    found = document(wordtone, str(folder / "noise.wav"), *arguments)
    assert found["extractor"] == "librosa"
    (file,) = found["files"]
    assert list(file["features"]) == ["loudness", "quality"]
    assert (file["beats"], file["key"], file["sections"]) == (None, None, [])


def test_a_bad_file_costs_only_itself(wordtone: Run, folder: Path, tmp_path: Path) -> None:
    names = ["song.mp3", "cut.wav", "no such.wav"]
    paths = [str(folder / name) for name in names] + [str(tmp_path)]
    picture = tmp_path / "picture.png"
    found = document(
        wordtone, *paths, "--plot", str(picture), "--groups", "loudness", "--quiet", code=1
    )
    outcomes = [(file["outcome"], file["reason"]) for file in found["files"]]
    assert outcomes[0][0] == "rejected"
    assert outcomes[1] == ("partial", "truncated")
    assert outcomes[2:] == [("rejected", "unreadable")] * 2
    assert [file["audio"] is not None for file in found["files"]] == [False, True, False, False]
    drawn = sorted(path.name for path in tmp_path.glob("*.png"))
    assert drawn == ["picture-2.png"], "numbered as the files are"


def test_each_bad_file_is_said_once_in_words(wordtone: Run, folder: Path) -> None:
    bad = [folder / "song.mp3", folder / "cut.wav", folder / "\x1b[31mnone.wav", folder]
    done = wordtone("analyse", "--groups", "loudness", *map(str, bad))
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("wordtone: ")]
    assert len(lines) == len(bad)
    assert "song.mp3: rejected" in lines[0]
    assert "cut.wav: partial, truncated: " in lines[1]
    assert lines[2].endswith("no such file")
    assert "\x1b" not in done.stderr, "a name cannot command the terminal"
    assert "wordtone ingest" in lines[3]
    assert done.stdout.splitlines()[0] == str(bad[1]), "the others are shown"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "FILE"),
        (["x.wav", "--groups", "rythm"], "valid are rhythm, tonality"),
        (["x.wav", "--extractor", "essentia"], "librosa"),
        (["x.wav", "--plot", "x.jpg"], "ends in .png"),
        (["x.wav", "--plot", "/no/such/folder/x.png"], "/no/such/folder: no such folder"),
    ],
)
def test_wrong_requests(wordtone: Run, arguments: list[str], says: str) -> None:
    done = wordtone("analyse", *arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert says in done.stderr


def test_every_null_reason_has_words() -> None:
    assert set(REASONS) == set(NullReason)
    assert len(set(REASONS.values())) == len(NullReason)


def test_the_verdict_does_not_repeat_the_path() -> None:
    file = {"path": "/a/b.wav", "outcome": "rejected", "reason": "not_audio"}
    assert verdict(FileReport(**file, detail="/a/b.wav: is text")) == "rejected, not audio: is text"
    assert verdict(FileReport(path="/a", outcome="accepted")) == "whole"


# --- the picture


def report_of(duration_s: float, name: str = "song.ogg", **values: Any) -> FileReport:
    audio = {"sample_rate_hz": 44_100, "channels": 2, "codec": "vorbis", "audio_hash": "x"}
    return FileReport(
        path=name, outcome="accepted", audio={**audio, "duration_s": duration_s}, **values
    )


def curve(values: npt.ArrayLike, duration_s: float) -> dict[str, Any]:
    listed = np.asarray(values).tolist()
    step = duration_s / max(1, len(listed))
    return {"start_s": step / 2, "step_s": step, "values": listed}


def curves_of(duration_s: float, level: float = 0.8, points: int = 1_500) -> dict[str, Any]:
    wave = level * np.abs(np.sin(np.linspace(0, 40, points)))
    return {
        "lowest": curve(-wave, duration_s),
        "highest": curve(wave, duration_s),
        "level": curve(wave / 3, duration_s),
        "momentary": curve(-20 + 5 * wave, duration_s),
        "short_term": curve(-20 + 2 * wave, duration_s),
        "brightness": curve(1_000 + 900 * wave, duration_s),
        "chroma": [curve(np.full(points // 2, row / 11), duration_s) for row in range(12)],
    }


def pixels(path: Path) -> npt.NDArray[np.int_]:
    image = np.rint(imread(path)[:, :, :3] * 255).astype(int)
    assert image.shape == (HEIGHT, WIDTH, 3)
    return image


def sections(*labels: str, duration_s: float) -> list[dict[str, Any]]:
    width = duration_s / len(labels)
    fixed = {"tempo_bpm": 120.0, "key": "A minor", "key_pitch_class": 9, "key_mode": 0}
    return [
        {"index": i, "start_s": i * width, "end_s": (i + 1) * width, "label": label}
        | fixed
        | {"energy": 0.5, "brightness_hz": 900.0}
        for i, label in enumerate(labels)
    ]


def test_sections_that_share_a_label_share_a_colour(tmp_path: Path) -> None:
    picture = tmp_path / "x.png"
    report = report_of(200.0, sections=sections("A", "B", "A", "C", duration_s=200.0))
    draw(report, curves_of(200.0), picture)
    image = pixels(picture)
    wanted = palette.tints("ABAC")
    rgb = {k: tuple(int(v[i : i + 2], 16) for i in (1, 3, 5)) for k, v in wanted.items()}
    strip = next(row for row in image if (row == rgb["A"]).all(axis=1).sum() > WIDTH / 4)
    runs = [label for pixel in strip for label, colour in rgb.items() if tuple(pixel) == colour]
    order = [label for i, label in enumerate(runs) if i == 0 or runs[i - 1] != label]
    assert order == ["A", "B", "A", "C"]


@pytest.mark.parametrize(
    ("duration_s", "level", "name"),
    [
        (0.01, 0.1, "short.wav"),
        (9.0, 0.0, "silent.wav"),
        (10_800.0, 0.9, "three hours.ogg"),
        (200.0, 0.05, "a $x_2$ \\frac{ 漢字 \n name" + "x" * 300),
    ],
)
def test_any_track_has_a_picture(
    tmp_path: Path, duration_s: float, level: float, name: str
) -> None:
    """Warnings are errors here: no missing glyph, no empty slice, no failing logarithm."""
    curves = curves_of(duration_s, level)
    if not level:
        for quiet in ("momentary", "short_term", "brightness"):
            curves[quiet]["values"] = [None] * 1_500
        curves["chroma"] = []
    times = np.arange(0.5, duration_s, 0.5).tolist()
    beats = {"count": len(times), "times_s": times, "downbeats": list(range(0, len(times), 4))}
    picture = tmp_path / "x.png"
    draw(report_of(duration_s, name, beats=beats if times else None), curves, picture)
    image = pixels(picture)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 20
    assert picture.stat().st_size < 2_000_000
    panels = image[200:700, 200:1500]
    assert (panels.std(axis=(0, 1)) > 5).all() or not level
