"""Keeps native decoders from printing on the terminal."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_state = {"depth": 0, "saved": -1}


@contextlib.contextmanager
def quiet_stderr(wanted: bool = True) -> Iterator[None]:
    """Send file descriptor 2 to nowhere while inside.

    The MPEG decoder in libsndfile prints its complaints about damaged files there and takes no
    option not to. Descriptor 2 belongs to the whole process: what other threads print there
    meanwhile is lost too, so this wraps nothing but calls into that decoder. Nested and
    concurrent use is counted; the last one out puts the descriptor back.
    """
    if not wanted:
        yield
        return
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    with _lock:
        if _state["depth"] == 0:
            with contextlib.suppress(OSError):  # a daemon may have no descriptor 2
                _state["saved"] = os.dup(2)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 2)
                os.close(nowhere)
        _state["depth"] += 1


def _leave() -> None:
    with _lock:
        _state["depth"] -= 1
        if _state["depth"] == 0 and _state["saved"] >= 0:
            os.dup2(_state["saved"], 2)
            os.close(_state["saved"])
            _state["saved"] = -1
