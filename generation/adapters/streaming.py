"""Pairs from Parquet as batches for a training loop, faster than any loop can take them."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.adapters.pairs import FORMAT, PARTS, Batch, Meta
from schemas.errors import InputError

Place = tuple[Batch, int]


class PairStream:
    """Batches of one file without end, a row group in memory at a time and a buffer to draw from.

    Parameters
    ----------
    path : a file of `write_pairs`
    batch : rows a batch
    shuffle : rows of the buffer that batches are drawn from; 0 keeps the order
    seed : of the order; every pass over the file has another
    once : end after one pass; the last batch may be smaller

    Raises
    ------
    InputError
        When the file is missing, or no file of pairs.
    """

    def __init__(
        self, path: Path, batch: int, shuffle: int = 2048, seed: int = 0, *, once: bool = False
    ) -> None:
        self.path, self.batch, self.shuffle, self.seed, self.once = path, batch, shuffle, seed, once
        self.meta, self.rows = _read_meta(path)
        if self.rows < 1:
            raise InputError(f"{path}: no pairs in it")

    def __iter__(self) -> Iterator[Batch]:
        epoch = 0
        while True:
            yield from self._pass(np.random.default_rng((self.seed, epoch)))
            if self.once:
                return
            epoch += 1

    def vectors(self, most: int = 20_000) -> npt.NDArray[np.float32]:
        """The first `most` vectors, (N, 4·T + 24)."""
        found: list[npt.NDArray[np.float32]] = []
        for group in self._groups(np.arange(self._count_groups()), targets=False):
            found.append(group.vectors)
            if sum(map(len, found)) >= most:
                break
        return np.concatenate(found)[:most]

    def _pass(self, rng: np.random.Generator) -> Iterator[Batch]:
        """One pass. The buffer holds places in groups, so that drawing copies a batch alone."""
        order = np.arange(self._count_groups())
        if self.shuffle:
            rng.shuffle(order)
        held: deque[Place] = deque()
        for group in self._groups(order):
            held.extend((group, row) for row in range(len(group.vectors)))
            while len(held) >= self.batch + self.shuffle:
                yield self._drawn(held, rng)
        while len(held) >= self.batch or (held and (self.once or self.rows < self.batch)):
            yield self._drawn(held, rng)

    def _targets(self, column: Any) -> npt.NDArray[Any]:
        """Views of the column's own bytes, (rows, …)."""
        raw = column.combine_chunks()
        size = math.prod(self.meta.shape)
        flat = np.frombuffer(
            raw.buffers()[1], self.meta.dtype, len(raw) * size, raw.offset * raw.type.byte_width
        )
        return flat.reshape(len(raw), *self.meta.shape)

    def _drawn(self, held: deque[Place], rng: np.random.Generator) -> Batch:
        places = []
        for _ in range(min(self.batch, len(held))):
            if self.shuffle:
                there = int(rng.integers(len(held)))
                held[0], held[there] = held[there], held[0]
            places.append(held.popleft())
        return Batch(
            np.stack([group.vectors[row] for group, row in places]),
            np.stack([group.targets[row] for group, row in places]),
            [group.prompts[row] for group, row in places],
        )

    def _count_groups(self) -> int:
        import pyarrow.parquet as pq

        return int(pq.ParquetFile(self.path).num_row_groups)

    def _groups(self, order: npt.NDArray[np.int64], *, targets: bool = True) -> Iterator[Batch]:
        import pyarrow.parquet as pq

        columns = ["prompt", *PARTS, *(["target"] if targets else [])]
        with pq.ParquetFile(self.path, memory_map=True) as file:
            for group in order.tolist():
                table = file.read_row_group(group, columns=columns)
                parts = [_matrix(table[part]) for part in PARTS]
                found = self._targets(table["target"]) if targets else parts[0][:, :0]
                yield Batch(
                    np.concatenate(parts, axis=1).astype(np.float32, copy=False),
                    found,
                    table["prompt"].to_pylist(),
                )


def _read_meta(path: Path) -> tuple[Meta, int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            said, rows = file.schema_arrow.metadata or {}, file.metadata.num_rows
        if said.get(b"format") != FORMAT.encode():
            raise InputError(f"{path}: no file of pairs; `write_pairs` makes one")
        return Meta(
            names=tuple(json.loads(said[b"names"])),
            kind=said[b"kind"].decode(),
            digest=said[b"digest"].decode(),
            shape=tuple(int(n) for n in json.loads(said[b"shape"])),
        ), int(rows)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (pa.ArrowInvalid, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no file of pairs ({error})") from error


def _matrix(column: Any) -> npt.NDArray[Any]:
    joined = column.combine_chunks()
    flat: npt.NDArray[Any] = joined.flatten().to_numpy()
    return flat.reshape(-1, joined.type.list_size)
