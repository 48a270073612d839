"""Validated, atomic, idempotent writes by table grain.

DuckLake has no keys: a MERGE whose source has a key twice inserts both rows, and two open
transactions that insert one new key may both commit. So the grain is kept here:
- a batch with a repeated key is refused;
- rows are compared with what is stored, and only new and changed ones are written, so that
  writing a batch again changes nothing and makes no snapshot;
- every commit updates one guard row for each table it touches. DuckLake refuses the second of two
  transactions that delete from one file, so the second writer of a table fails, and does the whole
  read-compare-commit again on what the first one left.
- after every commit the grain of what it wrote is audited; `warehouse.audits` proves that of every
  table as a whole.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from schemas.columns import TableSpec
from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec
from schemas.tables import tables
from warehouse.audits import AuditResult, grain_of_keys
from warehouse.difference import (
    Change,
    Completion,
    TableReport,
    Work,
    apply,
    compare,
    completed,
)
from warehouse.evolution import GUARD_TABLE
from warehouse.lake import Lake, Location, RunStamp
from warehouse.replacement import Scope, scope_table
from warehouse.retry import DEFAULT_POLICY, RetryPolicy, with_retry
from warehouse.sqltext import literal
from warehouse.validation import Batch, checked_batch, known_tables

__all__ = ["Completion", "Store", "TableReport", "WriteReport"]


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write did, by table, and the snapshot that holds it.

    `broken` are failing audits of the grain of what it wrote: it should never hold any.
    """

    tables: Mapping[str, TableReport]
    snapshot: int
    broken: tuple[AuditResult, ...] = ()

    @property
    def changed(self) -> bool:
        return any(report.changed for report in self.tables.values())


class Store:
    """Writes to the warehouse at `location`; `broken` gathers what audits of its commits found.

    One Store holds one connection behind a lock, so several threads may share it; their writes
    are served one after the other. Other processes may write at the same time.
    """

    def __init__(
        self,
        location: Location,
        *,
        features: Iterable[FeatureSpec] = FEATURES,
        retry: RetryPolicy = DEFAULT_POLICY,
    ) -> None:
        self.location = location
        self.features = tuple(features)
        self.tables: dict[str, TableSpec] = tables(self.features)
        self._retry = retry
        self._lock = threading.RLock()
        self._lake: Lake | None = None
        self.broken: list[AuditResult] = []

    def write(
        self,
        batches: Mapping[str, Batch],
        stamp: RunStamp,
        replace_by: Mapping[str, Scope] | None = None,
        complete: Mapping[str, Completion] | None = None,
    ) -> WriteReport:
        """Commit rows of several tables at once, or nothing.

        New keys are inserted, changed rows updated, identical rows left as they are (`run_id` and
        `recorded_at` are not compared).

        Parameters
        ----------
        batches : mapping of table name to rows
            An Arrow table of the table's `row_schema`, or a sequence of its row dataclass.
        replace_by : mapping of table name to scope, optional
            Rows in scope that the batch does not hold are deleted in the same commit. A scope is
            column names, and then their values are those that occur in the batch; or an Arrow
            table of values, which may name what has no row left. A scope column NAME_prefix means
            that NAME starts with the value, NAME_not_prefix that it does not; null sets no
            condition. Its table needs a batch, which may be empty.
        complete : mapping of table name to function, optional
            Called inside the transaction with the batch and the stored rows that have its keys;
            what it returns is checked and written instead. It is called again when another writer
            was faster, on what that one has left.

        Raises
        ------
        ContractError
            A batch or scope is not valid; nothing was written.
        CommitConflict, WarehouseBusy
            Other writers were faster more often than the retry policy allows.
        StorageError, WarehouseError
            The warehouse cannot be written; nothing was committed.
        """
        work = _checked(self.tables, batches, replace_by or {}, complete or {})
        with self._lock:
            report = with_retry(lambda: self._attempt(work, stamp), self._retry)
            self.broken += report.broken
            return report

    def close(self) -> None:
        """Close the connection; the next write opens another."""
        with self._lock:
            if self._lake is not None:
                self._lake.close()
                self._lake = None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _attempt(self, work: Sequence[Work], stamp: RunStamp) -> WriteReport:
        lake = self._opened()
        try:
            return _write(lake, work, stamp)
        except BaseException:
            self.close()
            raise

    def _opened(self) -> Lake:
        if self._lake is None:
            self._lake = Lake.open(self.location, features=self.features)
        return self._lake


def _checked(
    specs: Mapping[str, TableSpec],
    batches: Mapping[str, Batch],
    replace_by: Mapping[str, Scope],
    complete: Mapping[str, Completion],
) -> list[Work]:
    known_tables(specs, [*batches, *replace_by, *complete])
    work = []
    for name in {**batches, **replace_by, **complete}:
        if name not in batches:
            raise ContractError(f"{name}: a replacement without a batch; pass an empty one")
        spec, rows = specs[name], checked_batch(specs[name], batches[name])
        scope = scope_table(spec, replace_by[name], rows) if name in replace_by else None
        work.append(Work(spec, rows, scope, complete.get(name)))
    return work


def _write(lake: Lake, work: Sequence[Work], stamp: RunStamp) -> WriteReport:
    with lake.commit(stamp):
        moment = datetime.now(UTC)
        changes = [compare(lake, completed(lake, item)) for item in work]
        for change in changes:
            apply(lake, change, stamp.run_id, moment)
        touched = [change.spec.name for change in changes if change.report.changed]
        _guard(lake, touched)
    snapshot = lake.last_committed_snapshot() if touched else lake.current_snapshot()
    reports = {change.spec.name: change.report for change in changes}
    return WriteReport(reports, snapshot, _audited(lake, changes))


def _audited(lake: Lake, changes: Iterable[Change]) -> tuple[AuditResult, ...]:
    """Failing audits of the grain of what was just committed."""
    found = (grain_of_keys(lake, c.spec, c.rows) for c in changes if c.rows.num_rows)
    return tuple(result for result in found if not result.passed)


def _guard(lake: Lake, names: Sequence[str]) -> None:
    if names:
        listed = ", ".join(literal(name) for name in names)
        lake.execute(f"UPDATE {GUARD_TABLE} SET writes = writes + 1 WHERE table_name IN ({listed})")
