"""What a generator is trained on, as one Parquet file that is streamed: vectors and music by piece.

The file is written once, before training, and read in each epoch in another order: row groups are
shuffled, rows within a few of them. So a catalogue need not fit into memory, and a training
can be repeated from the file alone.

    piece     id of the track, or "library:SEED"     styles   JSON: [[id, weight], …]
    licence   SPDX expression                        shape    rows of `music`
    values, known   the vector, list<float>          music    bytes: events int16, or mel float16
    tracks    bytes: what leads the model of sound in time, float16; empty for notes
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from generation.learned.conditions import Conditions
from generation.learned.sound.clips import BANDS, CHANNELS, Clip
from generation.learned.symbolic.events import COLUMNS
from generation.learned.symbolic.windows import Example
from schemas.errors import InputError

SCHEMA = pa.schema(
    {
        "piece": pa.string(),
        "licence": pa.string(),
        "styles": pa.string(),
        "values": pa.list_(pa.float32()),
        "known": pa.list_(pa.float32()),
        "shape": pa.int32(),
        "music": pa.binary(),
        "tracks": pa.binary(),
    }
)
GROUP_ROWS = 16
_GROUPS_AT_ONCE = 4
"""Row groups that are shuffled together: 64 clips of 12 s are 13 MB."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece comes from."""

    piece: str
    licence: str


class RowWriter:
    """Writes pieces to a Parquet file, a row group at a time; use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd")
        self._held: list[dict[str, object]] = []

    def add(self, source: Source, music: Example | Clip) -> None:
        notes = isinstance(music, Example)
        content = music.events if isinstance(music, Example) else music.mel
        self._held.append(
            {
                "piece": source.piece,
                "licence": source.licence,
                "styles": json.dumps(music.conditions.styles),
                "values": music.conditions.values.tolist(),
                "known": music.conditions.known.tolist(),
                "shape": len(content),
                "music": content.astype(np.int16 if notes else np.float16).tobytes(),
                "tracks": b"" if isinstance(music, Example) else music.tracks.tobytes(),
            }
        )
        self.rows += 1
        if len(self._held) == GROUP_ROWS:
            self._flush()

    def __enter__(self) -> RowWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.Table.from_pylist(self._held, SCHEMA))
        self._held = []


class RowReader:
    """Pieces of a file, streamed. Raises InputError when the file is not one of RowWriter."""

    def __init__(self, path: Path, seed: int = 0) -> None:
        try:
            file = pq.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(f"{path}: not a training file ({error})") from error
        if not file.schema_arrow.equals(SCHEMA):
            raise InputError(f"{path}: its columns are {file.schema_arrow.names}")
        self.path, self._seed = path, seed
        self._groups = file.num_row_groups

    def examples(self, epoch: int) -> Iterator[Example]:
        """Pieces as notes, in the order of `epoch`."""
        for table, row in self._shuffled(epoch):
            yield Example(_array(table, "music", row, np.int16, len(COLUMNS)), _told(table, row))

    def clips(self, epoch: int) -> Iterator[Clip]:
        """Stretches of sound, in the order of `epoch`."""
        for table, row in self._shuffled(epoch):
            mel = _array(table, "music", row, np.float16, BANDS)
            tracks = _array(table, "tracks", row, np.float16, CHANNELS)
            yield Clip(mel, tracks, _told(table, row))

    def sources(self) -> list[Source]:
        """Of every row, in the order of the file."""
        table = pq.read_table(self.path, columns=["piece", "licence"])
        return [Source(row["piece"], row["licence"]) for row in table.to_pylist()]

    def licences(self) -> dict[str, int]:
        """SPDX expression → pieces; a track counts once, however many clips it gave."""
        pieces = {source.piece: source.licence for source in self.sources()}
        return dict(sorted(Counter(pieces.values()).items()))

    def _shuffled(self, epoch: int) -> Iterator[tuple[pa.Table, int]]:
        """(table, row) of every piece."""
        rng = np.random.default_rng([self._seed, epoch])
        order = rng.permutation(self._groups)
        file = pq.ParquetFile(self.path, memory_map=True)
        for start in range(0, len(order), _GROUPS_AT_ONCE):
            table = file.read_row_groups(order[start : start + _GROUPS_AT_ONCE].tolist())
            for row in rng.permutation(table.num_rows).tolist():
                yield table, row


def _array(table: pa.Table, column: str, row: int, dtype: type, width: int) -> Any:
    """A column of bytes as rows of numbers: a view of the table, not a copy."""
    return np.frombuffer(table[column][row].as_buffer(), dtype).reshape(-1, width)


def _told(table: pa.Table, row: int) -> Conditions:
    values, known = (
        np.asarray(table[name][row].values, np.float32) for name in ("values", "known")
    )
    styles = json.loads(table["styles"][row].as_py())
    return Conditions(values, known, tuple((str(n), float(weight)) for n, weight in styles))
