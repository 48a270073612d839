"""What building a search index says on standard error: that it happens, and how far it is."""

from __future__ import annotations

import sys
import time

_EVERY_S = 5.0


class IndexProgress:
    """A line when a part begins to be built, and one every five seconds. Use it as a context."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}
        self._said = 0.0

    def __enter__(self) -> IndexProgress:
        return self

    def __exit__(self, *_: object) -> None:
        for part, count in self._done.items():
            self.note(f"indexed {part}: {count} tracks")

    def note(self, text: str) -> None:
        sys.stderr.write(text + "\n")

    def advance(self, part: str, tracks: int) -> None:
        """`tracks` more are in the part."""
        if part not in self._done:
            self.note(f"indexing {part} …")
            self._said = time.monotonic()
        self._done[part] = self._done.get(part, 0) + tracks
        if time.monotonic() - self._said > _EVERY_S:
            self._said = time.monotonic()
            self.note(f"indexing {part}: {self._done[part]} tracks so far")
