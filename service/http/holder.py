"""The mapping in use, kept in memory between requests."""

from __future__ import annotations

import ctypes
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mapping.model import Mapping
from pipelines.current_model import FILE
from schemas.errors import WordtoneError
from schemas.settings import Settings
from service import compose

_WARMING = (
    "dark, warm deep house with a trumpet solo at 124 BPM in C minor, faster than jazz, zorbly"
)
"""Touches what is read at first use only: lexicon, languages, names, speller, the starter."""

Mark = tuple[tuple[int, ...], ...]
_log = logging.getLogger("wordtone.faults")


@dataclass(frozen=True, slots=True)
class _Held:
    """A mapping, its id, and what the files that name it looked like."""

    mapping: Mapping
    name: str
    mark: Mark


class MappingHolder:
    """Loads the mapping when it is first asked for, and again when another one has been put in use.

    Thread-safe. An answer that is under way keeps the mapping it began with; while one request
    loads another mapping, the others are answered by the one there is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._named_by = (settings.home_path / FILE, settings.models_path)
        self._lock = threading.Lock()
        self._held: _Held | None = None

    def get(self) -> Mapping:
        """The mapping in use; the starter before there is one. Raises as `compose.load_mapping`."""
        mark, held = self._mark(), self._held
        if held is not None and held.mark == mark:
            return held.mapping
        if held is None:
            with self._lock:
                return self._renewed(mark)
        if not self._lock.acquire(blocking=False):
            return held.mapping
        try:
            return self._renewed(mark)
        finally:
            self._lock.release()

    def prepare(self) -> Callable[[], None]:
        """Load in the background, so that the first question need not; call what is returned to
        wait for it, as before the process ends."""
        # No daemon: one that loads native code while the interpreter ends can take it down.
        thread = threading.Thread(target=self._prepare, name="mapping", daemon=False)
        thread.start()
        return thread.join

    def _prepare(self) -> None:
        try:
            self.get().condition(_WARMING)
        except WordtoneError:
            pass  # whoever asks is told
        except Exception as error:
            _log.error("the mapping was not loaded", exc_info=error)

    def _renewed(self, mark: Mark) -> Mapping:
        held = self._held
        if held is not None and held.mark == mark:  # loaded by who had the lock before
            return held.mapping
        name = compose.current_model(self._settings)
        same = held is not None and held.name == name
        mapping = held.mapping if held and same else compose.load_mapping(self._settings, name)
        self._held = _Held(mapping, name, mark)
        if not same:
            _give_back()
        return mapping

    def _mark(self) -> Mark:
        """Changes when another mapping is put in use, trained or removed: two calls of stat, where
        reading the names would cost more than all else around an answer."""
        return tuple(_looks(path) for path in self._named_by)


def _give_back() -> None:
    """Return freed memory to the system: what loading took is 80 MB that nothing needs again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:  # glibc alone has it
        trim(0)


def _looks(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
