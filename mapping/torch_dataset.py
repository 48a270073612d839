"""Conditioning vectors on disk as PyTorch data sets: what feeds a generator's training loop.

Reads what `wordtone batch` writes. Nothing is held in memory: shards (.safetensors) are mapped and
rows copied out of them; Parquet is read a row group at a time. Works in DataLoader workers, which
open the files for themselves. Needs torch (extra `encoders`).

A row is a dict of float32 tensors, T features in the order of `names`, all between 0 and 1:

    values, low, high, confidence (T,), key_probabilities (24,)
    vector (4·T + 24,): the five in that order, for a generator that takes one vector
    line: int64, line of the prompts' file; prompt: text
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mapping.batch import PARTS
from schemas.errors import InputError, MissingExtraError

try:
    import torch
    from torch.utils.data import Dataset, IterableDataset, get_worker_info
except ImportError as error:
    raise MissingExtraError("mapping.torch_dataset", "encoders") from error

INDEX = ".index.json"
Arrays = dict[str, npt.NDArray[Any]]


class ConditioningDataset(Dataset):
    """Rows of safetensors shards by number, in any order; the files are mapped, not read.

    Parameters
    ----------
    path : the name given to `wordtone batch --out NAME.safetensors`, or its index

    Raises
    ------
    InputError
        No index there, or a shard is missing or not what the index says.
    """

    def __init__(self, path: str | Path) -> None:
        index = Path(path)
        self.path = index if index.name.endswith(INDEX) else index.with_name(index.name + INDEX)
        said = _index(self.path)
        self.names: tuple[str, ...] = tuple(said["names"])
        self.model_id = str(said["model_id"])
        self._files = [self.path.with_name(shard["file"]) for shard in said["shards"]]
        self._ends = list(accumulate(int(shard["rows"]) for shard in said["shards"]))
        self._open: dict[int, Arrays] = {}
        for number in range(len(self._files)):
            self._shard(number)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, row: int) -> dict[str, Any]:
        count = len(self)
        if not -count <= row < count:
            raise IndexError(f"row {row}; there are {count}")
        row %= count
        number = bisect_right(self._ends, row)
        first = self._ends[number - 1] if number else 0
        return _row(self._shard(number), row - first)

    def __getstate__(self) -> dict[str, Any]:
        """Without the open maps: a worker process opens its own."""
        return self.__dict__ | {"_open": {}}

    def _shard(self, number: int) -> Arrays:
        if number not in self._open:
            found = _mapped(self._files[number])
            rows = self._ends[number] - (self._ends[number - 1] if number else 0)
            for part in PARTS:
                width = 24 if part == "key_probabilities" else len(self.names)
                if part not in found or found[part].shape != (rows, width):
                    raise InputError(f"{self._files[number]}: {part} is not of {rows} × {width}")
            self._open[number] = found
        return self._open[number]


class ConditioningStream(IterableDataset):
    """Rows of one or several Parquet files in order, a row group at a time, shared out to workers.

    With `shuffle` rows (0: none) a buffer of that many is drawn from, with a seed.

    Raises InputError when a file is missing or was not written by `wordtone batch`.
    """

    def __init__(self, paths: Path | str | Sequence[Path | str], shuffle: int = 0, seed: int = 0):
        import pyarrow.parquet as pq

        listed = [paths] if isinstance(paths, str | Path) else list(paths)
        self.paths = [Path(path) for path in listed]
        self.shuffle, self.seed = shuffle, seed
        self.epoch = 0
        self._groups: list[tuple[Path, int]] = []
        names: set[tuple[str, ...]] = set()
        for path in self.paths:
            try:
                file = pq.ParquetFile(path)
                names.add(tuple(json.loads(file.schema_arrow.metadata[b"names"])))
            except (OSError, ValueError, TypeError, KeyError) as error:
                raise InputError(f"{path}: not a batch of wordtone ({error})") from error
            self._groups += [(path, group) for group in range(file.num_row_groups)]
        if len(names) != 1:
            raise InputError(f"{len(names)} different lists of features in {len(listed)} files")
        self.names = names.pop()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        rows = self._rows()
        return rows if self.shuffle < 2 else self._shuffled(rows)

    def _rows(self) -> Iterator[dict[str, Any]]:
        import pyarrow.parquet as pq

        worker = get_worker_info()
        step, start = (worker.num_workers, worker.id) if worker else (1, 0)
        for path, group in self._groups[start::step]:
            file = pq.ParquetFile(path, memory_map=True)
            table = file.read_row_group(group, columns=["line", "prompt", *PARTS])
            arrays: Arrays = {"line": table["line"].to_numpy()}
            for part in PARTS:
                column = table[part].combine_chunks()
                arrays[part] = column.flatten().to_numpy().reshape(-1, column.type.list_size)
            prompts = table["prompt"].to_pylist()
            for row in range(table.num_rows):
                yield _row(arrays, row, prompts[row])

    def _shuffled(self, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        worker = get_worker_info()
        rng = np.random.default_rng((self.seed, self.epoch, worker.id if worker else 0))
        held: list[dict[str, Any]] = []
        for row in rows:
            if len(held) < self.shuffle:
                held.append(row)
                continue
            place = int(rng.integers(len(held)))
            held[place], drawn = row, held[place]
            yield drawn
        rng.shuffle(held)
        yield from held


def _row(arrays: Arrays, row: int, prompt: str | None = None) -> dict[str, Any]:
    parts = {part: torch.from_numpy(np.array(arrays[part][row], np.float32)) for part in PARTS}
    return parts | {
        "vector": torch.cat([parts[part] for part in PARTS]),
        "line": torch.tensor(int(arrays["line"][row])),
        "prompt": _prompt(arrays, row) if prompt is None else prompt,
    }


def _prompt(arrays: Arrays, row: int) -> str:
    ends = arrays["prompt_ends"]
    start = int(ends[row - 1]) if row else 0
    return bytes(arrays["prompt_bytes"][start : int(ends[row])]).decode("utf-8")


def _index(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        shards, names = found["shards"], found["names"]
        plain = [Path(shard["file"]).name == shard["file"] for shard in shards]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not an index of `wordtone batch` ({error})") from error
    if not all(plain) or not isinstance(names, list):
        raise InputError(f"{path}: a shard lies outside its folder")
    return dict(found)


_TYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}


def _mapped(path: Path) -> Arrays:
    """The arrays of a safetensors file as views of one memory map.

    Layout: 8 bytes, the length n of a JSON header; n bytes of header; the arrays' bytes.
    """
    try:
        content = np.memmap(path, np.uint8, "r")
        size = int.from_bytes(content[:8].tobytes(), "little")
        header = json.loads(content[8 : 8 + size].tobytes())
        found: Arrays = {}
        for name, said in header.items():
            if name != "__metadata__":
                start, end = (8 + size + offset for offset in said["data_offsets"])
                flat = content[start:end].view(_TYPES[said["dtype"]])
                found[name] = flat.reshape(said["shape"])
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a shard of `wordtone batch` ({error})") from error
    return found
