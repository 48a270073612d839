"""What pages show of the warehouse, read once a snapshot: a snapshot never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from warehouse.lake import Lake

T = TypeVar("T")


@dataclass(slots=True)
class _Entry:
    stamp: tuple[int, ...] | None
    snapshot: tuple[int, str]
    value: Any


class Latest:
    """Answers that were read from the warehouse, kept until it has another snapshot.

    Thread-safe; of those who ask for the same at once, one reads. The last `kept` are kept.
    """

    def __init__(self, settings: Settings, kept: int = 24) -> None:
        self._settings, self._kept = settings, kept
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    @property
    def there(self) -> bool:
        """Whether there is a warehouse; of one on a server only an attempt can say."""
        place = self._settings.catalogue_location
        return place.startswith("postgres:") or Path(place).expanduser().exists()

    def get(self, about: Hashable, read: Callable[[Lake], T]) -> T:
        """What `read` found at the newest snapshot; `about` tells what it reads from all else.

        Raises
        ------
        WarehouseError
            There is none, or it cannot be read.
        """
        with self._one(about):
            stamp = self._stamp()
            entry = self._entries.get(about)
            if entry is None or stamp is None or entry.stamp != stamp:
                entry = self._read(about, read, stamp, entry)
            value: T = entry.value
            return value

    def _read(
        self,
        about: Hashable,
        read: Callable[[Lake], T],
        stamp: tuple[int, ...] | None,
        before: _Entry | None,
    ) -> _Entry:
        with compose.open_lake(self._settings) as lake:
            newest = lake.snapshots()[-1:]
            snapshot = (lake.current_snapshot(), str(newest[0].at) if newest else "")
            same = before is not None and before.snapshot == snapshot
            value = before.value if same and before is not None else read(lake)
        entry = _Entry(stamp, snapshot, value)
        with self._lock:
            self._entries[about] = entry
            self._entries.move_to_end(about)
            while len(self._entries) > self._kept:
                gone, _ = self._entries.popitem(last=False)
                self._locks.pop(gone, None)
        return entry

    def _one(self, about: Hashable) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(about, threading.Lock())

    def _stamp(self) -> tuple[int, ...] | None:
        """What changes with every commit to a catalogue on disk; None where there is no such."""
        place = self._settings.catalogue_location
        if place.startswith("postgres:"):
            return None
        found: list[int] = []
        for suffix in ("", "-wal"):
            try:
                about = Path(place + suffix).expanduser().stat()
            except OSError:
                found += [0, 0]
            else:
                found += [about.st_mtime_ns, about.st_size]
        return tuple(found)
