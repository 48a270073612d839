"""Import: a metadata set into the warehouse, one outcome a row, nothing twice.

open the set ─▶ for each file: read ─▶ resolve ─▶ commit in chunks ─▶ what is gone ─▶ harmonise
"""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pipelines.imports.gone import finish_source
from pipelines.imports.identity import AudioIndex, Resolver
from pipelines.imports.ledger import Ledger
from pipelines.imports.part import import_part
from pipelines.imports.run import Context, PartReport
from pipelines.progress import Observer
from pipelines.running import recorded
from pipelines.sources.sets.contract import Part
from pipelines.sources.sets.opening import unknown
from pipelines.sources.sets.registry import metadata_set
from pipelines.vocabulary import record_vocabulary
from schemas.catalogue import IdentifierRow
from schemas.errors import ContractError, InputError, WordtoneError
from schemas.operations import RunRow, RunState
from schemas.outcomes import Outcome
from schemas.settings import Settings
from schemas.vocabulary import load as load_vocabulary
from schemas.vocabulary import using
from warehouse import imports
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

if TYPE_CHECKING:
    from pipelines.harmonise import Harmonised

_MATCH_LIMIT = 64 << 20
"""Largest mapping file, bytes."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import. `match` is a table id → uri or track_id; `rematch` looks again for audio of
    rows that have a track without any."""

    name: str
    path: Path
    match: Path | None = None
    rematch: bool = False


@dataclass(slots=True)
class ImportReport:
    """How an import went; the counts of all files sum to the rows discovered."""

    run_id: str
    request: ImportRequest
    state: RunState = RunState.COMPLETED
    parts: list[PartReport] = field(default_factory=list)
    tracks: Counter[str] = field(default_factory=Counter)
    ambiguous_tags: int = 0
    harmonised: Harmonised | None = None
    seconds: float = 0.0

    @property
    def counts(self) -> Counter[Outcome]:
        return sum((part.counts for part in self.parts), Counter())

    @property
    def discovered(self) -> int:
        return sum(part.discovered for part in self.parts)


def import_metadata(
    settings: Settings, request: ImportRequest, observer: Observer | None = None
) -> ImportReport:
    """Take the rows of a metadata set into the warehouse; again, only those that changed.

    Raises
    ------
    ContractError
        There is no such set.
    InputError
        A file cannot be read, is not the set's, lacks a required column; the mapping file is wrong.
    WarehouseError
        The warehouse cannot be opened or written. What was committed stays.
    """
    from pipelines.harmonise import fit_all

    started = datetime.now(UTC)
    path = Path(os.path.abspath(request.path))  # noqa: PTH100  keeps links
    _checked_path(path)
    if observer is not None:
        observer.stage(f"opening {path.name}")
    parts = metadata_set(request.name).open_parts(path)
    location = Location.from_settings(settings)
    report = ImportReport(f"{started:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}", request)
    with (
        using(load_vocabulary(settings.vocabulary)) as vocabulary,
        Store(location) as store,
        recorded(settings, "import", [str(path)], observer, "rows") as shown,
    ):
        shown.named(report.run_id)
        store.write({}, RunStamp(report.run_id, "import", "nothing"))  # makes the warehouse
        with Lake.open(location, read_only=True) as lake:
            written = _import(store, lake, parts, report, shown)
            if written:
                shown.stage("harmonising")
                report.harmonised = fit_all(store, lake, report.run_id)
        report.state = RunState.COMPLETED if written else RunState.NOTHING_TO_DO
        report.seconds = (datetime.now(UTC) - started).total_seconds()
        _reconcile(report)
        if written:  # an import that changes nothing leaves no snapshot
            row = _run_row(report, started)
            stamp = RunStamp(report.run_id, "import", "run ended")
            store.write({"runs": [row]}, stamp)
            record_vocabulary(store, vocabulary, stamp)
    return report


def _checked_path(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{str(path)!a}: the name is no UTF-8, and cannot be stored") from error


def _import(
    store: Store, lake: Lake, parts: Sequence[Part], report: ImportReport, observer: Observer
) -> bool:
    request = report.request
    report.ambiguous_tags, written = _take_tagged(store, lake, report.run_id)
    audio = AudioIndex.of(imports.audio_tracks(lake))
    named = _mapping(request.match, lake, audio) if request.match else {}
    observer.start(sum(part.total for part in parts))
    for source in dict.fromkeys(part.layout.source for part in parts):
        members = [part for part in parts if part.layout.source == source]
        ledger = Ledger(members[0].layout, imports.ledger(lake, source))
        resolver = Resolver(members[0].layout, audio, ledger.owners, named, request.rematch)
        context = Context(
            store=store,
            lake=lake,
            observer=observer,
            stamp=lambda message: RunStamp(report.run_id, "import", message),
            ledger=ledger,
            resolver=resolver,
            uris=frozenset(part.uri for part in members),
        )
        observer.stage(f"importing {source}")
        reports = [_part(context, part) for part in members]
        finish_source(context, members, reports)
        report.parts += reports
        report.tracks += resolver.counts
        written |= context.written
    return written


def _part(context: Context, part: Part) -> PartReport:
    started = datetime.now(UTC)
    names = tuple(unknown(part.layout, part.names))
    report = PartReport(part.layout.source, part.uri, unknown_columns=names)
    import_part(context, part, report)
    report.seconds = (datetime.now(UTC) - started).total_seconds()
    return report


def _take_tagged(store: Store, lake: Lake, run_id: str) -> tuple[int, bool]:
    """Identifiers out of embedded tags; those that several tracks have mean none."""
    found = imports.tagged_identifiers(lake)
    rows = [
        IdentifierRow(
            scheme=row["scheme"],
            value=row["value"],
            track_id=row["track_id"],
            source=row["source"],
            evidence="embedded tag",
        )
        for row in found
        if row["tracks"] == 1
    ]
    if not rows:
        return len(found), False
    stamp = RunStamp(run_id, "import", "identifiers of embedded tags")
    return len(found) - len(rows), store.write({"identifiers": rows}, stamp).changed


def _mapping(path: Path, lake: Lake, audio: AudioIndex) -> dict[str, str]:
    """id → track_id, of a table with columns id and uri or track_id."""
    try:
        if path.stat().st_size > _MATCH_LIMIT:
            raise InputError(f"{path}: larger than {_MATCH_LIMIT >> 20} MB")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as CSV ({error})") from error
    names = set(rows[0]) if rows else set()
    if "id" not in names or not names & {"uri", "track_id"}:
        raise InputError(f"{path}: columns id, and uri or track_id, are needed")
    asked = {row["track_id"] for row in rows if row.get("track_id")}
    known = imports.stored_tracks(lake, asked).keys()
    found: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        track = row.get("track_id") or audio.by_uri.get(row.get("uri") or "")
        if not track or (row.get("track_id") and track not in known):
            named = row.get("track_id") or row.get("uri")
            raise ContractError(f"{path}: line {number}: no track {named!r} in the catalogue")
        if found.setdefault(row["id"], track) != track:
            raise ContractError(f"{path}: line {number}: {row['id']!r} has two tracks")
    return found


def _reconcile(report: ImportReport) -> None:
    for part in report.parts:
        allowed = {Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.PARTIAL,
                   Outcome.REJECTED}  # fmt: skip
        if part.counts.total() != part.discovered or set(part.counts) - allowed:
            raise WordtoneError(
                f"run {report.run_id}: {part.discovered} rows of {part.uri} found but "
                f"{part.counts.total()} accounted for: this is a fault of wordtone"
            )


def _run_row(report: ImportReport, started: datetime) -> RunRow:
    request = report.request
    parameters: Mapping[str, object] = {
        "set": request.name,
        "path": str(request.path),
        "match": str(request.match) if request.match else None,
        "rematch": request.rematch,
    }
    removed = sum(part.removed for part in report.parts)
    return RunRow(
        run=report.run_id,
        flow="import",
        state=report.state,
        started_at=started,
        ended_at=datetime.now(UTC),
        parameters=json.dumps(parameters),
        counts=json.dumps({outcome.value: n for outcome, n in report.counts.items()}),
        message=f"{report.discovered} rows of {request.name}, {removed} gone",
        version=version("wordtone"),
    )
