"""One part of a set into the warehouse: each row ends as exactly one outcome.

Rows pass in chunks; the ledger rows of a chunk are committed with what they say, so that a run that
was killed goes on where it stopped. New rows are written as they come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from pipelines.imports.judging import judged, same_numbers
from pipelines.imports.ledger import Ledger
from pipelines.imports.rejects import Rejects
from pipelines.imports.rows import Rows, scope
from pipelines.imports.run import CHUNK, Context, PartReport, Row
from pipelines.progress import Problem
from pipelines.sources.sets.contract import Part, Record
from pipelines.sources.sets.reading import entity
from schemas.outcomes import Outcome, RejectReason
from schemas.tables import TABLES
from warehouse import imports


def import_part(context: Context, part: Part, report: PartReport) -> None:
    """Take the rows of one file; rows that are gone are `finish_source`'s."""
    rejects = Rejects(part.uri)
    for records in _chunks(part.records(), CHUNK):
        report.discovered += len(records)
        rows = [judged(context, part, record) for record in records]
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
        context.write({"rejects": TABLES["rejects"].to_arrow(changed)}, {}, "rejects")


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
        replaced |= add(context, part, fresh, batch)
    scopes = scope(layout, replaced) if replaced else {}
    context.write(batch.tables(), scopes, f"{layout.source}: {len(fresh)} rows")


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
    same_numbers(context, name, row)
    return False


def add(context: Context, part: Part, rows: Sequence[Row], batch: Rows) -> set[str]:
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
