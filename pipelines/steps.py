"""One plain function per arrow of the ingest flow; no Prefect.

plan ─▶ analyse_chunk ─▶ staged Parquet ─▶ commit_staged ─▶ warehouse
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.analyse import Analysed, Job
from pipelines.audio.isolate import Limits, Worker
from pipelines.backfill import completions
from pipelines.heard import tags_scope, words_scope
from pipelines.isolated import analyse_isolated
from pipelines.known_hashes import KnownHashes
from pipelines.plan import Plan, Planned
from pipelines.progress import Observer, Problem
from pipelines.rows import rows_of
from pipelines.sources.fetching import Remotes
from pipelines.spool import Spool
from pipelines.staging import StagedFile, read_staged, write_staged
from pipelines.timeline_rows import scopes
from schemas.catalogue import DuplicateRow
from schemas.errors import ContractError
from schemas.outcomes import Outcome, RejectReason, Stage
from schemas.tables import TABLES
from warehouse.lake import RunStamp
from warehouse.store import Store
from warehouse.validation import checked_batch

# Of a re-read file, what the words said before is replaced by what they say now.
_WORDS = ("tags", "rights", "scores")


@dataclass(slots=True)
class RunContext:
    """What the steps of one run share. Tasks run in threads of one process."""

    plan: Plan
    staging: Path
    limits: Limits
    known: KnownHashes
    observer: Observer
    workers: int
    chunk_files: int = 0
    remotes: Remotes = field(default_factory=Remotes)
    spool: Spool = field(init=False)
    text_problems: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _idle: queue.SimpleQueue[Worker] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self.spool = Spool(self.staging, self.remotes)
        for _ in range(self.workers):
            self._idle.put(Worker(self.limits))

    def borrow(self) -> Worker:
        return self._idle.get()

    def give_back(self, worker: Worker) -> None:
        self._idle.put(worker)

    def close(self) -> None:
        """End all worker processes."""
        while not self._idle.empty():
            self._idle.get().close()

    def note_text(self, uri: str, found: Analysed) -> None:
        """Keep what was wrong with a file's words (at most 1,000), to be shown at the end."""
        if found.text is not None and len(self.text_problems) < 1000:
            self.text_problems += [f"{uri}: {problem}" for problem in found.text["problems"]]

    def stamp(self, message: str) -> RunStamp:
        return RunStamp(run_id=self.plan.run_id, flow="ingest", message=message)


def chunks(plan: Plan, workers: int, chunk_files: int = 0) -> list[tuple[Planned, ...]]:
    """Split the planned files: about four chunks a worker, so that the last ones end together, and
    at most 500 files, so that a killed run loses little."""
    size = chunk_files or min(500, max(1, -(-len(plan.files) // (workers * 4))))
    return [plan.files[i : i + size] for i in range(0, len(plan.files), size)]


def analyse_chunk(context: RunContext, index: int, chunk: Sequence[Planned]) -> Path | None:
    """Analyse the files of a chunk one by one in a worker process and stage what came of them.

    Stops after the file in hand once `context.stop` is set; what is done by then is staged. Returns
    the staged file, or None when nothing was done.
    """
    staged: list[StagedFile] = []
    looked: list[Planned] = []
    worker = context.borrow()
    try:
        for planned in chunk:
            if context.stop.is_set():
                break
            context.observer.looking(planned.job.uri)
            seen, found = context.spool.look(
                planned, lambda job: _analyse(worker, job, context.known)
            )
            context.note_text(planned.job.uri, found)
            looked.append(seen)
            staged.append(_staged_file(seen, found))
            context.observer.file(found.outcome, _problem(planned.job.uri, found))
    finally:
        context.give_back(worker)
    if not staged:
        return None
    staged = _valid(staged, looked)
    path = context.staging / f"chunk-{index:06d}.parquet"
    write_staged(path, staged)
    return path


def _problem(uri: str, found: Analysed) -> Problem | None:
    if found.reason is None:
        return None
    return Problem(uri, found.outcome, found.reason, found.detail.removeprefix(f"{uri}: "))


def _staged_file(planned: Planned, found: Analysed) -> StagedFile:
    rows = rows_of(planned.job, found, planned.seen)
    return StagedFile(planned.job.uri, found.outcome, rows)


def _valid(staged: list[StagedFile], chunk: Sequence[Planned]) -> list[StagedFile]:
    """`staged`, with a reject in place of each file whose rows the warehouse would refuse.

    One such file must not lose a chunk. The chunk is checked whole, and file by file only when
    something is wrong with it.
    """
    if _refusal([rows for file in staged for rows in file.rows.items()]) is None:
        return staged
    valid = []
    for planned, file in zip(chunk, staged, strict=False):
        refusal = _refusal(list(file.rows.items()))
        if refusal is None:
            valid.append(file)
            continue
        reason, stage = RejectReason.INVALID_VALUES, Stage.COMMIT
        valid.append(_staged_file(planned, Analysed(Outcome.REJECTED, reason, stage, refusal)))
    return valid


def _refusal(tables: Iterable[tuple[str, list[Any]]]) -> str | None:
    together: dict[str, list[Any]] = {}
    for name, rows in tables:
        together.setdefault(name, []).extend(rows)
    try:
        for name, rows in together.items():
            checked_batch(TABLES[name], rows)
    except ContractError as error:
        return str(error)
    return None


def _analyse(worker: Worker, job: Job, known: KnownHashes) -> Analysed:
    return analyse_isolated(worker, job, known.answer)


def commit_staged(
    store: Store, stamp: RunStamp, staged: Path, known: KnownHashes
) -> Counter[Outcome]:
    """Commit one staged file and remove it. Idempotent: grain decides, so a repeat changes nothing.

    Audio that another file of the same run brought first is linked here, because only the order of
    commits says which was first.
    """
    outcomes, tables = read_staged(staged)
    _link_repeats(outcomes, tables, known)
    reread = _reread(tables)
    replaced = {"tags": tags_scope(tables, reread), "rights": words_scope(reread)}
    replaced |= {"scores": reread} | scopes(tables)
    for name in replaced:
        tables.setdefault(name, TABLES[name].row_schema.empty_table())
    store.write(tables, stamp, replace_by=replaced, complete=completions(tables))
    known.add(_hash_rows(tables))
    staged.unlink()
    return Counter(outcomes.values())


def _reread(tables: dict[str, pa.Table]) -> pa.Table:
    """Tracks whose words were read again, named so that those with none left lose the old ones."""
    names = ("tracks", *_WORDS)
    ids = {row["track_id"] for name in names for row in _listed(tables, name)}
    return pa.table({"track_id": pa.array(sorted(ids), pa.string())})


def _link_repeats(
    outcomes: dict[str, Outcome], tables: dict[str, pa.Table], known: KnownHashes
) -> None:
    linked = {row["track_id"] for row in _listed(tables, "duplicates")}
    links = []
    for row in _hash_rows(tables):
        first = known.by_audio.get(row["audio_hash"] or "")
        if first is None or first["track_id"] == row["track_id"]:
            known.add([row])
            continue
        undone = (row["track_id"], first["track_id"]) in known.undone
        if row["track_id"] not in linked and not undone:
            outcomes[row["uri"]] = Outcome.DUPLICATE
            links.append(_link(row["track_id"], first["track_id"], first["uri"]))
    if links:
        added = TABLES["duplicates"].to_arrow(links)
        tables["duplicates"] = pa.concat_tables([t for t in (tables.get("duplicates"), added) if t])


def _link(track_id: str, canonical_id: str, uri: str) -> DuplicateRow:
    return DuplicateRow(
        track_id=track_id,
        canonical_id=canonical_id,
        method="audio_hash",
        evidence=f"same audio as {uri}",
        score=1.0,
    )


def _hash_rows(tables: dict[str, pa.Table]) -> list[dict[str, Any]]:
    tracks = {row["track_id"]: row for row in _listed(tables, "tracks")}
    return [
        {**tracks[row["track_id"]], **row}
        for row in _listed(tables, "files")
        if row["track_id"] in tracks
    ]


def _listed(tables: dict[str, pa.Table], name: str) -> list[dict[str, Any]]:
    return list(tables[name].to_pylist()) if name in tables else []
