"""The ingest flow: chunks analysed in parallel, staged, and committed in order.

Tasks are threads that drive worker processes; only paths and counts cross a task boundary.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from pipelines.flows.artifacts import Board, code, kept_current, show_tally
from pipelines.flows.server import forget_unsent
from pipelines.printable import printable
from pipelines.progress import NOT_WHOLE, Observer, Problem, Tally
from pipelines.steps import RunContext, analyse_chunk, chunks, commit_staged
from schemas.errors import WordtoneError
from schemas.outcomes import Outcome, RejectReason
from warehouse.store import Store

_LOGGED_PROBLEMS = 500


@dataclass(slots=True)
class _Run:
    """How far a run is. Outlives the flow: a server that is lost does not lose the counts."""

    context: RunContext
    store: Store
    work: list[Any]
    tally: Tally
    counts: Counter[Outcome] = field(default_factory=Counter)
    committed: int = 0

    @property
    def files(self) -> int:
        return len(self.context.plan.files)

    @property
    def stopped(self) -> bool:
        return self.context.stop.is_set()

    @property
    def finished(self) -> bool:
        """Every chunk is committed, or those that were begun before a person stopped the run."""
        return self.committed == len(self.work)


def run_ingest_flow(context: RunContext, store: Store) -> Counter[Outcome]:
    """Run the flow for a plan and return how many inputs ended as what.

    Raises
    ------
    WordtoneError
        Inputs are unaccounted for, or the Prefect server was lost before all was committed.
    WarehouseError
        A chunk could not be committed. What was committed stays.
    """
    tally = Tally(_Logged(context.observer))
    work = chunks(context.plan, context.workers, context.chunk_files)
    run = _Run(context, store, work, tally)
    context.observer = tally
    plan = context.plan
    context.observer.stage("analysing")
    try:
        state = _flow(run)(
            run_id=plan.run_id,
            sources=[str(source) for source in plan.sources],
            files=run.files,
            extractor=plan.method.extractor,
            tagger=plan.method.tagger,
            workers=context.workers,
            return_state=True,
        )
    except Exception as error:
        _lost_server(run, error)
        return run.counts
    if not run.finished:
        state.result(raise_on_failure=True)
    _reconcile(run)
    return run.counts


def _flow(run: _Run) -> Any:
    context, work = run.context, run.work

    @task(
        name="analyse",
        task_run_name="analyse chunk {number} of {of}: {files} files",
        description="Measure the files of a chunk in a worker process and stage what came of them.",
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def analyse(number: int, of: int, files: int) -> str | None:
        staged = analyse_chunk(context, number - 1, work[number - 1])
        return str(staged) if staged else None

    @task(
        name="commit",
        task_run_name="commit chunk {number} of {of}",
        description="Commit what was staged for a chunk, all tables at once.",
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def commit(number: int, of: int, staged: str) -> dict[str, int]:
        stamp = context.stamp(f"chunk {number} of {of}")
        counts = commit_staged(run.store, stamp, Path(staged), context.known)
        return {outcome.value: count for outcome, count in counts.items()}

    @flow(
        name="ingest",
        flow_run_name=context.plan.run_id,
        description="Take new and changed music into the warehouse. One bad file never stops it: "
        "each input ends as exactly one outcome, and the counts must sum.",
        task_runner=ThreadPoolTaskRunner(max_workers=context.workers),  # type: ignore[arg-type]  # Prefect's runner is generic over futures
        validate_parameters=False,
        persist_result=False,
    )
    def ingest(
        run_id: str, sources: list[str], files: int, extractor: str, tagger: str, workers: int
    ) -> State[Any]:
        log = get_run_logger()
        board = Board(log)
        board.tag("wordtone", "ingest")
        log.info("%d files in %d chunks on %d workers", files, len(work), workers)
        for index, source in enumerate(sources, 1):
            board.link(f"ingest-source-{index}", source, source)
        with kept_current(lambda: show_tally(board, "ingest", run.tally, files)):
            futures = [
                analyse.submit(number, len(work), len(chunk))
                for number, chunk in enumerate(work, 1)
            ]
            for number, future in enumerate(futures, 1):
                if staged := future.result():
                    committed = commit(number, len(work), staged)
                    run.counts += Counter({Outcome(name): n for name, n in committed.items()})
                    log.info("chunk %d of %d committed: %s", number, len(work), _words(committed))
                run.committed = number
        return _ended(run, board, log)

    return ingest


def _ended(run: _Run, board: Board, log: Any) -> State[Any]:
    """The run's last words, and its state: what is not whole shows in the state's name."""
    _reconcile(run)
    counts = {outcome.value: count for outcome, count in run.counts.items()}
    text = f"{run.files} files: {_words(counts)}"
    left = run.files - run.counts.total()
    board.markdown("ingest-summary", _summary(run, counts, left))
    if run.store.broken:
        rules = "; ".join(f"{audit.name}, {audit.count} rows" for audit in run.store.broken)
        text = f"audits fail ({rules}); {text}"
        log.error("%s; `wordtone audit` shows the rows", text)
        return Failed(message=text)
    if faults := run.tally.reasons[RejectReason.INTERNAL_ERROR]:
        text = f"{faults} files met a fault of wordtone (internal_error); {text}"
        log.error("%s", text)
        return Failed(message=text)
    if run.stopped and left:
        text = f"stopped by hand with {left} left; {text}"
        log.warning("%s", text)
        return Cancelled(message=text)
    not_whole = sum(run.counts[kind] for kind in NOT_WHOLE)
    if not_whole:
        log.warning("%s; %d not whole", text, not_whole)
        return Completed(message=text, name="Completed with rejects")
    log.info("%s", text)
    return Completed(message=text)


def _reconcile(run: _Run) -> None:
    """Raise WordtoneError when a file of the plan has not ended as exactly one outcome."""
    ended = run.counts.total()
    if ended > run.files or (ended < run.files and not run.stopped):
        raise WordtoneError(
            f"run {run.context.plan.run_id}: {run.files} files to analyse but {ended} accounted "
            "for; nothing is lost (run ingest again), but this is a fault of wordtone"
        )


def _lost_server(run: _Run, error: Exception) -> None:
    """Prefect itself failed. When all is committed that is a note, else an error to go on from."""
    forget_unsent()
    why = printable(f"{type(error).__name__}: {error}")
    if not run.finished:
        raise WordtoneError(
            f"Prefect's server was lost ({why}) with {run.committed} of {len(run.work)} chunks "
            "committed; the same command goes on from there"
        ) from error
    run.context.observer.note(f"all is committed, but Prefect's server was not told: {why}")


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"


def _summary(run: _Run, counts: dict[str, int], left: int) -> str:
    plan = run.context.plan
    rows = [f"| {name} | {count} |" for name, count in counts.items()]
    rows += [f"| left | {left} |"] if left else []
    reasons = [f"| {reason} | {count} |" for reason, count in run.tally.reasons.most_common()]
    known = f"{plan.discovered} inputs found, {plan.unchanged} known and unchanged; "
    lines = [f"# Ingest of {run.files} files", "", known + f"run {code(plan.run_id)}.", ""]
    lines += [f"- {code(str(source))}" for source in plan.sources]
    lines += ["", "| outcome | files |", "|---|---|", *rows]
    if reasons:
        lines += ["", "| not whole because | files |", "|---|---|", *reasons]
        lines += ["", "`wordtone rejects` lists them; `wordtone status` says what to do next."]
    return "\n".join(lines)


class _Logged:
    """An observer that writes problems to the log of the task run at hand, then passes them on."""

    def __init__(self, inner: Observer) -> None:
        self._inner = inner
        self._room = _LOGGED_PROBLEMS

    def note(self, text: str) -> None:
        self._inner.note(text)

    def stage(self, name: str) -> None:
        self._inner.stage(name)

    def start(self, total: int) -> None:
        self._inner.start(total)

    def looking(self, uri: str) -> None:
        self._inner.looking(uri)

    def file(self, outcome: Outcome, problem: Problem | None = None) -> None:
        if problem is not None and self._room > 0:
            self._room -= 1
            what = (problem.outcome.value, printable(problem.uri, 400), problem.reason)
            get_run_logger().warning("%s: %s: %s, %s", *what, printable(problem.detail))
        self._inner.file(outcome, problem)
