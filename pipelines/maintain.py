"""Maintain: expire old snapshots, join small files, delete what nothing needs any more.

expire ─▶ compact (a commit or two a table) ─▶ clean up ─▶ record

Each step leaves a whole warehouse, so a run may be stopped anywhere and begun again. Ingest, import
and readers may go on meanwhile.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from uuid import uuid4

from schemas.errors import ContractError, StorageError, WarehouseBusy
from schemas.operations import RunRow, RunState
from schemas.settings import Settings
from warehouse import maintenance
from warehouse.lake import Lake, RunStamp, Snapshot
from warehouse.location import Location
from warehouse.maintenance import Keep, Space, TableFiles
from warehouse.store import Store

_LOCK = "maintain.lock"

DEFAULT_GRACE = timedelta(days=1)
"""How long a file that no kept snapshot needs stays: longer than any reader holds a snapshot."""


@dataclass(frozen=True, slots=True)
class MaintainRequest:
    """What to keep, and how long files stay after that. `dry_run` changes nothing."""

    keep: Keep
    grace: timedelta = DEFAULT_GRACE
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.grace < timedelta(0):
            raise ContractError(f"grace={self.grace}: valid is 0 or more")


@dataclass(slots=True)
class MaintainReport:
    """What was done, or would be."""

    run_id: str
    before: Space
    after: Space
    expired: list[Snapshot] = field(default_factory=list)
    compacted: list[TableFiles] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    dry_run: bool = False
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        return bool(self.expired or self.compacted or self.deleted)


Note = Callable[[str], None]


def maintain(
    settings: Settings, request: MaintainRequest, note: Note = lambda _: None
) -> MaintainReport:
    """Do what `request` asks; `note` is told of each step.

    Raises
    ------
    WarehouseError
        There is no warehouse.
    WarehouseBusy
        Another maintain runs on it, or writers were faster too often. What was done stays.
    StorageError
        The warehouse cannot be written.
    """
    started = datetime.now(UTC)
    location = Location.from_settings(settings)
    with Lake.open(location, read_only=True) as lake:
        before = maintenance.space(lake)
        report = MaintainReport(_run_id(started), before, before, dry_run=request.dry_run)
        if request.dry_run:
            _look(lake, request, report, started)
            return report
    with only_maintain(settings):
        _expire(location, request, report, started, note)
        _compact(location, report, note)
        report.deleted = maintenance.clean_up(location, request.grace)
        note(f"{len(report.deleted)} files deleted")
        with Lake.open(location, read_only=True) as lake:
            report.after = maintenance.space(lake)
        report.seconds = (datetime.now(UTC) - started).total_seconds()
        if report.changed:
            _record(location, request, report, started)
    return report


def _look(lake: Lake, request: MaintainRequest, report: MaintainReport, now: datetime) -> None:
    named = maintenance.named_snapshots(lake)
    report.expired = request.keep.expired(lake.snapshots(), named, now)
    report.compacted = maintenance.wasteful(maintenance.table_files(lake))
    report.deleted = maintenance.clean_up(lake.location, request.grace, dry_run=True)


def _expire(
    location: Location, request: MaintainRequest, report: MaintainReport, now: datetime, note: Note
) -> None:
    report.expired = maintenance.expire(location, request.keep, now)
    note(f"{len(report.expired)} snapshots expired")


def _compact(location: Location, report: MaintainReport, note: Note) -> None:
    with Lake.open(location, read_only=True) as lake:
        tables = maintenance.wasteful(maintenance.table_files(lake))
    for table in tables:
        stamp = RunStamp(report.run_id, maintenance.FLOW, f"files of {table.name} joined")
        if maintenance.compact(location, table, stamp):
            report.compacted.append(table)
            note(f"{table.name}: {table.files + table.deletion_files} files joined")


@contextmanager
def only_maintain(settings: Settings) -> Iterator[None]:
    """Hold the warehouse's one place for maintenance; free again when the process ends.

    A backup holds it too, so that no file goes away under it.

    Raises
    ------
    WarehouseBusy
        Another process holds it.
    StorageError
        The staging folder cannot be written.
    """
    folder = settings.staging_path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WarehouseBusy(
                f"maintain, backup or restore is running on this warehouse ({folder}); "
                "try again when it ends"
            ) from None
        yield


def _record(
    location: Location, request: MaintainRequest, report: MaintainReport, started: datetime
) -> None:
    counts = {
        "expired": len(report.expired),
        "compacted": len(report.compacted),
        "deleted": len(report.deleted),
    }
    row = RunRow(
        run=report.run_id,
        flow=maintenance.FLOW,
        state=RunState.COMPLETED,
        started_at=started,
        ended_at=datetime.now(UTC),
        parameters=json.dumps({"keep": str(request.keep), "grace": str(request.grace)}),
        counts=json.dumps(counts),
        message=f"{report.before.files} files before, {report.after.files} after",
        version=version("wordtone"),
    )
    with Store(location) as store:
        store.write({"runs": [row]}, RunStamp(row.run, maintenance.FLOW, "run ended"))


def _run_id(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
