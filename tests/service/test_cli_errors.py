"""What goes wrong on the command line ends in one sentence and the right exit code."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from service.cli.main import COMMANDS
from tests.service.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ingst"], 2, "Did you mean ingest?"),
        (["ingest"], 2, "SOURCE"),
        (["ingest", "ftp://example.org/x"], 2, "scheme 'ftp' is not read"),
        (["ingest", "http://127.0.0.1/x.ogg"], 2, "loopback"),
        (["ingest", ".", "--map", "title=name"], 2, "give --manifest"),
        (["ingest", ".", "--pattern", "{artits}/{title}"], 2, "did you mean artist?"),
        (["ingest", "--manifest", "no.csv"], 2, "no.csv: no such file"),
        (["ingest", "--manifest", "no.csv", "--map", "titel=x"], 2, "did you mean title?"),
        (["ingest", "/no/such/folder"], 2, "/no/such/folder: no such folder or file"),
        (["ingest", ".", "--extracter", "librosa"], 2, "--extractor"),
        (["ingest", ".", "--extractor", "essentia"], 2, "wordtone"),
        (["query", "SELECT 1"], 1, "wordtone ingest"),
        (["status"], 1, "wordtone ingest"),
        (["tracks", "--as-of", "yesterday"], 2, "snapshot number or a time"),
        (["train"], 1, "wordtone ingest"),
        (["condition", "jazz", "--model", "x"], 1, "there are: starter"),
        (["condition", "jazz", "--bpm", "900"], 2, "30 … 300"),
        (["condition", "jazz", "--bpm", "fast"], 2, "fast"),
        (["condition", "jazz", "--key", "H sharp"], 2, "C minor"),
        (["condition", "jazz", "--tempo", "120"], 2, "No such option"),
        (["serve", "--host", "0.0.0.0"], 2, "WORDTONE_TOKEN"),  # noqa: S104  it must refuse
    ],
)
def test_errors(wordtone: Run, arguments: list[str], code: int, says: str) -> None:
    done = wordtone(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_misspelt_setting(wordtone: Run) -> None:
    done = wordtone("doctor", WORDTONE_WORKER="2")
    assert done.returncode == 2
    assert "WORDTONE_WORKER: no such setting; did you mean WORDTONE_WORKERS?" in done.stderr


def test_setting_out_of_range(wordtone: Run) -> None:
    done = wordtone("doctor", WORDTONE_WORKERS="-1")
    assert done.returncode == 2
    assert "WORDTONE_WORKERS='-1'" in done.stderr


def test_unwritable_home(wordtone: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "music").mkdir()
    done = wordtone("ingest", str(tmp_path / "music"), WORDTONE_HOME=str(tmp_path / "file"))
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


def test_help_answers_at_once(wordtone: Run) -> None:
    wordtone("--help")
    fastest = min(_timed(wordtone) for _ in range(5))
    assert fastest < 0.5


def _timed(wordtone: Run) -> float:
    started = time.perf_counter()
    done = wordtone("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)
    return time.perf_counter() - started


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(wordtone: Run, name: str) -> None:
    done = wordtone(name, "--help")
    assert done.returncode == 0
    assert "Usage: wordtone" in done.stdout


def test_schema_is_json_schema(wordtone: Run) -> None:
    import json

    import jsonschema

    schemas = json.loads(wordtone("schema").stdout)
    documents = {
        "ConditioningRequest", "ConditioningVector", "GenerationResult", "Refinement",
        "Explanation", "Guidance", "AnalysisReport", "EngineManifest", "Transcription",
    }  # fmt: skip
    assert set(schemas) == documents
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_doctor_finds_everything(wordtone: Run) -> None:
    done = wordtone("doctor")
    assert done.returncode == 0, done.stdout
    assert "FAILED" not in done.stdout
    assert "WORDTONE_MAX_DURATION_S" in done.stdout
