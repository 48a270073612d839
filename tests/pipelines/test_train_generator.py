"""Training a generator from a warehouse: what may train, what is kept, what is refused."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from generation.learned.artifact import read_manifest
from generation.learned.conditions import HEARD, LEARNED
from generation.learned.symbolic.events import BAR, KIND
from generation.sequencer.export.midi import midi_bytes
from pipelines.audio.hashing import file_hash
from pipelines.generator.catalogue import read_catalogue
from pipelines.generator.keeping import generator_folder, latest_generator
from pipelines.generator.library import plan_of
from pipelines.generator.request import GeneratorRequest
from pipelines.generator.rows import RowReader, RowWriter, Source
from pipelines.train_generator import train_generator
from schemas.analysis import BeatsRow
from schemas.catalogue import Origin, ScoreRow
from schemas.errors import GenerationError, InputError
from schemas.settings import Settings
from service.cli.main import cli
from tests.generation.learned import pieces, sounds
from tests.warehouse.blank import blank
from tests.warehouse.catalogue import rows, track_id
from tests.warehouse.conftest import STAMP, Rows
from warehouse import queries
from warehouse.lake import Lake
from warehouse.location import Location
from warehouse.store import Store

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="torch not installed (extra `engines`); ./dev test --all has it",
)
COUNT = 15
UNLICENSED = {track_id(i) for i in range(0, COUNT, 5)}
GENERATED = track_id(1)
MISSING = track_id(2)
CHANGED = track_id(3)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Fifteen tracks: a fifth without a licence, one generated, one whose files are gone."""
    home = tmp_path_factory.mktemp("home")
    found = Settings(home=home, workers=1)
    location = blank(Location.from_settings(found))
    music = home / "music"
    music.mkdir()
    tables = rows(COUNT, Rows(), music)
    tables["tracks"][1] = Rows().track(GENERATED, origin=Origin.GENERATED)
    tables["scores"], tables["beats"] = [], []
    for index in range(COUNT):
        track = track_id(index)
        path = music / f"{index}.flac"
        bpm = 100.0 + index
        samples = sounds.piece(bpm, 4_000, index % 12, bool(index % 2), 6.0)
        soundfile.write(path, samples, 22_050)
        beats = np.arange(0, 6, 60 / bpm).tolist()
        downbeats = list(range(0, len(beats), 4))
        tables["beats"].append(
            BeatsRow(track_id=track, beat_count=len(beats), times_s=beats, downbeats=downbeats)
        )
        score = music / f"{index}.mid"
        score.write_bytes(midi_bytes(pieces.score(0.5, True, np.random.default_rng(index))))
        tables["scores"].append(
            ScoreRow(
                track_id=track, source=f"beside:{index}.mid", uri=str(score), format="midi",
                file_hash=file_hash(score),
            )
        )  # fmt: skip
    for suffix in ("flac", "mid"):
        (music / f"2.{suffix}").unlink()
    (music / "3.mid").write_bytes((music / "4.mid").read_bytes())
    with Store(location) as store:
        store.write(tables, STAMP)
    return found


def _silent(_share: float, _what: str) -> None: ...


def test_only_licensed_tracks_are_read_and_generated_ones_never(settings: Settings) -> None:
    found = read_catalogue(settings, None, "open", allow_unknown=False)
    everything = {track_id(i) for i in range(COUNT)}
    assert {row["track_id"] for row in found.tracks} == everything - UNLICENSED - {GENERATED}
    assert {s["track_id"] for s in found.scores} == everything - UNLICENSED - {GENERATED}
    assert found.admission.allowed == COUNT - len(UNLICENSED) - 1
    more = read_catalogue(settings, None, "all-known", allow_unknown=True)
    assert {row["track_id"] for row in more.tracks} == everything - {GENERATED}
    assert found.licence(track_id(4)) == "CC-BY-4.0"
    assert found.licence(track_id(0)) == "LicenseRef-Unknown"


@needs_torch
def test_a_model_of_sound_learns_from_licensed_recordings_alone(settings: Settings) -> None:
    request = GeneratorRequest(kind="audio", steps=2, batch=2)
    trained = train_generator(settings, request, _silent)
    manifest = read_manifest(trained.path)
    everything = {track_id(i) for i in range(COUNT)}
    assert set(manifest["tracks"]) == everything - UNLICENSED - {GENERATED, MISSING}
    assert manifest["licences"] == {"CC-BY-4.0": COUNT - len(UNLICENSED) - 2}
    assert manifest["licence"] == "CC-BY-4.0"
    assert manifest["policy"] == "open"
    assert manifest["rights"]["counts"]["unknown"] == len(UNLICENSED)
    assert trained.skipped == {"recording: no file of it on this machine": 1}
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        row = queries.models(lake, "generator")[0]
    assert row["model_id"] == trained.path.name
    assert row["features"] == list(HEARD)
    assert row["trained_tracks"] == len(manifest["tracks"])
    assert json.loads(row["data"])["kind"] == "audio"
    assert latest_generator(settings, "audio") == trained.path
    assert not settings.models_path.exists(), "the folder of mappings is theirs alone"


@needs_torch
def test_a_symbolic_model_learns_from_scores_and_the_library(settings: Settings) -> None:
    request = GeneratorRequest(kind="symbolic", steps=2, batch=2, library=2)
    told: list[float] = []
    trained = train_generator(settings, request, lambda share, _: told.append(share))
    manifest = trained.manifest
    everything = {track_id(i) for i in range(COUNT)}
    assert set(manifest.tracks) == everything - UNLICENSED - {GENERATED, MISSING, CHANGED}
    assert manifest.library_pieces == 2
    assert manifest.licence == "CC-BY-4.0 AND CC0-1.0"
    assert manifest.features == LEARNED
    assert {"techno", "heavy-metal"} & set(manifest.styles)
    assert trained.skipped == {
        "score: unreadable": 1,
        "score: the file has changed since it was ingested": 1,
    }
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


@needs_torch
def test_too_little_says_why_and_names_the_switch(settings: Settings) -> None:
    request = GeneratorRequest(kind="audio", policy="open", as_of=1)
    with pytest.raises(GenerationError, match=r"0 recordings .*policy open lets 0 of 0"):
        train_generator(settings, request, _silent)
    fewer = GeneratorRequest(kind="symbolic", library=1, as_of=1)
    with pytest.raises(GenerationError, match="1 pieces to learn from, and at least 8"):
        train_generator(settings, fewer, _silent)


@needs_torch
def test_the_command_trains_and_generate_finds_what_it_trained(settings: Settings) -> None:
    arguments = ["train-generator", "--steps", "1", "--batch", "2", "--library", "0"]
    environ = {"WORDTONE_HOME": str(settings.home), "WORDTONE_WORKERS": "1"}
    done = CliRunner().invoke(cli, arguments, env=environ, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "weights' licence: CC-BY-4.0" in done.output
    name = latest_generator(settings, "symbolic").name
    assert f"--engine learned-symbolic --weights {name}" in done.output
    assert generator_folder(settings, name) == settings.home_path / "generators" / name


def test_a_generator_is_found_by_a_part_of_its_id(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for name in ("20260101T000000-symbolic-aa", "20260102T000000-audio-bb"):
        (tmp_path / "generators" / name).mkdir(parents=True)
        (tmp_path / "generators" / name / "manifest.json").write_text("{}")
    assert generator_folder(settings, "audio").name.endswith("bb")
    with pytest.raises(InputError, match="more than one"):
        generator_folder(settings, "2026")
    with pytest.raises(InputError, match="no such generator"):
        generator_folder(settings, "cc")
    with pytest.raises(InputError, match="none yet"):
        generator_folder(Settings(home=tmp_path / "other"), "x")


def test_rows_stream_back_as_they_were_in_another_order_each_epoch(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    written = pieces.examples(40)
    with RowWriter(path) as writer:
        for number, example in enumerate(written):
            writer.add(Source(f"library:{number}", "CC0-1.0"), example)
    reader = RowReader(path)
    first, again, second = ([x.events.tobytes() for x in reader.examples(n)] for n in (0, 0, 1))
    assert sorted(first) == sorted(x.events.tobytes() for x in written)
    assert first == again
    assert first != second
    one = next(iter(reader.examples(0)))
    match = next(x for x in written if x.events.tobytes() == one.events.tobytes())
    assert np.array_equal(one.conditions.vector, match.conditions.vector)
    assert one.conditions.styles == match.conditions.styles
    assert one.events[0, KIND] == BAR
    assert reader.licences() == {"CC0-1.0": 40}
    (tmp_path / "other.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="not a training file"):
        RowReader(tmp_path / "other.parquet")


def test_a_library_piece_follows_from_its_number() -> None:
    plans = [plan_of(number) for number in range(30)]
    assert plans == [plan_of(number) for number in range(30)]
    assert len({plan.styles for plan in plans}) > 15
    assert {plan.scale for plan in plans} == {"major", "minor"}


@needs_torch
@pytest.mark.slow
def test_the_flow_trains_as_the_plain_call_does(settings: Settings, prefect_server: str) -> None:
    from service import operations

    request = GeneratorRequest(kind="symbolic", steps=1, batch=2, library=0)
    trained = operations.train_generator(settings, request, _silent)
    assert trained.path.is_dir()
    assert len(trained.manifest.tracks) >= 8
    with httpx.Client(base_url=prefect_server) as client:
        runs = client.post("/flow_runs/filter", json={}).json()
    assert any(
        run["state_name"] == "Completed" and run["parameters"].get("kind") == "symbolic"
        for run in runs
    )
