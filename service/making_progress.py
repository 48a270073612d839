"""How far a generation is, on standard error: one line that is overwritten, or now and then a line.

In a terminal the line is drawn over itself and wiped at the end; elsewhere, for logs, a line is
written every five seconds, so that what is quick stays silent.
"""

from __future__ import annotations

import sys
import time
from typing import TextIO

_EVERY_S, _REDRAW_S = 5.0, 0.1
_WIDTH, _BAR = 78, 20


class MakingProgress:
    """A `generation.contract.Progress`. Use it as a context."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._said = time.monotonic()
        self._drawn = False

    def __enter__(self) -> MakingProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._stream.write("\r" + " " * _WIDTH + "\r")
            self._stream.flush()

    def __call__(self, share: float, what: str) -> None:
        now = time.monotonic()
        if now - self._said < (_REDRAW_S if self._terminal else _EVERY_S):
            return
        self._said = now
        share = min(1.0, max(0.0, share))
        if self._terminal:
            full = round(share * _BAR)
            line = f"{'━' * full}{'·' * (_BAR - full)} {share:4.0%}  {what}"
            self._stream.write("\r" + line[:_WIDTH].ljust(_WIDTH))
            self._drawn = True
        else:
            self._stream.write(f"{share:4.0%}  {what}\n")
        self._stream.flush()
