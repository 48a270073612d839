"""What pages show of the warehouse, read once a snapshot: a snapshot never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from schemas.settings import Settings
    from service.browsing.lakes import Lakes
    from service.web.site import Site
    from warehouse.lake import Lake

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Entry:
    at: tuple[int, ...]
    value: Any


class Latest:
    """Answers that were read from the warehouse, kept until it has another snapshot.

    Thread-safe; of those who ask for the same at once, one reads. The last `kept` are kept.
    """

    def __init__(self, site: Site, kept: int = 24) -> None:
        self._settings: Settings = site.settings
        self._lakes: Lakes = site.catalogue.lakes
        self._kept = kept
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    @property
    def there(self) -> bool:
        """Whether there is a warehouse; of one on a server only an attempt can say."""
        place = self._settings.catalogue_location
        return place.startswith("postgres:") or Path(place).exists()

    def get(self, about: Hashable, read: Callable[[Lake], T]) -> T:
        """What `read` found at the newest snapshot; `about` tells what it reads from all else.

        Raises
        ------
        WarehouseError
            There is none, or it cannot be read.
        """
        with self._one(about), self._lakes.newest() as lake:
            at = (lake.current_snapshot(), *self._file())
            entry = self._entries.get(about)
            if entry is None or entry.at != at:
                entry = _Entry(at, read(lake))
                self._keep(about, entry)
            value: T = entry.value
            return value

    def _keep(self, about: Hashable, entry: _Entry) -> None:
        with self._lock:
            self._entries[about] = entry
            self._entries.move_to_end(about)
            while len(self._entries) > self._kept:
                gone, _ = self._entries.popitem(last=False)
                self._locks.pop(gone, None)

    def _one(self, about: Hashable) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(about, threading.Lock())

    def _file(self) -> tuple[int, ...]:
        """Which file a catalogue on disk is: another one may have a snapshot of the same number."""
        with suppress(OSError):
            facts = Path(self._settings.catalogue_location).stat()
            return facts.st_dev, facts.st_ino
        return ()
