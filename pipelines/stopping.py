"""How a person stops a run: once politely, twice at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.progress import Observer


@contextmanager
def stoppable(stop: threading.Event, observer: Observer) -> Iterator[None]:
    """First Ctrl-C: finish the files in hand and commit them. Second: stop at once."""

    def on_signal(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        observer.note("stopping after the files in hand; Ctrl-C again stops at once")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
