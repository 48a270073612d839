"""The worker process: reads jobs on standard input, answers on standard output, one JSON a line.

Started by `pipelines.audio.isolate.Worker`, never by hand. It takes its limits on the command line
and applies them to itself before it touches a file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import IO, Any

from pipelines.features.threads import limit_threads
from schemas.outcomes import Outcome, RejectReason, Stage

_ALARM_AFTER_S = 2.0


Work = Callable[[dict[str, Any], IO[bytes]], dict[str, Any]]
"""From a job and the pipe for questions to a result that is JSON."""


def main(arguments: list[str], work: Work) -> None:
    """Serve jobs with `work` until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--cpu-s", type=float, required=True)
    parser.add_argument("--wall-s", type=float, required=True)
    options = parser.parse_args(arguments)
    limit_threads()
    replies = _own_stdout()
    _limit_memory(options.memory_mb)
    _send(replies, {"ready": True})
    for line in sys.stdin.buffer:
        message = json.loads(line)
        _limit_cpu(options.cpu_s)
        _limit_wall(options.wall_s)
        _send(replies, {"number": message["number"], "result": work(message["job"], replies)})
        signal.setitimer(signal.ITIMER_REAL, 0)


def _own_stdout() -> IO[bytes]:
    # Native libraries print to standard output; what they say must not be read as an answer.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _limit_memory(megabytes: int) -> None:
    limit = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: float) -> None:
    # RLIMIT_CPU counts from the start of the process, so the limit moves with each file.
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _limit_wall(seconds: float) -> None:
    # The parent stops waiting at the limit. Should it be gone, the alarm's default action ends this
    # process, whatever native code is doing.
    signal.setitimer(signal.ITIMER_REAL, seconds + _ALARM_AFTER_S)


def _work(job: dict[str, Any], replies: IO[bytes]) -> dict[str, Any]:
    from pipelines.analyse import Job, analyse_file

    def ask(question: dict[str, str]) -> dict[str, Any] | None:
        _send(replies, {"ask": question})
        answer: dict[str, Any] = json.loads(sys.stdin.buffer.readline())["answer"]
        return answer or None

    try:
        result = analyse_file(Job(**job), ask).to_message()
        json.dumps(result, allow_nan=False)  # what cannot be sent is a fault of this file alone
        return result
    except MemoryError:
        reason, detail = RejectReason.OUT_OF_MEMORY, "analysis needs more memory than is allowed"
    except Exception as error:  # one bad file never stops a run; the reason is kept
        reason, detail = RejectReason.INTERNAL_ERROR, f"{type(error).__name__}: {error}"[:500]
    return {
        "outcome": Outcome.QUARANTINED,
        "reason": reason,
        "stage": Stage.ANALYSE,
        "detail": detail,
    }


def _send(replies: IO[bytes], message: dict[str, Any]) -> None:
    replies.write(json.dumps(message, allow_nan=False).encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(sys.argv[1:], _work)
