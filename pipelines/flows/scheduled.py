"""Nightly ingest: a deployment that a Prefect server starts at its times, run by this machine.

`wordtone schedule` serves it. The server starts each run in a process of its own, which finds the
flow by this module's name and its settings in the environment.
"""

from __future__ import annotations

import os

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.schedules import Cron
from prefect.states import Completed, Failed
from prefect.types.entrypoint import EntrypointType

from pipelines.ingest import IngestReport, ingest
from schemas.outcomes import Outcome
from schemas.settings import Settings

_NAME = "ingest-on-schedule"


@flow(
    name=_NAME,
    description="Take what is new in these folders into the warehouse; nothing new, nothing done.",
    persist_result=False,
)
def scheduled_ingest(sources: list[str], tagger: str = "") -> State[None]:
    """One scheduled run. Its ingest is a flow run of its own, below this one."""
    log = get_run_logger()
    report = ingest(Settings.from_env(os.environ), sources, tagger=tagger)
    text = f"{report.discovered} inputs: {_words(report)}"
    if report.audits:
        return Failed(message=f"{text}; audits fail: {', '.join(a.name for a in report.audits)}")
    log.info("%s", text)
    rejected = report.counts[Outcome.REJECTED] + report.counts[Outcome.QUARANTINED]
    return Completed(message=text, name="Completed with rejects" if rejected else "Completed")


def _words(report: IngestReport) -> str:
    return ", ".join(f"{n} {kind.value}" for kind, n in report.counts.items() if n) or "none"


def serve_ingest(sources: list[str], tagger: str, cron: str, timezone: str) -> None:
    """Serve the deployment until the process is stopped.

    Raises
    ------
    ValueError
        `cron` or `timezone` cannot be read.
    """
    scheduled_ingest.serve(
        name="wordtone",
        schedule=Cron(cron, timezone=timezone),
        parameters={"sources": sources, "tagger": tagger},
        tags=["wordtone", "ingest"],
        description="Made by `wordtone schedule`.",
        limit=1,
        print_starting_message=False,
        # By module, not by file: the run may start in any folder.
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
