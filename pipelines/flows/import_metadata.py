"""The import flow: the same steps as `pipelines.import_metadata`, seen by a Prefect server."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from pipelines.flows.artifacts import Board, code
from pipelines.import_metadata import ImportReport, ImportRequest, import_metadata
from pipelines.progress import Observer
from schemas.settings import Settings


def run_import_flow(settings: Settings, request: ImportRequest, observer: Observer) -> ImportReport:
    """Import as a flow run."""
    finished: list[ImportReport] = []

    @task(
        name="import",
        description="Rows of a metadata set: read, resolved, committed, harmonised.",
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def take() -> dict[str, int]:
        finished.append(import_metadata(settings, request, observer))
        return {outcome.value: count for outcome, count in finished[0].counts.items()}

    @flow(
        name="import",
        description="A metadata set into the warehouse, one outcome a row.",
        persist_result=False,
    )
    def import_set(name: str, path: str) -> dict[str, int]:
        log = get_run_logger()
        board = Board(log)
        board.tag("wordtone", "import")
        log.info("importing %s from %s", name, path)
        counts = take()
        log.info("%d rows: %s", finished[0].discovered, counts)
        board.markdown("import-summary", _summary(finished[0]))
        return counts

    import_set(request.name, str(request.path))
    return finished[0]


def _summary(report: ImportReport) -> str:
    rows = [
        f"| {code(part.source)} | {code(part.uri)} | {outcome.value} | {count} |"
        for part in report.parts
        for outcome, count in part.counts.items()
    ]
    head = ["| source | file | outcome | rows |", "|---|---|---|---|"]
    return "\n".join([f"# {report.discovered} rows", "", *head, *rows])
