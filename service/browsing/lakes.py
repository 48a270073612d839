"""The warehouse, open for one request after the other: attaching it takes longer than most queries.

A lake that is handed out stays at one snapshot and belongs to one request until it is given back.
One that has grown old (a commit, a file of features made or gone, another catalogue in its place)
is closed, and another opened.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import WarehouseError
from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from warehouse.lake import Lake

IDLE = 3
"""Lakes that are kept for whoever comes next."""

_State = tuple[object, ...]


class Lakes:
    """Read-only, pinned lakes at the newest snapshot. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._idle: list[tuple[_State, Lake]] = []
        self._watching: Lake | None = None
        self._file: tuple[int, ...] = ()

    @contextmanager
    def newest(self) -> Iterator[Lake]:
        """A lake at the newest snapshot, for this thread alone.

        Raises
        ------
        WarehouseError
            When there is no warehouse yet, or it cannot be read.
        """
        state, lake = self._taken()
        try:
            yield lake
        except WarehouseError:
            lake.close()  # whatever it was, nobody else should meet it
            raise
        except BaseException:
            self._give_back(state, lake)
            raise
        self._give_back(state, lake)

    def close(self) -> None:
        """Close those that nobody uses."""
        with self._lock:
            self._forget()

    def _taken(self) -> tuple[_State, Lake]:
        with self._lock:
            state = self._state()
            for held in [one for one in self._idle if one[0] != state]:
                self._idle.remove(held)
                held[1].close()
            if self._idle:
                return self._idle.pop()
        lake = compose.open_lake(self._settings)
        # It may be newer than the state: then it is taken for old next time, and that is all.
        return state, lake

    def _give_back(self, state: _State, lake: Lake) -> None:
        with self._lock:
            if len(self._idle) < IDLE:
                self._idle.append((state, lake))
                return
        lake.close()

    def _state(self) -> _State:
        """What a lake that is opened now would show."""
        file = self._catalogue_file()
        if file != self._file:
            self._forget()
            self._file = file
        try:
            if self._watching is None:
                self._watching = self._opened()
            snapshot = self._watching.current_snapshot()
        except WarehouseError:
            self._forget()
            raise
        root = self._settings.home_path / "index"
        return snapshot, tuple(sorted(path.name for path in root.glob("resolved-*")))

    def _opened(self) -> Lake:
        from warehouse.lake import Lake
        from warehouse.location import Location

        return Lake.open(Location.from_settings(self._settings), read_only=True)

    def _catalogue_file(self) -> tuple[int, ...]:
        """Which file an SQLite catalogue is; another may be put in its place, as by a restore."""
        with suppress(OSError):
            facts = Path(self._settings.catalogue_location).stat()
            return facts.st_dev, facts.st_ino
        return ()

    def _forget(self) -> None:
        for _, lake in self._idle:
            lake.close()
        self._idle.clear()
        if self._watching is not None:
            self._watching.close()
        self._watching = None
