"""`wordtone generate`, `edit` and `generations` as a person runs them, with the real engine."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import mido
import numpy as np
import pytest
import soundfile

from schemas.generation import GENERATED_MARK
from service.cli.main import main
from tests.warehouse.blank import blank
from warehouse.location import Location


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Shell:
    """The program in this process: what it costs to start is measured elsewhere."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home, self.capture = home, capture

    def __call__(self, *arguments: str, stdin: str | None = None) -> Said:
        patch = pytest.MonkeyPatch()
        patch.setenv("WORDTONE_HOME", str(self.home))
        if stdin is not None:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            with pytest.raises(SystemExit) as ended:
                main(list(arguments))
        finally:
            patch.undo()
        out, err = self.capture.readouterr()
        return Said(int(ended.value.code or 0), out, err)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("home")
    location = Location(
        str(found / "warehouse" / "catalogue.sqlite"), str(found / "warehouse" / "data")
    )
    blank(location)
    return found


@pytest.fixture
def shell(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    meta = list(sys.meta_path)
    yield Shell(home, capsys)
    sys.meta_path[:] = meta  # a command leaves pandas out, which other tests need


HOUSE = ("generate", "house", "--bpm", "124", "--length", "5", "--seed", "3")


@pytest.fixture
def piece(shell: Shell, home: Path) -> str:
    """The id of a generation, made once for the module."""
    there = shell("generations", "--format", "json")
    found = json.loads(there.out)
    if not found:
        assert shell(*HOUSE).code == 0
        found = json.loads(shell("generations", "--format", "json").out)
    return str(found[-1]["generation_id"])


def test_a_prompt_becomes_files_and_a_table(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "piece.wav"
    said = shell(*HOUSE, "--out", str(out), "--stems", "--midi", "--daw")
    assert said.code == 0, said.err
    assert "tempo_bpm" in said.out
    assert "124 BPM" in said.out
    mix, rate = soundfile.read(out, always_2d=True)
    assert len(mix) == pytest.approx(5 * rate, abs=2)
    stems = sorted((tmp_path / "piece-stems").glob("*.wav"))
    total = sum(soundfile.read(path, always_2d=True)[0] for path in stems)
    assert np.abs(total - mix).max() < 1e-6
    assert mido.MidiFile(tmp_path / "piece.mid").length > 3
    with zipfile.ZipFile(tmp_path / "piece-daw.zip") as bundle:
        names = bundle.namelist()
        assert any("README" in name for name in names)
        for name in (n for n in names if n.endswith(".wav")):
            with soundfile.SoundFile(io.BytesIO(bundle.read(name))) as file:
                assert file.comment.startswith(GENERATED_MARK)


def test_the_same_seed_gives_the_same_samples(shell: Shell, piece: str, home: Path) -> None:
    assert shell(*HOUSE).code == 0
    first, second = (
        soundfile.read(home / "generations" / one / "mix.wav")[0]
        for one in (
            piece,
            json.loads(shell("generations", "--format", "json").out)[0]["generation_id"],
        )
    )
    assert np.array_equal(first, second)


def test_results_are_listed_shown_and_entered(shell: Shell, piece: str) -> None:
    assert piece in shell("generations").out
    shown = shell("generations", piece)
    assert "engine      embedded" in shown.out
    document = json.loads(shell("generations", piece, "--format", "json").out)
    assert document["generation_id"] == piece
    by = {one["feature"]: one for one in document["features"]}
    assert by["tempo_bpm"]["asked"] == 124
    assert by["tempo_bpm"]["hit"] is True
    assert document["provenance"]["model"]["model_id"]
    rows = shell("query", "SELECT generation_id, engine FROM generations", "--format", "csv").out
    assert f'"{piece}","embedded"' in rows
    sql = f"SELECT hit FROM reviews WHERE generation_id = '{piece}' AND feature = 'tempo_bpm'"
    assert "true" in shell("query", sql, "--format", "csv").out


def test_a_vector_is_piped_in(shell: Shell) -> None:
    vector = shell("condition", "slow ambient", "--bpm", "70", "--length", "4").out
    said = shell("generate", "--request", "-", "--seed", "1", "--no-record", "--format", "json",
                 stdin=vector)  # fmt: skip
    assert said.code == 0, said.err
    result = json.loads(said.out)
    assert result["request"]["features"]["tempo_bpm"]["value"] == 70
    assert result["seed"] == 1


def test_a_payload_is_printed_and_nothing_made(shell: Shell, home: Path) -> None:
    before = len(list((home / "generations").glob("2*"))) if (home / "generations").exists() else 0
    said = shell("generate", "house", "--bpm", "124", "--payload", "mustango")
    assert said.code == 0
    assert "The bpm is 124." in json.loads(said.out)["call"]["prompt"]
    after = len(list((home / "generations").glob("2*"))) if (home / "generations").exists() else 0
    assert after == before


def test_a_stem_is_drawn_anew_and_the_others_stay_bit_for_bit(
    shell: Shell, piece: str, home: Path
) -> None:
    said = shell("edit", piece, "--regenerate", "drums", "--seed", "9", "--format", "json")
    assert said.code == 0, said.err
    edited = json.loads(said.out)
    assert edited["provenance"]["parents"] == [piece]
    by = {one["feature"]: one["applied"] for one in edited["features"]}
    assert by["tempo_bpm"] == "native"
    folders = [home / "generations" / one for one in (piece, edited["generation_id"])]
    for path in (folders[0] / "stems").glob("*.wav"):
        old, new = (soundfile.read(folder / "stems" / path.name)[0] for folder in folders)
        assert np.array_equal(old, new) is (path.stem != "drums"), path.name


def test_words_move_an_earlier_piece(shell: Shell, piece: str) -> None:
    said = shell("edit", piece, "darker", "--format", "json", "--seed", "1")
    assert said.code == 0, said.err
    darker = json.loads(said.out)
    before = json.loads(shell("generations", piece, "--format", "json").out)
    then, now = (
        next(one["measured"] for one in doc["features"] if one["feature"] == "brightness_hz")
        for doc in (before, darker)
    )
    assert now < then
    assert darker["request"]["prompt"]["text"].endswith("darker")


@pytest.mark.slow
def test_two_pieces_are_blended(shell: Shell, piece: str) -> None:
    said = shell("edit", piece, "--blend", "latest", "--share", "0.5", "--seed", "2", "--no-record")
    assert said.code == 0, said.err
    assert "between" in said.out


@pytest.mark.slow
def test_without_a_prompt_the_seed_draws_the_style(shell: Shell) -> None:
    options = ("--random", "--bpm", "100", "--length", "4", "--no-record", "--format", "json")
    drawn = [
        json.loads(shell("generate", *options, "--seed", seed).out)["recipe"]["layers"][0]["plan"]
        for seed in "12"
    ]
    assert drawn[0]["styles"] != drawn[1]["styles"]
    assert {round(plan["tempo_bpm"]) for plan in drawn} == {100}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("generate",), "give a PROMPT"),
        (("generate", "x", "--random"), "one of them"),
        (("generate", "x", "--engine", "musicgem"), "did you mean musicgen"),
        (("generate", "x", "--engine", "musicgen"), "--weights"),
        (("generate", "x", "--engine", "learned-symbolic"), "train-generator"),
        (("generate", "x", "--weights", "y"), "takes no weights"),
        (("generate", "x", "--stems"), "--out"),
        (("generate", "x", "--out", "x.mp3"), "FILE.wav"),
        (("generate", "x", "--preset", "podcast-intr"), "did you mean podcast-intro"),
        (("generate", "x", "--payload", "jascoo"), "did you mean jasco"),
        (("generate", "x", "--key", "H major"), "key"),
        (("generate", "x", "--melody", "no-such-file.wav"), "no such file"),
        (("edit", "latest"), "say what is to change"),
        (("edit", "../../etc"), "no id"),
        (("edit", "latest", "--region", "8-4"), "from-to in seconds"),
        (("edit", "latest", "--regenerate", "kazoo"), "no stem 'kazoo'"),
        (("edit", "latest", "--vary", "--keep", "bass"), "--vary"),
        (("edit", "latest", "--blend", "latest", "--share", "2"), "--share"),
        (("generations", "20260101T000000000000-00000000"), "there is none"),
    ],
)
def test_mistakes_are_sentences(
    shell: Shell, piece: str, arguments: tuple[str, ...], told: str
) -> None:
    said = shell(*arguments)
    assert said.code in (1, 2)
    assert told in said.err
    assert "Traceback" not in said.err
    assert "unexpected" not in said.err


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "no JSON"),
        ("[]", "holds list"),
        ('{"prompt": {"text": "x"}, "tempoo": 3}', "tempoo: unknown field"),
        ('{"prompt": {"text": "x"}, "candidates": 999}', "candidates"),
        ('{"prompt": {"text": "x"}, "features": {"energie": {}}}', "energie"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_hostile_requests_are_refused_by_field(shell: Shell, document: str, told: str) -> None:
    said = shell("generate", "--request", "-", stdin=document)
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err
