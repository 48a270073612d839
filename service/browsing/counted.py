"""What is counted over a whole catalogue and kept while it stays: how values lie, what licences and
sources there are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from schemas.features import FEATURES
from schemas.scales import typical_range

if TYPE_CHECKING:
    from warehouse.lake import Lake

BINS = 24
_KEPT = 8

T = TypeVar("T")


class Kept(Generic[T]):
    """Answers of one snapshot, the ones asked for last. Thread-safe; one is made at a time, so that
    many who ask at once wait for the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: int | None = None
        self._answers: OrderedDict[Hashable, T] = OrderedDict()

    def of(self, lake: Lake, what: Hashable, make: Callable[[], T]) -> T:
        """The answer to `what` for what a pinned `lake` shows."""
        snapshot = lake.current_snapshot()
        with self._lock:
            if snapshot != self._snapshot:
                self._answers.clear()
                self._snapshot = snapshot
            if what not in self._answers:
                self._answers[what] = make()
            self._answers.move_to_end(what)
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
            return self._answers[what]


@dataclass(frozen=True, slots=True)
class Facets:
    """Tracks in all, licences of recordings and sources with their tracks."""

    tracks: int
    licences: Mapping[str, int]
    sources: Mapping[str, int]


def facets(lake: Lake) -> Facets:
    """Counts that the form of the catalogue offers."""
    from warehouse import browsing

    whole = browsing.count(lake, browsing.ALL)
    return Facets(whole, browsing.recording_licences(lake), browsing.sources(lake))


def shapes(lake: Lake) -> Mapping[str, list[int]]:
    """Feature → tracks in BINS equal parts of its typical range; beyond it, in the outermost."""
    from warehouse.queries import Bins, report_bins

    bins = [
        Bins(spec.name, *typical_range(spec), BINS, log=spec.scale == "log2")
        for spec in FEATURES
        if spec.size == 1 and not (spec.scale == "log2" and typical_range(spec)[0] <= 0)
    ]
    return report_bins(lake, bins)
