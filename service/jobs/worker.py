"""The process that generates: `python -m service.jobs.worker`, driven by `service.jobs.runner`.

One JSON object a line on standard input: first the settings, then a task at a time. On standard
output {"share", "doing"} while it works, then {"generation_id"} or {"error"}. What goes wrong in
native code, or takes all memory, ends this process and not the service.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from schemas.errors import WordtoneError
from schemas.settings import Settings
from service.jobs.job import Task

NICE = 5
"""Conditioning goes first where cores are few."""


_LOOK_S = 1.0


def main() -> None:
    """Answer tasks until standard input ends."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    threading.Thread(target=_end_with_service, args=(os.getppid(),), daemon=True).start()
    # What libraries print must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr

    def say(**what: Any) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    given = json.loads(sys.stdin.readline())
    settings = Settings(**{**given, "home": Path(given["home"])})
    for line in sys.stdin:
        try:
            say(generation_id=_generate(settings, Task.model_validate_json(line), say))
        except WordtoneError as error:
            say(error=str(error))
        except Exception as error:
            # A fault of ours costs this job; the traceback is for the log.
            sys.excepthook(type(error), error, error.__traceback__)
            say(error=f"a fault of wordtone ({type(error).__name__}); the log has more")


def _end_with_service(service: int) -> None:
    """End with all that was started here when the service is gone, however it went: the next one
    does the job again, and an engine may take minutes before it says anything.
    """
    while os.getppid() == service:
        time.sleep(_LOOK_S)
    if os.getpgid(0) == os.getpid():  # as the service starts it, in a session of its own
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _generate(settings: Settings, task: Task, say: Any) -> str:
    from generation.registry import Making
    from service import operations
    from service.generations import Generating

    making = Making(weights=task.weights, preset=task.preset)
    how = Generating(engine=task.engine, making=making, correct=task.correct)

    def progress(share: float, doing: str) -> None:
        say(share=round(share, 4), doing=doing)

    made = operations.generate(settings, task.request, how, progress)
    return made.kept.result.generation_id


if __name__ == "__main__":
    main()
