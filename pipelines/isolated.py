"""One file through a worker process: what became of it, whatever it did to the process."""

from __future__ import annotations

from pipelines.analyse import Analysed, Job
from pipelines.audio.isolate import Answer, Message, Worker, WorkerDiedError
from schemas.outcomes import Outcome, RejectReason, Stage


def analyse_isolated(worker: Worker, job: Job, answer: Answer) -> Analysed:
    """Look at one file in `worker`; QUARANTINED where it kills or outlasts the process.

    `answer` says whether a hash is known, as `pipelines.analyse.Lookup` does; an empty mapping
    means that it is not.

    Raises
    ------
    WorkerStartError
        When no process comes up; no file is to blame.
    """
    message = {name: getattr(job, name) for name in Job.__dataclass_fields__}
    for attempt in (1, 2):
        try:
            return _analysed(worker.run(message, answer))
        except WorkerDiedError as death:
            # A crash may come of memory that an earlier file spoilt: the culprit crashes twice.
            if attempt == 2 or death.reason is not RejectReason.WORKER_CRASHED:
                return Analysed(Outcome.QUARANTINED, death.reason, death.stage, death.detail)
    raise AssertionError("unreachable")


def _analysed(result: Message) -> Analysed:
    try:
        return Analysed.from_message(result)
    except (KeyError, TypeError, ValueError) as error:
        # Memory that a decoder spoilt can speak JSON too: it costs this file, not the run.
        detail = f"its answer is no result: {type(error).__name__}: {error}"[:300]
        reason, stage = RejectReason.WORKER_CRASHED, Stage.ANALYSE
        return Analysed(Outcome.QUARANTINED, reason, stage, detail)
