"""What the parts of one import share, and a row on its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.imports.identity import Resolver
from pipelines.imports.ledger import Ledger
from pipelines.imports.rows import empty
from pipelines.progress import Observer
from pipelines.sources.sets.contract import Entry
from schemas.outcomes import Outcome, RejectReason
from warehouse.lake import Lake, RunStamp
from warehouse.store import Store

CHUNK = 10_000
"""Rows a commit."""


@dataclass(slots=True)
class Row:
    """A row on its way: its key, what it says when that is needed, what becomes of it."""

    number: int
    key: str
    digest: str
    outcome: Outcome
    entry: Entry | None = None
    reason: RejectReason | None = None
    problem: str = ""


@dataclass(slots=True)
class Context:
    """What the parts of one run share; those of one source also share ledger and resolver."""

    store: Store
    lake: Lake
    observer: Observer
    stamp: Callable[[str], RunStamp]
    ledger: Ledger
    resolver: Resolver
    uris: frozenset[str]
    values: dict[str, int] = field(default_factory=dict)  # entity → hash of its numbers
    affected: set[str] = field(default_factory=set)
    written: bool = False

    def write(self, tables: dict[str, pa.Table], scopes: dict[str, pa.Table], message: str) -> None:
        """Commit rows, and delete those in `scopes` that are not among them."""
        for name in scopes:
            tables.setdefault(name, empty(name))
        if tables:
            report = self.store.write(tables, self.stamp(message), replace_by=scopes)
            self.written |= report.changed


@dataclass(slots=True)
class PartReport:
    """What became of the rows of one file."""

    source: str
    uri: str
    discovered: int = 0
    counts: Counter[Outcome] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()
    removed: int = 0
    seconds: float = 0.0
