"""The end of a source: what its rows said and say no more.

What was said by rows that are gone is deleted, for this source alone. Where several rows speak of
one track and some have changed, all rows of the track are read once more, and replace what was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from pipelines.imports.judging import named, same_numbers
from pipelines.imports.part import add
from pipelines.imports.rows import Rows, scope
from pipelines.imports.run import CHUNK, Context, PartReport, Row
from pipelines.sources.sets.contract import Part
from pipelines.sources.sets.reading import entity, read_entry
from schemas.outcomes import Outcome


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
    if emptied:
        context.write({}, scope(layout, emptied), f"{layout.source}: rows that are gone")
    # Last: a run that is killed before this finds them gone once more.
    for start in range(0, len(gone), CHUNK):
        _forget(context, [key for key, _ in gone[start : start + CHUNK]])


def _forget(context: Context, keys: list[str]) -> None:
    sources = [context.ledger.layout.source] * len(keys)
    rows = pa.table({"source": pa.array(sources, pa.string()), "key": pa.array(keys, pa.string())})
    context.write({}, {"imports": rows}, "rows that are gone")


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
            add(context, part, rows, batch)
            replaced |= {
                known.track_id
                for row in rows
                if (known := context.ledger.known(row.key)) is not None
                and known.track_id is not None
                and entity(layout, row.key) not in foreign
            }
        context.write(batch.tables(), scope(layout, replaced), f"{layout.source}: changed rows")


def _rows_of(context: Context, part: Part, wanted: frozenset[str]) -> Iterable[Row]:
    for record in part.records():
        row = named(context, part, record)
        name = entity(part.layout, row.key)
        if row.reason is None and name in wanted:
            row.entry = read_entry(part, record.values)
            row.outcome = Outcome.PARTIAL if row.entry.problems else Outcome.ACCEPTED
            same_numbers(context, name, row)
            yield row
