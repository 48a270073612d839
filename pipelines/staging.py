"""Staged results: one Parquet file a chunk, one row an input, one nested column a table.

A chunk is staged whole (written beside, synced, renamed) before it is committed, so that a run
killed at any moment leaves either nothing or a file that the next run can commit.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.rows import Rows
from schemas.errors import StorageError
from schemas.outcomes import Outcome
from schemas.tables import TABLES

_STAGED_TABLES = tuple(
    name
    for name in TABLES
    if name.startswith("features_")
    or name
    in {
        *("files", "tracks", "beats", "sections", "tags", "rights", "scores"),
        *("rejects", "duplicates", "fingerprints"),
    }
)
_SCHEMA = pa.schema(
    [pa.field("uri", pa.string(), False), pa.field("outcome", pa.string(), False)]
    + [pa.field(name, pa.list_(pa.struct(TABLES[name].row_schema))) for name in _STAGED_TABLES]
)


@dataclass(frozen=True, slots=True)
class StagedFile:
    """What became of one input and the rows it contributes."""

    uri: str
    outcome: Outcome
    rows: Rows


def write_staged(path: Path, files: Iterable[StagedFile]) -> None:
    """Write a chunk's results; on return they survive a crash of the process or machine.

    Raises
    ------
    StorageError
        The folder cannot be written, or is full. Nothing is left of the chunk, and all of others.
    """
    records: list[dict[str, Any]] = [
        {"uri": file.uri, "outcome": file.outcome.value}
        | {name: [dataclasses.asdict(row) for row in rows] for name, rows in file.rows.items()}
        for file in files
    ]
    beside = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as sink:
            pq.write_table(pa.Table.from_pylist(records, _SCHEMA), sink, compression="zstd")
            sink.flush()
            os.fsync(sink.fileno())
        beside.rename(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StorageError(
            f"{path.parent}: results cannot be staged ({error.strerror or error}); what was "
            "committed stays, and the next ingest does the rest"
        ) from error


def is_current(path: Path) -> bool:
    """Whether a staged chunk has this version's tables; what another version left has not."""
    return bool(pq.read_schema(path).equals(_SCHEMA))


def read_staged(path: Path) -> tuple[dict[str, Outcome], dict[str, pa.Table]]:
    """Outcome by uri, and the rows by table; tables without rows are left out."""
    staged = pq.read_table(path)
    outcomes = {
        uri: Outcome(outcome)
        for uri, outcome in zip(
            staged["uri"].to_pylist(), staged["outcome"].to_pylist(), strict=True
        )
    }
    tables = {}
    for name in _STAGED_TABLES:
        structs = staged[name].combine_chunks().flatten()
        if len(structs):
            arrays = structs.flatten()
            tables[name] = pa.Table.from_arrays(list(arrays), schema=TABLES[name].row_schema)
    return outcomes, tables
