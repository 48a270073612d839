"""The maintain flow: the steps of `pipelines.maintain`, seen and scheduled by a Prefect server."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from pipelines.flows.artifacts import Board
from pipelines.maintain import MaintainReport, MaintainRequest, maintain
from schemas.settings import Settings


def run_maintain_flow(settings: Settings, request: MaintainRequest) -> MaintainReport:
    """Maintain the warehouse as a flow run."""
    finished: list[MaintainReport] = []

    @task(name="maintain", cache_policy=NO_CACHE, persist_result=False)
    def tend() -> str:
        finished.append(maintain(settings, request, get_run_logger().info))
        return finished[0].run_id

    @flow(name="maintain", persist_result=False)
    def maintain_warehouse(keep: str, grace_s: float, dry_run: bool) -> str:
        board = Board(get_run_logger())
        board.tag("wordtone", "maintain")
        run_id = tend()
        board.markdown("maintain-summary", _summary(finished[0]))
        return run_id

    maintain_warehouse(str(request.keep), request.grace.total_seconds(), request.dry_run)
    return finished[0]


def _summary(report: MaintainReport) -> str:
    return (
        f"# {report.run_id}\n\n| | before | after |\n|---|---|---|\n"
        f"| files | {report.before.files} | {report.after.files} |\n"
        f"| MB | {report.before.bytes / 1e6:.1f} | {report.after.bytes / 1e6:.1f} |\n\n"
        f"{len(report.expired)} snapshots expired, {len(report.compacted)} tables joined, "
        f"{len(report.deleted)} files deleted"
    )
