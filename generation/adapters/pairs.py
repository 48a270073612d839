"""Pairs of a vector and what a frozen generator codes a recording as, in Parquet, for training.

Coding is the dear part and never changes while the generator is frozen: it is done once, here. The
columns of the vector are those of `wordtone batch`, so that files can be joined on `line`.

    line, prompt, values, low, high, confidence (T each), key_probabilities (24), target

`target` is raw bytes, of the type and shape in the file's metadata: as a list of halves, Parquet
decodes it number by number, eight times as slowly. A row group is what is read at a time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.adapters.vectors import KEYS, width
from schemas.errors import InputError

PARTS = ("values", "low", "high", "confidence", "key_probabilities")
GROUP_ROWS = 256
FORMAT = "wordtone-pairs-1"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as arrays: vectors (B, 4·T + 24) float32, targets (B, …), prompts."""

    vectors: npt.NDArray[np.float32]
    targets: npt.NDArray[Any]
    prompts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a file of pairs is for: features, the frozen generator, the shape of a target."""

    names: tuple[str, ...]
    kind: str
    digest: str
    shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of targets: codes are whole numbers, latents halves."""
        return np.dtype("<i2" if self.kind == "musicgen" else "<f2")


def write_pairs(path: Path, meta: Meta, batches: Iterable[Batch]) -> int:
    """Write pairs; complete or not at all. Returns the number of rows.

    Raises
    ------
    InputError
        When vectors or targets have another shape than `meta` says, or the file cannot be written.
    """
    import pyarrow.parquet as pq

    schema = _schema(meta)
    partial = path.with_name(path.name + ".partial")
    count = 0
    try:
        packed = {name: "zstd" for name in schema.names if name != "target"}
        # Codes pack well; the mantissas of latents are noise.
        packed["target"] = "zstd" if meta.dtype.kind == "i" else "none"
        with pq.ParquetWriter(partial, schema, compression=packed, use_dictionary=False) as writer:
            for batch in batches:
                writer.write_table(_table(batch, meta, schema, count), row_group_size=GROUP_ROWS)
                count += len(batch.vectors)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def coded(
    sounds: Iterable[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], list[str]]],
    encode: Callable[[Any], Any],
) -> Iterator[Batch]:
    """Batches of (vectors (B, …), sound (B, channels, n), prompts), with the sound coded by a host.

    Codes are kept as int16, latents as float16: half the bytes, and less than their noise.
    """
    import torch

    for vectors, sound, prompts in sounds:
        target = encode(torch.as_tensor(sound)).cpu()
        small = torch.float16 if target.is_floating_point() else torch.int16
        yield Batch(np.asarray(vectors, np.float32), target.to(small).numpy(), prompts)


def _schema(meta: Meta) -> Any:
    import pyarrow as pa

    count = len(meta.names)
    fields = [pa.field("line", pa.int64()), pa.field("prompt", pa.string())]
    for part in PARTS:
        wide = KEYS if part == "key_probabilities" else count
        fields.append(pa.field(part, pa.list_(pa.float32(), wide)))
    fields.append(pa.field("target", pa.binary(math.prod(meta.shape) * meta.dtype.itemsize)))
    said = {
        "format": FORMAT, "names": json.dumps(meta.names), "kind": meta.kind,
        "digest": meta.digest, "shape": json.dumps(meta.shape),
    }  # fmt: skip
    return pa.schema(fields, metadata=said)


def _table(batch: Batch, meta: Meta, schema: Any, first: int) -> Any:
    import pyarrow as pa

    rows, wide = len(batch.vectors), width(meta.names)
    if batch.vectors.shape != (rows, wide) or batch.targets.shape != (rows, *meta.shape):
        raise InputError(
            f"pairs: vectors {batch.vectors.shape}, targets {batch.targets.shape}; valid is "
            f"({rows}, {wide}) and ({rows}, {', '.join(map(str, meta.shape))})"
        )
    if len(batch.prompts) != rows:
        raise InputError(f"pairs: {len(batch.prompts)} prompts for {rows} vectors")
    columns: list[Any] = [pa.array(range(first, first + rows), pa.int64()), pa.array(batch.prompts)]
    ends = np.cumsum([schema.field(part).type.list_size for part in PARTS])
    for name, part in zip(PARTS, np.split(batch.vectors, ends[:-1], axis=1), strict=True):
        kind = schema.field(name).type
        values = pa.array(np.ascontiguousarray(part).ravel(), kind.value_type)
        columns.append(pa.FixedSizeListArray.from_arrays(values, kind.list_size))
    raw = pa.py_buffer(np.ascontiguousarray(batch.targets, meta.dtype).tobytes())
    kind = schema.field("target").type
    columns.append(pa.FixedSizeBinaryArray.from_buffers(kind, rows, [None, raw]))
    return pa.table(columns, schema=schema)
