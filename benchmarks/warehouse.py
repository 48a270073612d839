"""The warehouse at 100,000 and a million tracks: loading, upserts, queries, size; and its fence.

The catalogue is synthetic (`benchmarks._warehouse_data`): every feature group, five tags a track,
files, rights. Ids are random, and each commit of 100,000 tracks holds any of them. Queries are what
a user writes on the published views, on a pinned reader with `track_features` brought together in
its file; figures are medians of seven runs, `…_cold_ms` of the first query in a fresh process.
`point_ms` is the lookup of one track's valid values; `detail_ms` is all that `wordtone tracks ID`
asks for. `…_view_ms` is without the file. `attacks_…` run every statement of
`benchmarks._safe_sql` through the process that serves strangers.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import _warehouse_data as data
from benchmarks._safe_sql import ATTACKS, BOMBS, LEGITIMATE
from benchmarks._safe_warehouse import SECRET, Canaries, build
from benchmarks.figures import Figure
from schemas.errors import QueryError
from warehouse import queries
from warehouse.index.resolved import build_resolved
from warehouse.lake import Lake, Location
from warehouse.sandbox import SafeLimits, run_safe
from warehouse.store import Store

RUNS = 7
UPSERT_ROWS = 10_000
AIM_MS = "<= 100"

STATEMENTS = {
    "point": "SELECT * FROM track_features WHERE track_id = '{track}'",
    "aggregate": (
        "SELECT key_name, count(*) AS tracks, avg(tempo_bpm) AS tempo_bpm, stddev(energy) AS sd "
        "FROM track_features GROUP BY key_name"
    ),
    "filter": (
        "SELECT track_id, tempo_bpm, energy FROM track_features "
        "WHERE tempo_bpm BETWEEN 140 AND 150 AND energy > 0.9 AND brightness_hz < 2000 "
        "ORDER BY energy DESC LIMIT 50"
    ),
    "join": (
        "SELECT t.term, count(*) AS tracks, avg(f.tempo_bpm) AS tempo_bpm "
        "FROM text_metadata AS t JOIN track_features AS f USING (track_id) "
        "WHERE t.kind = 'genre' AND t.term = 'genre 7' GROUP BY t.term"
    ),
}
"""Query → its text; {track} is an id."""

COLD = """
import json, sys, time
start = time.perf_counter()
from pathlib import Path
from warehouse.index.resolved import use_resolved
from warehouse.lake import Lake, Location
catalogue, storage, index, sql = json.loads(sys.stdin.read())
with Lake.open(Location(catalogue, storage), read_only=True, pinned=True) as lake:
    use_resolved(Path(index), lake)
    lake.query(sql)
print(1000 * (time.perf_counter() - start))
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tracks", type=int, metavar="N", help="this size alone")
    parser.add_argument("--folder", type=Path, help="keep the warehouses there, and use them again")
    parser.add_argument("--only", choices=["speed", "safe"], help="one half of the figures")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    sizes = [options.tracks] if options.tracks else [100_000, 1_000_000]
    sizes = sizes[:1] if options.quick else sizes
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="wordtone-bench-") as temporary:
        folder = options.folder or Path(temporary)
        if options.only != "safe":
            for size in sizes:
                figures += _speed(folder / f"tracks-{size}", size)
        if options.only != "speed":
            figures += _safety(Path(temporary) / "safe", options.quick)
    return figures


def _speed(folder: Path, tracks: int) -> Iterator[Figure]:
    location = Location(str(folder / "catalogue.sqlite"), str(folder / "data"))
    note = f"{tracks:,} tracks"
    end = "_1m" if tracks == 1_000_000 else f"_{tracks // 1000}k"
    ids = data.track_ids(tracks)
    if not (folder / "catalogue.sqlite").is_file():
        with Lake.open(location) as lake:
            seconds = _seconds(lambda: data.load(lake, ids))
        yield Figure(f"load_s{end}", seconds, "s", note=note)
    yield Figure(f"size_mb{end}", _megabytes(folder / "data"), "MB", note=note)
    yield from _queries(location, folder / "index", ids, end, note)
    yield Figure(f"peak_rss_mb{end}", _peak_mb(), "MB", note=note)
    for number in (1, 2):
        seconds = _upsert(location, ids, number)
        name = f"upsert_10k_s{end}" if number == 1 else f"upsert_10k_again_s{end}"
        yield Figure(name, seconds, "s", "<= 0.5", note=f"{note}; one group, half of the rows new")
    yield Figure(f"size_mb_after_upserts{end}", _megabytes(folder / "data"), "MB", note=note)


def _queries(
    location: Location, index: Path, ids: list[str], end: str, note: str
) -> Iterator[Figure]:
    asked = {name: sql.format(track=ids[len(ids) // 2]) for name, sql in STATEMENTS.items()}
    with Lake.open(location, read_only=True, pinned=True) as lake:
        for name, sql in asked.items():
            taken = _median_ms(lambda sql=sql: lake.query(sql), 1)  # type: ignore[misc]
            yield Figure(
                f"{name}_view_ms{end}", taken, "ms", note=f"{note}; without the file, once"
            )
        seconds = _seconds(lambda: build_resolved(index, lake, lambda _: None))
        yield Figure(f"resolve_s{end}", seconds, "s", note=f"{note}; making the file")
        yield Figure(f"resolved_mb{end}", _megabytes(index), "MB", note=note)
        for name, sql in asked.items():
            taken = _median_ms(lambda sql=sql: lake.query(sql), RUNS)  # type: ignore[misc]
            yield Figure(f"{name}_ms{end}", taken, "ms", AIM_MS, note=note)
        track = ids[len(ids) // 3]
        detail = _median_ms(lambda: _detail(lake, track), 3)
        yield Figure(f"detail_ms{end}", detail, "ms", note=f"{note}; wordtone tracks ID")
    for name, sql in asked.items():
        taken = statistics.median(_cold_ms(location, index, sql) for _ in range(3))
        yield Figure(f"{name}_cold_ms{end}", taken, "ms", note=f"{note}; a fresh process")


def _detail(lake: Lake, track: str) -> None:
    for ask in (
        queries.track,
        queries.track_values,
        queries.track_numbers,
        queries.track_nulls,
        queries.track_terms,
        queries.track_rights,
    ):
        ask(lake, track)


def _cold_ms(location: Location, index: Path, sql: str) -> float:
    job = json.dumps([location.catalogue, location.storage, str(index), sql])
    done = subprocess.run(
        [sys.executable, "-c", COLD], input=job, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def _upsert(location: Location, ids: list[str], number: int) -> float:
    """Seconds to write 10,000 rows of one group: half replace others, half are of new tracks."""
    chance = np.random.default_rng(number)
    old = chance.choice(len(ids), UPSERT_ROWS // 2, replace=False)
    keys = [ids[i] for i in old] + data.track_ids(UPSERT_ROWS // 2, seed=1000 + number)
    known = {"track_id": pa.array(keys)}
    rows = data.features("rhythm", data.stamped(known), chance).drop(["run_id", "recorded_at"])
    with Store(location) as store:
        store.write({"reviews": []}, data.STAMP)  # the connection is open before time is taken
        return _seconds(lambda: store.write({"features_rhythm": rows}, data.STAMP))


def _safety(folder: Path, quick: bool) -> Iterator[Figure]:
    canaries = build(folder)
    before = canaries.files()
    attacks = [canaries.filled(sql) for sql in ATTACKS.values()][:: 10 if quick else 1]
    refused = sum(_refused(canaries, sql, SafeLimits(wall_s=30)) for sql in attacks)
    yield Figure("attacks_tried", len(attacks), "statements", ">= 40")
    yield Figure("attacks_refused", refused, "statements", f">= {len(attacks)}")
    bombs = list(BOMBS.values())[:: 5 if quick else 1]
    stopped = sum(_refused(canaries, sql, SafeLimits(wall_s=3, memory_mb=256)) for sql in bombs)
    yield Figure("bombs_tried", len(bombs), "statements", note="more time or memory than is given")
    yield Figure("bombs_stopped", stopped, "statements", f">= {len(bombs)}")
    asked = list(LEGITIMATE.values())[:: 10 if quick else 1]
    passed = sum(not _refused(canaries, sql, SafeLimits(wall_s=60)) for sql in asked)
    yield Figure("safe_queries_tried", len(asked), "statements")
    yield Figure("safe_queries_passed", passed, "statements", f">= {len(asked)}")
    yield Figure("files_written", int(canaries.files() != before), "files", "<= 0")
    taken = _median_ms(lambda: run_safe(canaries.location, "SELECT count(*) FROM music"), RUNS)
    yield Figure("safe_query_ms", taken, "ms", note="with the start of its process")


def _refused(canaries: Canaries, sql: str, limits: SafeLimits) -> bool:
    try:
        result = run_safe(canaries.location, sql, limits)
    except QueryError as error:
        return SECRET not in str(error)
    if SECRET in str(result.table.to_pylist()):
        raise AssertionError(f"leaked: {sql}")
    return False


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _median_ms(act: Callable[[], object], runs: int) -> float:
    return 1000 * statistics.median(_seconds(act) for _ in range(runs))


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
