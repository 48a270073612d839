"""How values of each feature lie in the catalogue: counts in bins, kept while it stays."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas.features import FEATURES
from schemas.scales import typical_range

if TYPE_CHECKING:
    from warehouse.lake import Lake

BINS = 24


class Shapes:
    """Feature → tracks in BINS equal parts of its typical range, what is beyond in the outermost.

    Of one snapshot at a time: at a million tracks counting takes a second. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: int | None = None
        self._counts: Mapping[str, list[int]] = {}

    def of(self, lake: Lake) -> Mapping[str, list[int]]:
        """The counts of what a pinned `lake` shows."""
        from warehouse.queries import Bins, report_bins

        snapshot = lake.current_snapshot()
        with self._lock:
            if snapshot != self._snapshot:
                bins = [
                    Bins(spec.name, *typical_range(spec), BINS, log=spec.scale == "log2")
                    for spec in FEATURES
                    if spec.size == 1 and not (spec.scale == "log2" and typical_range(spec)[0] <= 0)
                ]
                self._counts, self._snapshot = report_bins(lake, bins), snapshot
            return self._counts
