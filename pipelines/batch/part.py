"""A few hundred lines to one finished file: the unit that is resumed and given to a worker process.

A part's name holds a digest of its lines and of what answers them. A part that is there is whole:
its rejects are written before it, and it gets its name last.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.batch.lines import Line

if TYPE_CHECKING:
    from mapping.batch import Answer
    from mapping.model import Mapping

LINES = 256

Loader = Callable[[], "Mapping"]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines in order and where their answers belong; `documents`: keep whole vectors as JSON."""

    index: int
    lines: tuple[Line, ...]
    blank: int
    folder: Path
    salt: str
    documents: bool

    @property
    def path(self) -> Path:
        said = repr((self.salt, self.documents, self.lines, self.blank))
        digest = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        return self.folder / f"part-{self.index:08d}-{digest}.parquet"


@dataclass(frozen=True, slots=True)
class Done:
    """A finished part and its counts: answered + rejected + blank are its lines."""

    path: Path
    answered: int
    rejected: int
    blank: int


def finished(part: Part) -> Done | None:
    """The part as an earlier run has left it, None where it has not."""
    if not part.path.is_file():
        return None
    found = pq.read_schema(part.path).metadata or {}
    answered, rejected = (int(found[name]) for name in (b"answered", b"rejected"))
    return Done(part.path, answered, rejected, part.blank)


def answer(mapping: Mapping, part: Part) -> Done:
    """Answer the part's lines and write its two files."""
    from mapping.batch import condition_many

    asked = [line for line in part.lines if line.ask is not None]
    answers = list(condition_many(mapping, [line.ask for line in asked if line.ask is not None]))
    good = [pair for pair in zip(asked, answers, strict=True) if pair[1].vector is not None]
    bad = [_reject(line, line.reason) for line in part.lines if line.ask is None]
    bad += [
        _reject(line, found.error or "")
        for line, found in zip(asked, answers, strict=True)
        if found.vector is None
    ]
    bad.sort(key=lambda row: int(str(row["line"])))
    rejects_path(part.path).write_text("".join(json.dumps(row) + "\n" for row in bad), "utf-8")
    counts = {"answered": str(len(good)), "rejected": str(len(bad))}
    table = _table(mapping, good, part.documents).replace_schema_metadata(counts)
    partial = part.path.with_name(f".{part.path.name}.{os.getpid()}")
    pq.write_table(table, partial)
    partial.replace(part.path)
    return Done(part.path, len(good), len(bad), part.blank)


def rejects_path(path: Path) -> Path:
    return path.with_suffix(".rejects.jsonl")


def _reject(line: Line, reason: str) -> dict[str, object]:
    return {"line": line.number, "reason": reason, "text": line.raw}


def _table(mapping: Mapping, good: Sequence[tuple[Line, Answer]], documents: bool) -> pa.Table:
    from mapping.batch import PARTS, columns

    vectors = [found.vector for _, found in good if found.vector is not None]
    numbers = columns(vectors)
    found: dict[str, pa.Array] = {
        "line": pa.array([line.number for line, _ in good], pa.int64()),
        "id": pa.array([line.id for line, _ in good], pa.string()),
        "prompt": pa.array([answer.ask.prompt for _, answer in good], pa.string()),
    }
    for part in PARTS:
        width = 24 if part == "key_probabilities" else len(mapping.features)
        flat = np.ascontiguousarray(numbers[part]).reshape(-1)
        found[part] = pa.FixedSizeListArray.from_arrays(pa.array(flat, pa.float32()), width)
    if documents:
        texts = [vector.model_dump_json() for vector in vectors]
        found["document"] = pa.array(texts, pa.string())
    return pa.table(found)


_worker: dict[str, Mapping] = {}
"""The mapping of a worker process."""


def start_worker(load: Loader) -> None:
    """Make this process a worker: one thread, one mapping."""
    from pipelines.features.threads import limit_threads

    limit_threads()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker["mapping"] = load()


def _end_with_parent() -> None:
    """A pool's workers wait for work for ever when the process that gives it is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def answer_in_worker(part: Part) -> Done:
    return answer(_worker["mapping"], part)
