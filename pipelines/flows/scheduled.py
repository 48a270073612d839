"""Nightly ingest: a deployment that a Prefect server starts at its times, run by this machine.

`wordtone schedule` serves it. The server starts each run in a process of its own, which finds the
flow by this module's name and its settings in the environment.
"""

from __future__ import annotations

import gc
import os
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.schedules import Cron, Schedule
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


def serve_ingest(sources: list[str], tagger: str, when: Schedule, log: Path) -> None:
    """Serve the deployment until the process is stopped.

    Prefect's runner prints a traceback for each attempt to reach a server that is away, and warns
    of unfinished business when it is stopped; that goes to the file `log`.
    """
    with log.open("a", encoding="utf-8") as file, redirect_stdout(file), redirect_stderr(file):
        try:
            _serve(sources, tagger, when)
        finally:
            warnings.simplefilter("ignore", RuntimeWarning)
            gc.collect()  # what the runner has not awaited complains here, not on the terminal


def schedule_of(cron: str, timezone: str) -> Schedule:
    """When to run.

    Raises
    ------
    ValueError
        `cron` or `timezone` cannot be read.
    """
    try:  # Prefect takes any name here, and fails on it when it serves
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"no time zone is named {timezone!r}; one is 'Europe/Oslo'") from error
    return Cron(cron, timezone=timezone)


def _serve(sources: list[str], tagger: str, when: Schedule) -> None:
    scheduled_ingest.serve(
        name="wordtone",
        schedule=when,
        parameters={"sources": sources, "tagger": tagger},
        tags=["wordtone", "ingest"],
        description="Made by `wordtone schedule`.",
        limit=1,
        print_starting_message=False,
        # By module, not by file: the run may start in any folder.
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
