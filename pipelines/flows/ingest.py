"""The ingest flow: chunks analysed in parallel, staged, and committed in order.

Tasks are threads that drive worker processes; only paths and counts cross a task boundary.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import cast
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from pipelines.steps import RunContext, analyse_chunk, chunks, commit_staged
from schemas.outcomes import Outcome
from warehouse.store import Store


def run_ingest_flow(context: RunContext, store: Store) -> Counter[Outcome]:
    """Run the flow for a plan and return how many inputs ended as what."""

    @task(name="analyse-chunk", cache_policy=NO_CACHE, persist_result=False)
    def analyse(index: int) -> str | None:
        staged = analyse_chunk(context, index, work[index])
        return str(staged) if staged else None

    @flow(
        name="ingest",
        flow_run_name=context.plan.run_id,
        task_runner=ThreadPoolTaskRunner(max_workers=context.workers),  # type: ignore[arg-type]  # Prefect's runner is generic over futures
        validate_parameters=False,
        persist_result=False,
    )
    def ingest(run_id: str, sources: list[str], files: int) -> dict[str, int]:
        counts: Counter[Outcome] = Counter()
        progress = _progress(run_id)
        futures = [analyse.submit(index) for index in range(len(work))]
        for number, future in enumerate(futures, start=1):
            staged = future.result()
            if staged:
                stamp = context.stamp(f"chunk {number} of {len(work)}")
                counts += commit_staged(store, stamp, Path(staged), context.known)
            update_progress_artifact(progress, progress=100.0 * number / len(futures))
        create_markdown_artifact(_summary(counts, files), key="ingest-summary")
        return {outcome.value: count for outcome, count in counts.items()}

    work = chunks(context.plan, context.workers, context.chunk_files)
    found = ingest(context.plan.run_id, list(context.plan.sources), len(context.plan.files))
    return Counter({Outcome(name): count for name, count in found.items()})


def _progress(run_id: str) -> UUID:
    # Outside a running event loop, as here, Prefect answers with the id itself.
    created = create_progress_artifact(0.0, key="ingest-progress", description=run_id)
    return cast(UUID, created)


def _summary(counts: Counter[Outcome], files: int) -> str:
    rows = [f"| {outcome.value} | {count} |" for outcome, count in counts.items()]
    return "\n".join([f"# {files} files", "", "| outcome | files |", "|---|---|", *rows])
