"""One part of a set into the warehouse: each row ends as exactly one outcome.

Rows pass in chunks; the ledger rows of a chunk are committed with what they say, so that a run that
was killed goes on where it stopped. New rows are written as they come. What was said by rows that
have changed or gone is replaced or deleted, for this source alone; where several rows speak of one
track, its rows are read once more for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import pyarrow as pa

from pipelines.imports.identity import Resolver
from pipelines.imports.ledger import Ledger
from pipelines.imports.rejects import Rejects
from pipelines.imports.rows import VALUES, Rows, empty, scope
from pipelines.progress import Observer, Problem
from pipelines.sources.sets.contract import Entry, Part, Record
from pipelines.sources.sets.reading import Unusable, digest, entity, read_entry, row_key
from schemas.outcomes import Outcome, RejectReason
from schemas.tables import TABLES
from warehouse import imports
from warehouse.lake import Lake, RunStamp
from warehouse.store import Store

CHUNK = 10_000
"""Rows a commit."""


_OTHER_NUMBERS = "an earlier row of the track has other numbers; those are kept"


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


def import_part(context: Context, part: Part, report: PartReport) -> None:
    """Take the rows of one file; rows that are gone are `finish_source`'s."""
    rejects = Rejects(part.uri)
    for records in _chunks(part.records(), CHUNK):
        report.discovered += len(records)
        rows = [_read(context, part, record) for record in records]
        _commit(context, part, rows)
        for row in rows:
            report.counts[row.outcome] += 1
            problem = _problem(part, row)
            if row.reason is not None:
                rejects.add(row.number, row.reason, row.problem)
                _count(report, row)
            context.observer.file(row.outcome, problem)
    stored = imports.open_rejects(context.lake, part.uri)
    changed = rejects.rows(stored, datetime.now(UTC))
    if changed:
        _write(context, {"rejects": TABLES["rejects"].to_arrow(changed)}, {}, "rejects")


def _problem(part: Part, row: Row) -> Problem | None:
    if row.reason is None or row.outcome is Outcome.UNCHANGED:
        return None
    return Problem(f"{part.uri}#{row.number}", row.outcome, row.reason.value, row.problem)


def _count(report: PartReport, row: Row) -> None:
    # Values differ from row to row; what stands before them tells one kind of problem.
    kind = row.problem.partition("=")[0].partition(":")[0][:60]
    report.problems[kind] += 1
    report.examples.setdefault(kind, f"row {row.number}: {row.problem}")


def _chunks(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    while chunk := list(islice(records, size)):
        yield chunk


def _read(context: Context, part: Part, record: Record) -> Row:
    """A record with its outcome. An unchanged one is read only when it had something to say."""
    row, ledger = _named(context, part, record), context.ledger
    if (repeated := ledger.meet(row.key, row.digest)) is not None:
        row.outcome = repeated
        if repeated is Outcome.REJECTED:
            row.reason = RejectReason.CONFLICTING
            row.problem = f"{row.key[:60]}: read before with other values; the first are kept"
        return row
    if ledger.unchanged(row.key, row.digest) and not _to_match_again(context, row.key):
        row.outcome = Outcome.UNCHANGED
        if row.reason is None and not ledger.was_whole(row.key):
            _say_again(part, record, row)
    elif row.reason is not None:
        row.outcome = Outcome.REJECTED
    else:
        row.entry = read_entry(part, record.values)
        if row.entry.problems:
            row.outcome, row.reason = Outcome.PARTIAL, RejectReason.INVALID_VALUES
            row.problem = "; ".join(row.entry.problems)
    return row


def _named(context: Context, part: Part, record: Record) -> Row:
    """A record with its key and digest; with a reason where it can say nothing."""
    sign = digest(part, record)
    row = Row(
        record.number, f"?{sign}", sign, Outcome.ACCEPTED, None, record.reason, record.problem
    )
    if record.reason is not None:
        return row
    try:
        row.key = row_key(part.layout, record.values)
    except Unusable as error:
        row.reason, row.problem = RejectReason.INVALID_VALUES, str(error)
        return row
    named = context.resolver.named.get(entity(part.layout, row.key))
    if named is not None:  # the row is another one when the user says whose it is
        row.digest = f"{sign}>{named}"
    return row


def _to_match_again(context: Context, key: str) -> bool:
    known = context.ledger.known(key)
    return (
        context.resolver.rematch
        and known is not None
        and known.track_id is not None
        and known.track_id not in context.resolver.audio.tracks
    )


def _say_again(part: Part, record: Record, row: Row) -> None:
    """What was wrong with an unchanged row that was not accepted whole."""
    problems = read_entry(part, record.values).problems
    row.reason = RejectReason.INVALID_VALUES if problems else RejectReason.CONFLICTING
    row.problem = "; ".join(problems) or _OTHER_NUMBERS


def _commit(context: Context, part: Part, rows: Sequence[Row]) -> None:
    """Write what is new and changed among `rows`, with their ledger rows."""
    layout, ledger = part.layout, context.ledger
    batch, replaced = Rows(part), set()
    fresh = [row for row in rows if row.entry is not None]
    if layout.repeats:
        fresh = [row for row in fresh if not _deferred(context, row)]
    for row in rows:
        first = row.reason is not RejectReason.CONFLICTING
        if row.outcome is Outcome.REJECTED and first:
            batch.known(row.key, row.digest, row.outcome, None)
            replaced |= _before(ledger, row)
        elif row.outcome is Outcome.UNCHANGED:
            _claim(context, part, row, batch)
    if fresh:
        replaced |= _add(context, part, fresh, batch)
    scopes = scope(layout, replaced) if replaced else {}
    _write(context, batch.tables(), scopes, f"{layout.source}: {len(fresh)} rows")


def _before(ledger: Ledger, row: Row) -> set[str]:
    known = ledger.known(row.key)
    return {known.track_id} if known is not None and known.track_id else set()


def _claim(context: Context, part: Part, row: Row, batch: Rows) -> None:
    """An unchanged row that another file had last time is this file's from now on."""
    known = context.ledger.known(row.key)
    if known is not None and known.uri != part.uri and known.uri not in context.uris:
        batch.known(row.key, row.digest, known.outcome, known.track_id)


def _deferred(context: Context, row: Row) -> bool:
    """Whether a row waits, because its track has rows of earlier runs: all are then read again.

    Of a track that this run met first, later rows add words only; their numbers must be the same.
    """
    assert row.entry is not None
    name = entity(context.ledger.layout, row.key)
    if name in context.ledger.known_entities:
        context.affected.add(name)
        return True
    _same_numbers(context, name, row)
    return False


def _same_numbers(context: Context, name: str, row: Row) -> None:
    assert row.entry is not None
    numbers = hash(frozenset(row.entry.metrics.items()))
    if row.entry.metrics and context.values.setdefault(name, numbers) != numbers:
        row.outcome, row.entry.metrics = Outcome.PARTIAL, {}
        row.reason = row.reason or RejectReason.CONFLICTING
        row.problem = row.problem or _OTHER_NUMBERS


def _add(context: Context, part: Part, rows: Sequence[Row], batch: Rows) -> set[str]:
    """Put rows into `batch`; returns the tracks of which earlier values are replaced."""
    layout, replaced = part.layout, set()
    entries = [(entity(layout, row.key), row.entry) for row in rows if row.entry is not None]
    pairs = {pair for _, entry in entries for pair in entry.identifiers}
    given = imports.identified(context.lake, pairs)
    matches = context.resolver.resolve(context.lake, entries)
    stored = imports.stored_tracks(context.lake, {match.track_id for match in matches})
    for row, match, (_, entry) in zip(rows, matches, entries, strict=True):
        batch.add(match, entry)
        batch.identify(match, entry, given)
        batch.track(match, entry, stored.get(match.track_id))
        batch.known(row.key, row.digest, row.outcome, match.track_id)
        if match.moved_from is not None:
            batch.link(match.moved_from, match)
            replaced.add(match.moved_from)
        before = _before(context.ledger, row)
        replaced |= before | ({match.track_id} if before else set())
    return replaced


def finish_source(context: Context, parts: Sequence[Part], reports: Sequence[PartReport]) -> None:
    """Delete what rows that are gone had said, and read again the tracks whose rows changed."""
    ledger, layout = context.ledger, context.ledger.layout
    gone = list(ledger.vanished(context.uris))
    by_uri = {report.uri: report for report in reports}
    for _, known in gone:
        by_uri[known.uri].removed += 1
    if layout.repeats:
        left = ledger.left(context.uris)
        context.affected |= {entity(layout, key) for key, _ in gone} & left
        emptied = {k.track_id for key, k in gone if entity(layout, key) not in left and k.track_id}
        if context.affected:
            _again(context, parts)
    else:
        emptied = {known.track_id for _, known in gone if known.track_id}
    for start in range(0, len(gone), CHUNK):
        _forget(context, [key for key, _ in gone[start : start + CHUNK]])
    if emptied:
        _write(context, {}, scope(layout, emptied), f"{layout.source}: rows that are gone")


def _forget(context: Context, keys: list[str]) -> None:
    sources = [context.ledger.layout.source] * len(keys)
    rows = pa.table({"source": pa.array(sources, pa.string()), "key": pa.array(keys, pa.string())})
    _write(context, {}, {"imports": rows}, "rows that are gone")


def _again(context: Context, parts: Sequence[Part]) -> None:
    """Read all rows of the affected tracks once more and replace what their source said of them.

    What rows of other files say stays: those files are not read now.
    """
    layout, entities = context.ledger.layout, sorted(context.affected)
    foreign = context.ledger.foreign(context.uris)
    for start in range(0, len(entities), CHUNK):
        wanted = frozenset(entities[start : start + CHUNK])
        batch, replaced, met = Rows(parts[0]), set(), set()
        for name in wanted:
            context.values.pop(name, None)
        for part in parts:
            batch.part = part
            rows = [row for row in _rows_of(context, part, wanted) if row.key not in met]
            met |= {row.key for row in rows}
            _add(context, part, rows, batch)
            replaced |= {
                known.track_id
                for row in rows
                if (known := context.ledger.known(row.key)) is not None
                and known.track_id is not None
                and entity(layout, row.key) not in foreign
            }
        _write(context, batch.tables(), scope(layout, replaced), f"{layout.source}: changed rows")


def _rows_of(context: Context, part: Part, wanted: frozenset[str]) -> Iterable[Row]:
    for record in part.records():
        row = _named(context, part, record)
        name = entity(part.layout, row.key)
        if row.reason is None and name in wanted:
            row.entry = read_entry(part, record.values)
            row.outcome = Outcome.PARTIAL if row.entry.problems else Outcome.ACCEPTED
            _same_numbers(context, name, row)
            yield row


def _write(
    context: Context, tables: dict[str, pa.Table], scopes: dict[str, pa.Table], message: str
) -> None:
    for name in scopes:
        tables.setdefault(name, empty(name))
    if not tables:
        return
    report = context.store.write(tables, context.stamp(message), replace_by=scopes)
    context.written |= report.changed


__all__ = ["VALUES", "Context", "PartReport", "finish_source", "import_part"]
