"""Versions of the mapping at hand, to be tried and held against each other."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from mapping.model import Mapping
    from mapping.report.comparison import Comparison

T = TypeVar("T")

_MOST_MAPPINGS = 2
_MOST_FOUND = 16


class Shelf:
    """Mappings by id beside the one in use, and what was found of them: a mapping never changes.

    Thread-safe; one is loaded at a time, because each may take as much memory as all else.
    """

    def __init__(self, settings: Settings, in_use: Callable[[], Mapping]) -> None:
        self._settings, self._in_use = settings, in_use
        self._lock = threading.RLock()
        self._mappings: OrderedDict[str, Mapping] = OrderedDict()
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def mapping(self, model_id: str) -> Mapping:
        """The mapping of that id, or the starter's.

        Raises
        ------
        NotTrainedError
            There is none of that id; lists the ids there are.
        ArtifactError
            It is damaged.
        """
        if model_id == compose.current_model(self._settings):
            return self._in_use()
        with self._lock:
            if model_id not in self._mappings:
                self._mappings[model_id] = compose.load_mapping(self._settings, model_id)
            self._mappings.move_to_end(model_id)
            while len(self._mappings) > _MOST_MAPPINGS:
                self._mappings.popitem(last=False)
            return self._mappings[model_id]

    def found(self, about: Hashable, find: Callable[[], T]) -> T:
        """What `find` says, once for each `about`; what is known waits for nobody."""
        if (known := self._found.get(about)) is not None:
            there: T = known
            return there
        with self._lock:
            if about not in self._found:
                self._found[about] = find()
                while len(self._found) > _MOST_FOUND:
                    self._found.popitem(last=False)
            value: T = self._found[about]
            return value

    def comparison(self, old: str, new: str) -> Comparison:
        """Figure by figure. Raises as `pipelines.registry.gate.compare_models`."""
        from pipelines.registry.gate import compare_models

        return self.found(("compared", old, new), lambda: compare_models(self._settings, old, new))

    def folder(self, model_id: str) -> Path:
        """Where a trained mapping is kept."""
        return self._settings.models_path / model_id
