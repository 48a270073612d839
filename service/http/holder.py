"""The mapping in use, kept in memory between requests."""

from __future__ import annotations

import threading

from mapping.model import Mapping
from schemas.settings import Settings
from service import compose


class MappingHolder:
    """Loads the mapping when it is first asked for, and again when another one has been put in use.

    Thread-safe. An answer that is under way keeps the mapping it began with.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._name: str | None = None
        self._mapping: Mapping | None = None

    def get(self) -> Mapping:
        """The mapping in use; the starter before there is one."""
        with self._lock:
            current = compose.current_model(self._settings)
            if self._mapping is None or current != self._name:
                self._mapping, self._name = compose.load_mapping(self._settings, current), current
            return self._mapping
