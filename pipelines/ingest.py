"""Ingest: from folders to rows of the warehouse, losing nothing.

recover ─▶ plan ─(nothing pending: record the run and end)─▶ flow ─▶ vanished files ─▶ record
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines.audio.isolate import Limits
from pipelines.comparison import Known
from pipelines.duplicates.link import Related, relate
from pipelines.features.tagger.registry import check_tagger
from pipelines.known_hashes import KnownHashes
from pipelines.plan import Method, Plan, make_plan, read_known
from pipelines.progress import Observer
from pipelines.recovery import left_over, only_ingest, recover, staging_folder
from pipelines.running import recorded
from pipelines.sources.fetching import Remotes
from pipelines.sources.listing import Source
from pipelines.sources.opening import names_of, open_sources
from pipelines.steps import RunContext
from pipelines.stopping import stoppable
from pipelines.vocabulary import record_vocabulary
from schemas.errors import WordtoneError
from schemas.operations import RunRow, RunState
from schemas.outcomes import Outcome
from schemas.settings import Settings
from schemas.vocabulary import load as load_vocabulary
from warehouse import queries
from warehouse.audits import AuditResult, failing_audits, in_words
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store


@dataclass(slots=True)
class IngestReport:
    """How a run went. `discovered` = the sum of `counts` + `left`.

    `notes` are what the listing has to say; `fetched` counts the remotes that were downloaded.
    """

    run_id: str
    state: RunState
    discovered: int
    counts: Counter[Outcome]
    vanished: int
    left: int
    seconds: float
    recovered: int = 0
    text_problems: list[str] = field(default_factory=list)
    audits: list[AuditResult] = field(default_factory=list)  # those that failed afterwards
    notes: list[str] = field(default_factory=list)
    fetched: int = 0
    related: Related = field(default_factory=Related)  # links by fingerprint

    def reconcile(self) -> None:
        """Raise WordtoneError when an input was lost or counted twice."""
        accounted = self.counts.total() + self.left
        if accounted != self.discovered or (self.left and self.state is RunState.COMPLETED):
            raise WordtoneError(
                f"run {self.run_id}: {self.discovered} inputs found but {accounted} accounted for; "
                "nothing is lost (run ingest again), but this is a fault of wordtone"
            )


def ingest(
    settings: Settings,
    sources: Sequence[str | Path | Source],
    *,
    extractor: str = "wordtone",
    tagger: str = "",
    observer: Observer | None = None,
    again: frozenset[str] | None = None,
) -> IngestReport:
    """Take everything new or changed under `sources` into the warehouse.

    Parameters
    ----------
    sources : folders, files, addresses (https://…), prefixes of object stores (s3://…), or any
        `pipelines.sources.listing.Source`, as a manifest
    tagger : name of the model that fills the perceptual group; empty for none, and then what a
        tagger filled before stays
    again : uris, the only ones this run is about; each is looked at, changed or not

    Raises
    ------
    ContractError
        There is no such tagger.
    TaggerError
        The tagger's weights are not installed, or not the published ones.
    InputError
        A source does not exist or cannot be read.
    WarehouseBusy
        Another ingest is running on this warehouse.
    WarehouseError
        The warehouse cannot be opened or written. What was committed stays.
    """
    vocabulary = load_vocabulary(settings.vocabulary)
    method = Method(extractor, settings.max_duration_s, tagger, settings.vocabulary)
    if tagger:
        check_tagger(tagger)
    location = Location.from_settings(settings)
    opened = open_sources(sources, Remotes.from_settings(settings))
    with (
        only_ingest(settings.staging_path),
        Store(location) as store,
        recorded(settings, "ingest", names_of(opened), observer) as shown,
    ):
        recovered = _recover(settings, location, store, shown)
        shown.stage("listing files")
        known = _read(location, opened, method)
        plan = make_plan(opened, known, method, again)
        shown.named(plan.run_id)
        report = _nothing(plan) if plan.nothing_to_do else _work(settings, store, plan, shown)
        report.recovered, report.notes = recovered, list(plan.notes)
        report.related = relate(store, plan.run_id)
        if not plan.nothing_to_do:
            record_vocabulary(store, vocabulary, _stamp(plan))
        if not plan.nothing_to_do or recovered:
            shown.stage("auditing")
            report.audits = _failing(location, store)
            report.state = RunState.FAILED if report.audits else report.state
        report.seconds = (datetime.now(UTC) - plan.started_at).total_seconds()
        store.write(
            {"runs": [_run_row(plan, report)]}, RunStamp(plan.run_id, "ingest", "run ended")
        )
    report.reconcile()
    return report


def _failing(location: Location, store: Store) -> list[AuditResult]:
    """Audits that fail now, and those that failed after a commit of this run."""
    with Lake.open(location, read_only=True) as lake:
        found = {result.name: result for result in failing_audits(lake)}
    return list(({result.name: result for result in store.broken} | found).values())


def _recover(settings: Settings, location: Location, store: Store, observer: Observer) -> int:
    total = 0
    for folder in left_over(settings.staging_path):
        with Lake.open(location) as lake:
            rows, undone = queries.known_hashes(lake).to_pylist(), queries.undone_links(lake)
        hashes = KnownHashes.of(rows, (), undone)
        committed = recover(folder, store, hashes).total()
        observer.note(f"run {folder.name} had been stopped: {committed} finished files committed")
        total += committed
    return total


def _read(location: Location, sources: Sequence[Source], method: Method) -> Known:
    with Lake.open(location) as lake:
        return read_known(lake, sources, method)


def _nothing(plan: Plan) -> IngestReport:
    counts = Counter({Outcome.UNCHANGED: plan.unchanged})
    return IngestReport(plan.run_id, RunState.NOTHING_TO_DO, plan.discovered, counts, 0, 0, 0.0)


def _work(settings: Settings, store: Store, plan: Plan, observer: Observer) -> IngestReport:
    counts = Counter({Outcome.UNCHANGED: plan.unchanged, Outcome.REJECTED: len(plan.rejects)})
    problems: list[str] = []
    stopped, fetched = False, 0
    if plan.files:
        observer.start(len(plan.files))
        with staging_folder(settings.staging_path, plan.run_id) as staging:
            context = _context(settings, store, plan, observer, staging)
            with stoppable(context.stop, observer):
                counts += _run_flow(settings, context, store)
            stopped, problems = context.stop.is_set(), context.text_problems
            fetched = context.spool.fetched
    left = plan.discovered - counts.total() if stopped else 0
    # A file whose bytes turned up elsewhere has moved: its track lives on under the new uri.
    rows = {"files": plan.vanished, "rejects": (*plan.rejects, *plan.mended)}
    store.write({name: batch for name, batch in rows.items() if batch}, _stamp(plan))
    state = RunState.INTERRUPTED if stopped else RunState.COMPLETED
    vanished = len(plan.vanished)
    return IngestReport(
        plan.run_id,
        state,
        plan.discovered,
        +counts,
        vanished,
        left,
        0.0,
        text_problems=problems,
        fetched=fetched,
    )


def _stamp(plan: Plan) -> RunStamp:
    return RunStamp(plan.run_id, "ingest", f"{len(plan.vanished)} files vanished")


def _context(
    settings: Settings, store: Store, plan: Plan, observer: Observer, staging: Path
) -> RunContext:
    with Lake.open(store.location) as lake:
        rows, undone = queries.known_hashes(lake).to_pylist(), queries.undone_links(lake)
    return RunContext(
        plan=plan,
        staging=staging,
        limits=Limits(settings.worker_memory_mb, settings.file_timeout_s, settings.file_timeout_s),
        known=KnownHashes.of(rows, (row.uri for row in plan.vanished), undone),
        observer=observer,
        workers=min(settings.worker_count, len(plan.files)),
        chunk_files=settings.chunk_files,
        remotes=Remotes.from_settings(settings),
    )


def _run_flow(settings: Settings, context: RunContext, store: Store) -> Counter[Outcome]:
    from pipelines.flows.environment import prepare

    home = settings.home_path / "prefect"
    prepare(home)
    from pipelines.flows.server import reachable_server

    try:
        context.observer.stage("starting Prefect")
        with reachable_server(home):
            from pipelines.flows.ingest import run_ingest_flow

            return run_ingest_flow(context, store)
    finally:
        context.close()


def _parameters(plan: Plan) -> dict[str, object]:
    method = plan.method
    return {"sources": plan.sources, "extractor": method.extractor, "tagger": method.tagger}


def _run_row(plan: Plan, report: IngestReport) -> RunRow:
    return RunRow(
        run=plan.run_id,
        flow="ingest",
        state=report.state,
        started_at=plan.started_at,
        ended_at=datetime.now(UTC),
        parameters=json.dumps(_parameters(plan)),
        counts=json.dumps(
            {outcome.value: count for outcome, count in report.counts.items()}
            | {"vanished": report.vanished, "left": report.left}
            | {"copies": report.related.duplicates, "excerpts": report.related.excerpts}
        ),
        message="; ".join([f"{report.discovered} inputs", *map(in_words, report.audits)]),
        version=version("wordtone"),
    )
