"""The review flow: the steps of `pipelines.review.review_batch`, seen by a Prefect server."""

from __future__ import annotations

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from pipelines.flows.artifacts import Board
from pipelines.review import Measuring, ReviewReport, ReviewRequest, review_batch
from schemas.settings import Settings


def run_review_flow(
    settings: Settings, request: ReviewRequest, measuring: Measuring
) -> ReviewReport:
    """Measure a batch of generations as a flow run."""
    finished: list[ReviewReport] = []

    @task(name="measure and judge", cache_policy=NO_CACHE, persist_result=False)
    def measure() -> str:
        finished.append(review_batch(settings, request, measuring, get_run_logger().info))
        return finished[0].run_id

    @flow(name="review", persist_result=False)
    def review(generations: int) -> str:
        board = Board(get_run_logger())
        board.tag("wordtone", "review")
        run_id = measure()
        board.markdown("review-summary", _summary(finished[0]))
        return run_id

    review(len(request.generation_ids))
    return finished[0]


def _summary(report: ReviewReport) -> str:
    damaged = "".join(f"\n- {one}" for one in report.unreadable)
    return (
        f"# {report.run_id}\n\n{report.measured} generations measured; {report.hits} of "
        f"{report.asked} features met{damaged}"
    )
