"""Metadata sets: rows a second into an empty warehouse and again, accounting, and harmonisation.

`--data` is a folder with spotify_songs, fma, million_song_subset, mtg_jamendo and musiccaps, as far
as they are there. Each set goes into a warehouse of its own: once (`import_ROWS`), and once more
without a change (`reimport`). `import_unaccounted` is how many rows ended as no outcome.

Harmonisation is judged where the truth is known: 2,000 invented tracks whose measured energy is a
monotone curve of an imported value plus noise (0.04), a third of them held back; the error is that
of `track_features` on those. On the public sets no two sources share 30 tracks, so there are no
figures of real pairs unless `--warehouse HOME` names a warehouse that has calibrations.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from pipelines.harmonise import harmonise
from pipelines.import_metadata import ImportReport, ImportRequest, import_metadata
from schemas.analysis import MetricRow
from schemas.catalogue import TrackRow
from schemas.errors import InputError
from schemas.features import group_version
from schemas.outcomes import FeatureStatus, Outcome
from schemas.settings import Settings
from schemas.tables import TABLES
from warehouse.calibrations import calibrations
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

FOLDERS = {
    "fma": "fma",
    "million_song": "million_song_subset",
    "mtg_jamendo": "mtg_jamendo",
    "musiccaps": "musiccaps",
    "spotify": "spotify_songs",
}
TRACKS = 2_000
NOISE = 0.04


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="folder of the sets' folders"
    )
    parser.add_argument(
        "--warehouse", type=Path, metavar="HOME", help="show its calibrations as figures, too"
    )
    parser.add_argument(
        "--set", dest="sets", action="append", choices=FOLDERS, help="only this set; repeatable"
    )


def run(options: argparse.Namespace) -> Sequence[Figure]:
    wanted = options.sets or list(FOLDERS)
    found = {n: options.data / FOLDERS[n] for n in wanted if (options.data / FOLDERS[n]).is_dir()}
    if not found:
        raise InputError(f"--data: {options.data} holds none of {', '.join(FOLDERS.values())}")
    figures = [figure for name, path in found.items() for figure in _import(name, path)]
    figures += _known_truth()
    if options.warehouse:
        figures += _stored(Settings(home=options.warehouse))
    return figures


def _import(name: str, path: Path) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        first, again = (_timed(settings, ImportRequest(name, path)) for _ in range(2))
    for label, (report, wall, cpu) in (("import", first), ("reimport", again)):
        counts = ", ".join(f"{n} {outcome.value}" for outcome, n in report.counts.items())
        note = f"{report.discovered} rows: {counts}"
        yield Figure(f"{label}_rows_s_{name}", report.discovered / wall, "rows/s", note=note)
        yield Figure(f"{label}_rows_cpu_s_{name}", report.discovered / cpu, "rows/s of CPU")
    report = first[0]
    unaccounted = report.discovered - sum(report.counts.values())
    yield Figure(f"import_unaccounted_{name}", unaccounted, "rows", "== 0")
    changed = again[0].discovered - sum(
        again[0].counts[kind] for kind in (Outcome.UNCHANGED, Outcome.DUPLICATE)
    )
    yield Figure(f"reimport_changed_{name}", changed, "rows", "== 0")


def _timed(settings: Settings, request: ImportRequest) -> tuple[ImportReport, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    report = import_metadata(settings, request)
    return report, time.perf_counter() - wall, time.process_time() - cpu


def _known_truth() -> Iterator[Figure]:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, TRACKS)
    truth = np.clip(0.15 + 0.7 * x**1.7, 0, 1)
    measured = np.clip(truth + rng.normal(0, NOISE, TRACKS), 0, 1)
    held = np.arange(TRACKS) % 3 == 0
    ids = [f"t{i:021d}" for i in range(TRACKS)]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        location = Location.from_settings(settings)
        _plant(location, ids, x, measured, held)
        (row,) = harmonise(settings).usable
        with Lake.open(location, read_only=True) as lake:
            shown = lake.query(
                "SELECT track_id, energy FROM track_features "
                "WHERE energy_source = 'bench:set→wordtone' ORDER BY track_id"
            )
    found = np.asarray(shown["energy"].to_numpy(), float)
    note = f"{len(found)} held-out tracks; noise of the measurement {NOISE}"
    raw = float(np.abs(x[held] - measured[held]).mean())
    error = float(np.abs(found - measured[held]).mean())
    yield Figure("harmonise_error_before", raw, "ratio", note=note)
    yield Figure("harmonise_error_after", error, "ratio", note=note)
    yield Figure("harmonise_error_claimed", row.error_after, "ratio", note="as stored, five folds")
    yield Figure("harmonise_curve_error", float(np.abs(found - truth[held]).mean()), "ratio")


def _plant(
    location: Location, ids: list[str], x: np.ndarray, measured: np.ndarray, held: np.ndarray
) -> None:
    spec = TABLES["features_loudness"]
    rows = [
        spec.row(
            track_id=track, group_version=group_version("loudness"), extractor="wordtone",
            status=FeatureStatus.COMPLETE, null_reasons="{}", energy=float(value),
        )
        for track, value, away in zip(ids, measured, held, strict=True)
        if not away
    ]  # fmt: skip
    metrics = [
        MetricRow(track_id=track, metric="echonest_energy", value=float(value), unit="ratio",
                  source="bench:set")
        for track, value in zip(ids, x, strict=True)
    ]  # fmt: skip
    tables = {"tracks": [TrackRow(track_id=track) for track in ids], "metrics": metrics}
    with Store(location) as store:
        store.write({**tables, "features_loudness": rows}, RunStamp("bench", "bench", "planted"))


def _stored(settings: Settings) -> Iterator[Figure]:
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        rows = calibrations(lake)
    for row in rows:
        name = f"{row['metric']}_{row['source'].replace(':', '_')}"
        note = row["reason"] or f"{row['tracks']} tracks, rho {row['spearman']:.2f}"
        yield Figure(f"calibration_before_{name}", row["error_before"], "", note=note)
        yield Figure(f"calibration_after_{name}", row["error_after"], "", note=note)
