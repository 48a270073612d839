"""A synthetic catalogue of any size: tracks, files, every feature group, five tags a track, rights.

Values are uniform over the valid range of their column, in steps as coarse as single precision, and
lists hold as many elements as their feature has: about what real measurements take on disk. Every
tenth track has two imported numbers, every hundredth a link to the one before, every thousandth a
correction by a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from schemas.columns import ColumnSpec, TableSpec
from schemas.features import FEATURES, FeatureSpec, group_version, groups
from schemas.tables import TABLES
from warehouse.lake import Lake, RunStamp
from warehouse.sqltext import identifier, identifiers

CHUNK = 100_000
TAGS = 5
STAMP = RunStamp("bench", "bench", "a synthetic catalogue")
_MOMENT = datetime(2024, 1, 1, tzinfo=UTC)
_ALPHABET = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype="S1"
)
_GENRES = [f"genre {i}" for i in range(300)]
_LICENCES = ["CC-BY-4.0", "CC-BY-SA-3.0", "CC0-1.0", None]


def track_ids(count: int, seed: int = 0) -> list[str]:
    """Sorted ids, as random as real ones."""
    letters = np.random.default_rng(seed).integers(0, 62, (count, 22))
    joined = np.ascontiguousarray(_ALPHABET[letters]).view("S22").ravel()
    return [text.decode() for text in np.sort(joined)]


def load(lake: Lake, ids: list[str]) -> None:
    """Insert the catalogue of `ids`, table by table, in commits of `CHUNK` random tracks."""
    order = np.random.default_rng(1).permutation(len(ids))
    for start in range(0, len(ids), CHUNK):
        chance = np.random.default_rng(start)
        part = [ids[i] for i in np.sort(order[start : start + CHUNK])]
        with lake.commit(STAMP):
            for name, rows in _tables(part, chance):
                columns = identifiers(rows.column_names)
                with lake.registered(chunk=rows):
                    lake.execute(f"INSERT INTO {identifier(name)} ({columns}) FROM chunk")


def _tables(ids: list[str], chance: np.random.Generator) -> Iterator[tuple[str, pa.Table]]:
    n = len(ids)
    number = np.arange(n)
    known = stamped({"track_id": pa.array(ids)})
    titles = pa.array([f"Title {i}" for i in chance.integers(0, 1 << 30, n)])
    artists = pa.array([f"Artist {i}" for i in chance.integers(0, 1 + n // 10, n)])
    yield "tracks", _filled("tracks", known, n, title=titles, artist=artists, album=artists,
                            duration_s=pa.array(chance.uniform(30, 600, n)),
                            origin=_constant("recording", n))  # fmt: skip
    uris = pa.array([f"/music/{track_id}.flac" for track_id in ids])
    yield "files", _filled("files", known, n, uri=uris, file_hash=uris,
                           size=pa.array(chance.integers(1, 1 << 30, n)),
                           mtime_ns=pa.array(chance.integers(0, 1 << 60, n)),
                           state=_constant("present", n),
                           source=_constant("/music", n))  # fmt: skip
    for group in groups(FEATURES):
        yield f"features_{group}", features(group, known, chance)
    yield "tags", _tags(known, chance)
    licences = pa.array([_LICENCES[i] for i in chance.integers(0, len(_LICENCES), n)])
    yield "rights", _filled("rights", known, n, layer=_constant("recording", n), spdx=licences,
                            source=_constant("id3:TCOP", n), raw=_constant("see the tag", n),
                            evidence=uris)  # fmt: skip
    yield "metrics", _few("metrics", known, number % 10 == 0, metric="popularity", unit="1",
                          source="spotify", value=0.5)  # fmt: skip
    yield "metrics", _few("metrics", known, number % 10 == 0, metric="valence", unit="ratio",
                          source="spotify", value=0.5)  # fmt: skip
    yield "overrides", _few("overrides", known, number % 1000 == 0, metric="tempo_bpm",
                            value=128.0, note="by ear", author="bench")  # fmt: skip
    yield "duplicates", _few("duplicates", known, number % 100 == 0, canonical_id=ids[1 % n],
                             method="fingerprint:1", evidence="bench", score=0.99)  # fmt: skip


def stamped(known: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """`known`, and who wrote it when."""
    n = len(known["track_id"])
    moments = pa.array([_MOMENT] * n, pa.timestamp("us", tz="UTC"))
    return {**known, "run_id": _constant("bench", n), "recorded_at": moments}


def features(group: str, known: dict[str, pa.Array], chance: np.random.Generator) -> pa.Table:
    """Rows of one feature group for the tracks in `known`."""
    n = len(known["track_id"])
    values = {spec.name: _values(spec, n, chance) for spec in FEATURES if spec.group == group}
    return _filled(f"features_{group}", known, n, **values, extractor=_constant("wordtone", n),
                   group_version=_constant(group_version(group), n),
                   status=_constant("complete", n), null_reasons=_constant("{}", n))  # fmt: skip


def _values(spec: FeatureSpec, n: int, chance: np.random.Generator) -> pa.Array:
    low, high = spec.minimum, spec.maximum
    flat = chance.uniform(low, high, n * spec.size).astype(np.float32)
    flat = np.clip(flat, low, high)
    if spec.size == 1:
        return pa.array(flat.astype(np.float64))
    offsets = pa.array(np.arange(n + 1, dtype=np.int32) * spec.size)
    return pa.ListArray.from_arrays(offsets, pa.array(flat.astype(np.float32)))


def _tags(known: dict[str, pa.Array], chance: np.random.Generator) -> pa.Table:
    n = len(known["track_id"])
    repeated = np.repeat(np.arange(n), TAGS)
    spread = {name: column.take(pa.array(repeated)) for name, column in known.items()}
    first = np.repeat(chance.integers(0, len(_GENRES), n), TAGS)
    picks = (first + np.tile(np.arange(TAGS), n) * 7) % len(_GENRES)
    terms = pa.array([_GENRES[i] for i in picks])
    count = n * TAGS
    return _filled("tags", spread, count, term=terms, raw=terms, kind=_constant("genre", count),
                   source=_constant("id3:TCON", count),
                   weight=pa.array(np.ones(count)))  # fmt: skip


def _few(
    table: str, known: dict[str, pa.Array], chosen: np.ndarray, **values: str | float
) -> pa.Table:
    some = {name: column.filter(pa.array(chosen)) for name, column in known.items()}
    n = len(some["track_id"])
    return _filled(table, some, n, **{name: _constant(v, n) for name, v in values.items()})


def _constant(value: str | float, n: int) -> pa.Array:
    return pa.array([value], pa.string() if isinstance(value, str) else pa.float64()).take(
        pa.array(np.zeros(n, np.int32))
    )


def _filled(table: str, known: dict[str, pa.Array], n: int, **values: pa.Array) -> pa.Table:
    """All columns of `table`; those that are not given are null."""
    spec: TableSpec = TABLES[table]
    given = {**known, **values}
    columns = [
        given[column.name].cast(column.type) if column.name in given else _null(column, n)
        for column in spec.all_columns
    ]
    return pa.Table.from_arrays(columns, schema=spec.schema)


def _null(column: ColumnSpec, n: int) -> pa.Array:
    assert column.nullable, column.name
    return pa.nulls(n, column.type)
