"""A batch as a whole: lines in, parts in order, worker processes, one output, counts that add up.

Memory does not grow with the number of prompts: a few parts are under way at a time, and joined
from disk. A run that is stopped leaves its parts in OUT.parts; the same command takes them up.
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipelines.batch.lines import Line, read_lines
from pipelines.batch.outputs import writer_of
from pipelines.batch.part import (
    LINES,
    Done,
    Loader,
    Part,
    answer,
    answer_in_worker,
    finished,
    rejects_path,
    start_worker,
)
from schemas.errors import InputError, WordtoneError

if TYPE_CHECKING:
    from mapping.model import Mapping

Advance = Callable[[Done], None]


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What to answer and where to.

    Attributes
    ----------
    form : txt, jsonl or csv
    out : its ending says the format: .parquet, .safetensors or .jsonl
    workers : processes; 1 answers in this one
    """

    form: str
    out: Path
    workers: int = 1


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Every line is one of answered, rejected, blank. `resumed` of the answered were there."""

    answered: int
    rejected: int
    blank: int
    resumed: int
    files: tuple[Path, ...]
    rejects: Path | None

    @property
    def lines(self) -> int:
        return self.answered + self.rejected + self.blank


def run_batch(
    stream: BinaryIO, request: BatchRequest, load: Loader, advance: Advance = lambda done: None
) -> BatchReport:
    """Answer every line of `stream` with the mapping that `load` gives.

    `load` is called once in this process and once in each worker. `advance` is told of every part.

    Raises
    ------
    InputError
        An output of no known kind, one that cannot be written, or a CSV header that is wrong.
    WordtoneError
        Whatever `load` raises.
    """
    write = writer_of(request.out)
    folder = request.out.with_name(request.out.name + ".parts")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {request.out}: {error.strerror or error}") from error
    try:
        mapping = load()
        parts = _parts(read_lines(stream, request.form), folder, _salt(mapping), request.out)
        done: list[Done] = []
        resumed = 0
        for found, old in _answered(parts, request.workers, load, mapping):
            done.append(found)
            resumed += found.answered if old else 0
            advance(found)
    except BaseException:
        if not any(folder.iterdir()):
            folder.rmdir()  # nothing to take up
        raise
    files = tuple(write(done, request.out, facts_of(mapping)))
    rejects = _join_rejects(done, request.out)
    shutil.rmtree(folder)
    return BatchReport(
        sum(part.answered for part in done),
        sum(part.rejected for part in done),
        sum(part.blank for part in done),
        resumed,
        files,
        rejects,
    )


def facts_of(mapping: Mapping) -> dict[str, str]:
    """What goes into the metadata of an output: names of the columns, model, contract."""
    from schemas.conditioning import CONTRACT_VERSION

    info = mapping.info
    return {
        "names": json.dumps(mapping.features),
        "model_id": info.model_id,
        "encoder": info.encoder,
        "snapshot": str(info.snapshot),
        "contract": CONTRACT_VERSION,
        "scale": "0 … 1 by schemas.scales.normalise; low and high are the quantiles .05 and .95",
    }


def _salt(mapping: Mapping) -> str:
    from schemas.code import code_version

    return f"{mapping.info.model_id} {mapping.references} {code_version()}"


def _parts(lines: Iterable[Line | None], folder: Path, salt: str, out: Path) -> Iterator[Part]:
    """Parts of LINES lines; the first comes always, so that no lines give an empty output."""
    held: list[Line] = []
    index = blank = 0
    for line in lines:
        if line is None:
            blank += 1
        else:
            held.append(line)
        if len(held) + blank >= LINES:
            yield Part(index, tuple(held), blank, folder, salt, out.suffix == ".jsonl")
            held, blank, index = [], 0, index + 1
    if held or blank or not index:
        yield Part(index, tuple(held), blank, folder, salt, out.suffix == ".jsonl")


def _answered(
    parts: Iterable[Part], workers: int, load: Loader, mapping: Mapping
) -> Iterator[tuple[Done, bool]]:
    """Every part in order, and whether an earlier run had answered it."""
    if workers <= 1:
        for part in parts:
            old = finished(part)
            yield old or answer(mapping, part), old is not None
        return
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=start_worker, initargs=(load,)
    ) as pool:
        waiting: deque[Future[Done] | Done] = deque()
        try:
            for part in parts:
                waiting.append(finished(part) or pool.submit(answer_in_worker, part))
                if len(waiting) > 2 * workers:
                    yield _result(waiting.popleft())
            while waiting:
                yield _result(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _result(found: Future[Done] | Done) -> tuple[Done, bool]:
    if isinstance(found, Done):
        return found, True
    try:
        return found.result(), False
    except WordtoneError:
        raise
    except Exception as error:
        raise InputError(f"a worker process failed: {error}; try --workers 1") from error


def _join_rejects(done: Iterable[Done], out: Path) -> Path | None:
    path = out.with_name(out.name + ".rejects.jsonl")
    path.unlink(missing_ok=True)
    bad = [part for part in done if part.rejected]
    if not bad:
        return None
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        for part in bad:
            file.write(rejects_path(part.path).read_text(encoding="utf-8"))
    partial.replace(path)
    return path
