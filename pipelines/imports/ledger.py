"""Which rows of a set are known, and what became of each: the memory of one run over one source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipelines.sources.sets.contract import Layout
from pipelines.sources.sets.reading import entity
from schemas.outcomes import Outcome

_WHOLE = (Outcome.ACCEPTED,)


@dataclass(frozen=True, slots=True)
class Known:
    """A row as it was last read."""

    uri: str
    digest: str
    outcome: Outcome
    track_id: str | None


class Ledger:
    """Rows of one source by key: those that the warehouse knows, and those that this run has met.

    Holds about 0.4 kB a row.
    """

    def __init__(self, layout: Layout, table: pa.Table) -> None:
        self.layout = layout
        uris: dict[str, str] = {}
        columns = ("key", "uri", "digest", "outcome", "track_id")
        self._known = {
            key: Known(uris.setdefault(uri, uri), digest, Outcome(outcome), track)
            for key, uri, digest, outcome, track in zip(
                *(table[name].to_pylist() for name in columns), strict=True
            )
        }
        self._met: dict[str, str] = {}
        self.owners = {
            row.track_id: entity(layout, key) for key, row in self._known.items() if row.track_id
        }
        self.known_entities = frozenset(self.owners.values())

    def known(self, key: str) -> Known | None:
        return self._known.get(key)

    def meet(self, key: str, digest: str) -> Outcome | None:
        """Note a row. None for the first of its key in this run, else DUPLICATE or REJECTED."""
        first = self._met.setdefault(key, digest)
        if first is digest:
            return None
        return Outcome.DUPLICATE if first == digest else Outcome.REJECTED

    def unchanged(self, key: str, digest: str) -> bool:
        """Whether the row is known as it is."""
        row = self._known.get(key)
        return row is not None and row.digest == digest

    def was_whole(self, key: str) -> bool:
        """Whether the row, when it was last read, left nothing to say."""
        row = self._known.get(key)
        return row is not None and row.outcome in _WHOLE

    def vanished(self, uris: frozenset[str]) -> Iterator[tuple[str, Known]]:
        """Rows last read from one of `uris` that this run has not met."""
        for key, row in self._known.items():
            if row.uri in uris and key not in self._met:
                yield key, row

    def foreign(self, uris: frozenset[str]) -> set[str]:
        """Tracks (as entities) of which files other than `uris` have rows, too."""
        return {entity(self.layout, key) for key, row in self._known.items() if row.uri not in uris}

    def left(self, uris: frozenset[str]) -> set[str]:
        """Tracks (as entities) that still have a row."""
        gone = {key for key, _ in self.vanished(uris)}
        keys = (self._known.keys() | self._met.keys()) - gone
        return {entity(self.layout, key) for key in keys}
