"""What becomes of a row: known or new, whole or not, and why."""

from __future__ import annotations

from pipelines.imports.run import Context, Row
from pipelines.sources.sets.contract import Part, Record
from pipelines.sources.sets.reading import Unusable, digest, entity, read_entry, row_key
from schemas.outcomes import Outcome, RejectReason

_OTHER_NUMBERS = "an earlier row of the track has other numbers; those are kept"


def judged(context: Context, part: Part, record: Record) -> Row:
    """A record with its outcome. An unchanged one is read only when it had something to say."""
    row, ledger = named(context, part, record), context.ledger
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


def named(context: Context, part: Part, record: Record) -> Row:
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


def same_numbers(context: Context, name: str, row: Row) -> None:
    """Of a track with several rows the numbers of the first count; a row with others is partial."""
    assert row.entry is not None
    numbers = hash(frozenset(row.entry.metrics.items()))
    if row.entry.metrics and context.values.setdefault(name, numbers) != numbers:
        row.outcome, row.entry.metrics = Outcome.PARTIAL, {}
        row.reason = row.reason or RejectReason.CONFLICTING
        row.problem = row.problem or _OTHER_NUMBERS
