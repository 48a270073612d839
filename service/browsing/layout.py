"""The map's layout, made in a process of its own while principal components are shown."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from schemas.settings import Settings

if TYPE_CHECKING:
    from warehouse.index.places import Places
    from warehouse.lake import Lake

_COMMAND = (sys.executable, "-P", "-m", "service.browsing.layout_worker")


class LayoutMaker:
    """At most one process at a time, and one try a snapshot. Thread-safe.

    The process ends by itself when this one does: its standard input closes.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._tried: int | None = None

    def places(self, lake: Lake) -> tuple[Places, bool]:
        """The best map there is of what a pinned `lake` shows, and whether a better one is coming.

        Raises
        ------
        StorageError
            When HOME/index cannot be written.
        """
        from pipelines.catalogue_map import best_map
        from warehouse.index.resolved import resolved_file

        found, meant = best_map(self._settings, lake)
        better = not meant and bool(found.ids)
        if better or resolved_file(self._settings.home_path / "index", lake) is None:
            return found, self._started(lake.current_snapshot()) and better
        return found, False

    def _started(self, snapshot: int) -> bool:
        """Whether a process is at work; starts one where there was none for this snapshot."""
        with self._lock:
            if self._child is not None and self._child.poll() is None:
                return True
            if self._tried == snapshot:
                return False
            self._tried = snapshot
            self._child = subprocess.Popen(  # noqa: S603  our own interpreter and module
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            assert self._child.stdin is not None
            given = dataclasses.asdict(self._settings) | {"home": str(self._settings.home_path)}
            self._child.stdin.write(json.dumps(given).encode() + b"\n")
            self._child.stdin.flush()
            return True

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            if self._child is not None:
                self._child.kill()
                self._child.wait()
                assert self._child.stdin is not None
                self._child.stdin.close()
                self._child = None
