"""A folder of known files, and a warehouse in which nothing about them is pending."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from schemas.analysis import FINGERPRINT_VERSION
from schemas.features import FEATURES, feature_versions, group_version, groups
from schemas.settings import Settings
from schemas.tables import TABLES
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

_A_FOLDER = 500


@dataclass(frozen=True, slots=True)
class NoopRun:
    """One run over known files: seconds by the clock and of processor time, and what it found."""

    seconds: float
    cpu_s: float
    unchanged: int
    decoded: int
    peak_mb: float


def make_folder(folder: Path, files: int) -> list[str]:
    """`files` files of one byte, 500 a folder; their paths. A listing looks at names and times."""
    paths = []
    for number in range(files):
        parent = folder / f"{number // _A_FOLDER:04d}"
        if number % _A_FOLDER == 0:
            parent.mkdir(parents=True)
        path = f"{parent}/{number:06d}.flac"
        with open(path, "wb") as stream:  # noqa: PTH123  100,000 of them: Path.open costs as much
            stream.write(b"x")
        paths.append(path)
    return paths


def make_warehouse(settings: Settings, folder: Path, paths: list[str]) -> None:
    """Rows as an ingest of `paths` would have left them, with every feature group up to date."""
    ids = pa.array([f"{number:022d}" for number in range(len(paths))])
    stats = [os.stat(path) for path in paths]  # noqa: PTH116
    tables = {"files": _files(folder, paths, stats, ids), "tracks": _filled("tracks", ids)}
    for group in groups(FEATURES):
        tables[f"features_{group}"] = _filled(f"features_{group}", ids, _current(group))
    for name in ("fingerprints", "compared"):
        tables[name] = _filled(name, ids)
    with Store(Location.from_settings(settings)) as store:
        store.write(tables, RunStamp("bench", "bench", "known files"))


def _files(folder: Path, paths: list[str], stats: list[os.stat_result], ids: pa.Array) -> pa.Table:
    values = {
        "uri": pa.array(paths),
        "size": pa.array([stat.st_size for stat in stats]),
        "mtime_ns": pa.array([stat.st_mtime_ns for stat in stats]),
        "file_hash": ids,
        "track_id": ids,
        "state": "present",
        "source": str(folder),
    }
    return _table("files", len(paths), values)


def _current(group: str) -> dict[str, str]:
    return {
        "group_version": group_version(group),
        "extractor": "wordtone",
        "status": "complete",
        "null_reasons": "{}",
        "feature_versions": json.dumps(feature_versions(group), sort_keys=True),
    }


def _filled(name: str, ids: pa.Array, values: dict[str, str] | None = None) -> pa.Table:
    extra: dict[str, object] = {"track_id": ids, **(values or {})}
    if name == "tracks":
        extra |= {"audio_hash": ids, "origin": "recording"}
    if name in ("fingerprints", "compared"):
        extra["version"] = pa.array([FINGERPRINT_VERSION] * len(ids))
    if name == "fingerprints":
        extra["codes"] = pa.array([[]] * len(ids), pa.list_(pa.int64()))
    return _table(name, len(ids), extra)


def _table(name: str, rows: int, values: dict[str, object]) -> pa.Table:
    schema = TABLES[name].row_schema
    arrays = []
    for field in schema:
        value = values.get(field.name)
        if isinstance(value, str):
            value = pa.array([value] * rows, field.type)
        arrays.append(pa.nulls(rows, field.type) if value is None else value)
    return pa.Table.from_arrays(arrays, schema=schema)


def run_again(settings: Settings, folder: Path) -> NoopRun:
    """`wordtone ingest FOLDER` in a process of its own, as a person would run it."""
    environ = {**os.environ, "WORDTONE_HOME": str(settings.home)}
    program = str(Path(sys.executable).with_name("wordtone"))
    measured = (
        "import resource, subprocess, sys; "
        "code = subprocess.run(sys.argv[1:]).returncode; "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr); "
        "sys.exit(code)"
    )
    command = [sys.executable, "-c", measured, program, "ingest", str(folder), "--quiet"]
    begin = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - begin
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        (last,) = lake.query("SELECT counts FROM runs ORDER BY started_at DESC LIMIT 1").to_pylist()
    counts = json.loads(last["counts"])
    decoded = sum(n for name, n in counts.items() if name not in ("unchanged", "vanished", "left"))
    cpu_s, peak_kb = map(float, done.stderr.split()[-2:])
    return NoopRun(seconds, cpu_s, counts.get("unchanged", 0), decoded, peak_kb / 1024)
