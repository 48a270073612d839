"""Every command that a service can answer: the same from here and from a service elsewhere.

The service reads the home that the local commands read; the remote ones have an empty one.
"""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.service.conftest import WORDTONE, environment
from wordtone_client import Client

pytestmark = pytest.mark.slow
Done = subprocess.CompletedProcess[str]


def run(home: Path, arguments: tuple[str, ...], extra: Mapping[str, str], given: str = "") -> Done:
    return subprocess.run(
        [WORDTONE, *arguments],
        env=environment(home, extra),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )


def same(remote: str, local: str) -> None:
    """The same text, or documents that differ in the seventh digit of a number at most.

    A service has other threads, and so takes its sums in another order.
    """
    try:
        documents = json.loads(remote), json.loads(local)
    except ValueError:
        assert remote == local
    else:
        assert list(differences(*documents)) == []


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{where}[{index}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9):
            yield f"{where}: {one} or {other}"
    elif one != other:
        yield f"{where}: {one!r} or {other!r}"


@pytest.fixture
def here(served_home: Path) -> Callable[..., Done]:
    return lambda *arguments, given="": run(served_home, arguments, {}, given)


@pytest.fixture
def there(served: str, tmp_path: Path) -> Callable[..., Done]:
    """The same command, asked of the service; its own home stays empty."""
    home = tmp_path / "nothing"

    def remote(*arguments: str, given: str = "") -> Done:
        done = run(home, arguments, {"WORDTONE_REMOTE": served}, given)
        assert not home.exists(), "the home here was used"
        assert "Traceback" not in done.stderr
        return done

    return remote


@pytest.mark.parametrize(
    "arguments",
    [
        ("condition", "UK garage with trumpets", "--bpm", "130", "--samples", "2", "--seed", "3"),
        ("condition", "dark", "--sense", "dark=timbre", "--lock", "energy=0.8", "--no-vocals"),
        ("condition", "slow", "--guidance", "--format", "table"),
        ("explain", "slow dark ambient"),
        ("explain", "slow dark ambient", "--key", "C minor", "--format", "json"),
        ("search", "ambient", "--limit", "5", "--where", "tempo_bpm=30..300"),
        ("search", "ambient", "--format", "csv"),
        ("search", "ambient", "--format", "jsonl", "--tag", "nonesuch"),
        ("tracks", "--limit", "4"),
        ("tracks", "--search", "nonesuch", "--format", "csv"),
        ("query", "SELECT * FROM music ORDER BY track_id LIMIT 3", "--format", "csv"),
        ("query", "SELECT 1.5::DECIMAL(5,2) d, [1] l, NULL n, DATE '2020-01-01' t WHERE 1 = 0"),
        (
            "query",
            "SELECT 1.5::DECIMAL(5,2) d, [1] l, NULL n, DATE '2020-01-01' t",
            "--format",
            "csv",
        ),
        ("query", "SELECT count(*) n FROM track_features", "--safe", "--format", "json"),
        ("models",),
        ("models", "--format", "json"),
    ],
    ids=" ".join,
)
def test_answers_are_the_same(
    here: Callable[..., Done], there: Callable[..., Done], arguments: tuple[str, ...]
) -> None:
    local, remote = here(*arguments), there(*arguments)
    assert local.returncode == 0, local.stderr
    assert remote.returncode == 0, remote.stderr
    same(remote.stdout, local.stdout)


def test_a_track_and_its_neighbours(here: Callable[..., Done], there: Callable[..., Done]) -> None:
    listed = json.loads(there("tracks", "--limit", "1", "--format", "json").stdout)
    track_id = listed[0]["track_id"]
    for arguments in (
        ("tracks", track_id),
        ("similar", track_id),
        ("similar", track_id, "--format", "csv"),
    ):
        assert there(*arguments).stdout == here(*arguments).stdout
    as_json = ("tracks", track_id, "--format", "json")
    assert json.loads(there(*as_json).stdout) == json.loads(here(*as_json).stdout)
    for done in (there("tracks", "nonesuch"), there("similar", "nonesuch")):
        assert (done.returncode, "no track" in done.stderr) == (2, True)


def test_a_vector_is_refined(
    here: Callable[..., Done], there: Callable[..., Done], tmp_path: Path
) -> None:
    vector = here("condition", "dark ambient").stdout
    for form in ("table", "json"):
        arguments = ("refine", "-", "darker, not slower", "--lock", "key", "--format", form)
        local = here(*arguments, given=vector)
        assert local.returncode == 0, local.stderr
        same(there(*arguments, given=vector).stdout, local.stdout)
    out = tmp_path / "second.json"
    assert there("refine", "-", "faster", "--out", str(out), given=vector).returncode == 0
    assert json.loads(out.read_text())["prompt"]


def test_a_batch_is_answered(
    here: Callable[..., Done], there: Callable[..., Done], tmp_path: Path
) -> None:
    prompts = '{"prompt": "dark ambient", "id": "a"}\n{"prompt": "x", "bpm": 900}\n\n'
    found = {}
    for name, command in (("here", here), ("there", there)):
        out = tmp_path / f"{name}.jsonl"
        done = command("batch", "-", "--input-format", "jsonl", "--out", str(out), given=prompts)
        assert done.returncode == 0, done.stderr
        assert "1 answered, 1 rejected, 1 blank" in done.stdout
        rejects = json.loads(Path(f"{out}.rejects.jsonl").read_text())
        found[name] = [
            json.loads(out.read_text()),
            rejects["line"],
            "30 … 300" in rejects["reason"],
        ]
    assert list(differences(found["there"], found["here"])) == []


def test_music_is_made_edited_and_fetched(
    here: Callable[..., Done], there: Callable[..., Done], tmp_path: Path
) -> None:
    asked = ("generate", "UK garage", "--bpm", "130", "--length", "4", "--seed", "7")
    shown = ("--format", "json", "--stems", "--midi", "--daw", "--out")
    results = {}
    for name, command in (("here", here), ("there", there)):
        out = tmp_path / name
        done = command(*asked, *shown, str(out))
        assert done.returncode == 0, done.stderr
        results[name] = json.loads(done.stdout)
        assert {path.name for path in out.iterdir()} == {"mix.wav", "stems", "mix.mid", "daw.zip"}
    mixes = [soundfile.read(tmp_path / name / "mix.wav")[0] for name in ("here", "there")]
    assert (mixes[0] == mixes[1]).all(), "the same seed, another piece"
    made = (results[name]["features"] for name in ("there", "here"))
    assert list(differences(*made)) == []
    edited = there("edit", "latest", "--regenerate", "drums", "--out", str(tmp_path / "e.flac"))
    assert edited.returncode == 0, edited.stderr
    assert soundfile.info(tmp_path / "e.flac").format == "FLAC"
    assert "http://127.0.0.1" in edited.stdout
    for arguments in (
        ("generations",),
        ("generations", "--format", "json"),
        ("review", "--format", "json"),
    ):
        assert there(*arguments).stdout == here(*arguments).stdout


def test_listeners_are_heard(
    here: Callable[..., Done], there: Callable[..., Done], service: Client
) -> None:
    said = ("review", "latest", "--rating", "4", "--feature", "energy", "--value", "higher")
    assert there(*said, "--reviewer", "anna").stdout == "noted\n"
    assert there(*said, "--reviewer", "anna").stdout == "said before: nothing changed\n"
    assert "anna" in service.findings().listeners
    for form in ("table", "json"):
        arguments = ("review", "--summary", "--format", form)
        assert there(*arguments).stdout == here(*arguments).stdout
    assert there("review", "--measure").returncode == 2


def test_a_hum_is_written_down(
    here: Callable[..., Done], there: Callable[..., Done], tmp_path: Path
) -> None:
    import numpy as np

    hum = tmp_path / "hum.wav"
    soundfile.write(hum, 0.5 * np.sin(2 * np.pi * 220 * np.arange(44_100) / 22_050), 22_050)
    arguments = ("transcribe", str(hum), "--tempo", "120", "--kind", "line")
    assert there(*arguments).stdout == here(*arguments).stdout
    assert there("transcribe", str(tmp_path / "none.wav")).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("condition", "x", "--like", "clip.ogg", "--model", "m"), "--like, --model"),
        (("condition", "x", "--guidance", "--lock", "energy=0.5"), "--lock"),
        (("tracks", "--as-of", "3"), "--as-of"),
        (("similar", "t", "--duplicates", "--weight", "rhythm=2"), "--weight, --duplicates"),
        (("generate", "x", "--device", "cpu", "--no-record"), "--device, --no-record"),
        (("edit", "latest", "--blend", "latest"), "--blend"),
        (("models", "rollback"), "models rollback"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_a_service_does_not_take_is_refused(
    there: Callable[..., Done], arguments: tuple[str, ...], named: str
) -> None:
    done = there(*arguments)
    assert done.returncode == 2
    assert named in done.stderr
    assert "not with --remote" in done.stderr


@pytest.mark.parametrize("command", ["train", "ingest", "status", "serve", "query"])
def test_a_refusal_from_the_service_ends_as_one_from_here(
    there: Callable[..., Done], command: str
) -> None:
    arguments: dict[str, Any] = {"ingest": (".",), "query": ("DROP TABLE music",)}
    done = there(command, *arguments.get(command, ()))
    assert done.returncode == 2
    assert done.stdout == ""
