"""A limit on how long tags may keep us busy: crafted ones take a parser minutes.

A file of a few megabytes can hold millions of comments. What it sounds like is worth having all the
same, so only its tags are given up.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class OutOfPatience(Exception):
    """The time was not enough."""


@contextmanager
def cpu_at_most(seconds: float) -> Iterator[None]:
    """Raise OutOfPatience in the body after `seconds` of CPU time of this process.

    Signals reach the main thread alone, so elsewhere there is no limit; analysis runs in the main
    thread of its worker.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def expired(number: int, frame: object) -> NoReturn:
        raise OutOfPatience(f"over {seconds:g} s of CPU time")

    before = signal.signal(signal.SIGVTALRM, expired)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
