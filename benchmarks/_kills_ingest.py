"""SIGKILL of an ingest run: its steps as they are, on real files, without Prefect around them."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks._kills import Report, in_child, killed
from pipelines import ingest as module
from pipelines.ingest import ingest
from pipelines.steps import RunContext, analyse_chunk, chunks, commit_staged
from schemas.features import groups
from schemas.outcomes import Outcome
from schemas.settings import Settings
from warehouse.audits import failing_audits
from warehouse.lake import Lake
from warehouse.location import Location
from warehouse.store import Store

FILES = 6
_RATE_HZ = 8_000


def make_music(folder: Path) -> None:
    """Short noises with a beat, each different."""
    folder.mkdir(parents=True)
    for number in range(FILES):
        chance = np.random.default_rng(number)
        t = np.arange(4 * _RATE_HZ) / _RATE_HZ
        beat = np.exp(-((t * (1.5 + 0.1 * number)) % 1) * 20)
        samples = 0.3 * beat * chance.standard_normal(len(t))
        soundfile.write(folder / f"{number}.wav", samples.clip(-1, 1), _RATE_HZ)


def trial(home: Path, music: Path, wait_s: float) -> tuple[int, int, list[str]]:
    """Kill one run, look, let the next one complete the work; rows lost and doubled, and faults."""
    settings = Settings(home=home, workers=1, chunk_files=2)
    killed(lambda report: _run(settings, music, report), wait_s)
    between = in_child(lambda: _look(settings))
    in_child(lambda: _finish(settings, music))
    after = in_child(lambda: _look(settings))
    faults = [*between["faults"], *after["faults"]]
    if after["files"] != FILES:
        faults.append(f"{after['files']} files of {FILES} after the next run")
    lost = sum(max(0, FILES - after[name]) for name in ("files", *_tables()))
    doubled = sum(state["doubled"] for state in (between, after))
    return lost, doubled, faults


def _run(settings: Settings, music: Path, report: Report) -> None:
    report(0)
    _plainly(lambda: ingest(settings, [music]))


def _finish(settings: Settings, music: Path) -> int:
    _plainly(lambda: ingest(settings, [music]))
    return 0


def _plainly(action: Callable[[], Any]) -> None:
    def steps(settings: Settings, context: RunContext, store: Store) -> Counter[Outcome]:
        counts: Counter[Outcome] = Counter()
        try:
            work = chunks(context.plan, context.workers, context.chunk_files)
            for index, chunk in enumerate(work):
                staged = analyse_chunk(context, index, chunk)
                if staged is not None:
                    counts += commit_staged(store, context.stamp("chunk"), staged, context.known)
        finally:
            context.close()
        return counts

    before = module._run_flow
    module._run_flow = steps
    try:
        action()
    finally:
        module._run_flow = before


def _tables() -> list[str]:
    return ["tracks", *(f"features_{group}" for group in groups())]


def _look(settings: Settings) -> dict[str, Any]:
    """Rows of a warehouse, or none where there is no warehouse yet."""
    location = Location.from_settings(settings)
    if not location.catalogue_path.is_file():
        return {"files": 0, "doubled": 0, "faults": []} | dict.fromkeys(_tables(), 0)
    found: dict[str, Any] = {"doubled": 0}
    with Lake.open(location) as lake:
        found["faults"] = [result.name for result in failing_audits(lake)]
        for name in ("files", *_tables()):
            key = "uri" if name == "files" else "track_id"
            sql = f"SELECT count(*) AS n, count(DISTINCT {key}) AS d FROM {name}"  # noqa: S608  ours
            (row,) = lake.query(sql).to_pylist()
            found[name] = row["d"]
            found["doubled"] += row["n"] - row["d"]
    # A chunk is committed whole: its files never come without what was measured of them.
    if len({found[name] for name in ("files", *_tables())}) != 1:
        found["faults"].append(f"a torn state: {found}")
    return found


def trials(folder: Path, count: int, chance: random.Random) -> list[tuple[int, int, list[str]]]:
    """`count` runs, each killed at a moment of its own, each completed by the next."""
    music = folder / "music"
    make_music(music)
    begin = time.monotonic()
    in_child(lambda: _finish(Settings(home=folder / "whole", workers=1, chunk_files=2), music))
    whole_s = time.monotonic() - begin
    found = []
    for number in range(count):
        home = folder / f"home-{number}"
        found.append(trial(home, music, chance.uniform(0.05, 1.0) * whole_s))
        shutil.rmtree(home, ignore_errors=True)
    return found
