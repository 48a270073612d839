"""A person's word on what a track is called and who may use it: terms and licences, beside those
that were found, and taken back again.

They are rows of a source of their own, `person:NAME`, which no ingest and no import replaces. What
was said and why is in the commit's message and in the snapshots also after it was taken back.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa

from pipelines.printable import printable
from pipelines.sources.licences import spdx_of
from pipelines.sources.metadata import one_each
from pipelines.sources.terms import read_terms
from schemas.catalogue import RightsRow, TagKind, TagRow
from schemas.errors import InputError
from schemas.rights import RightsLayer
from schemas.settings import Settings
from warehouse import queries
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

PERSON = "person:"
"""How the sources of people's words begin."""

SAID = (TagKind.GENRE, TagKind.MOOD, TagKind.INSTRUMENT, TagKind.OTHER)
"""Kinds of terms that people add."""

_LONGEST = 200
_LONGEST_LICENCE = 2_000


def say(settings: Settings, track_id: str, kind: str, text: str, author: str, note: str) -> int:
    """Add the terms that `text` names to a track; the snapshot with them.

    Raises
    ------
    InputError
        No such track or kind, nothing left of the text, no note or author.
    WarehouseError
        The warehouse cannot be read or written.
    """
    meant = _one_of("kind", kind, SAID)
    source = _source(author, note)
    raw = _text("term", text, _LONGEST)
    terms = one_each(read_terms(raw, TagKind(meant), source, values=[raw]))
    rows = [TagRow(track_id=track_id, **dataclasses.asdict(term)) for term in terms]
    if not rows:
        raise InputError(f"term {raw!r}: nothing of it is a term")
    return _write(settings, track_id, {"tags": rows}, f"{meant} {raw!r} said by {author}: {note}")


def state_licence(
    settings: Settings, track_id: str, layer: str, text: str, author: str, note: str
) -> int:
    """State a licence of a layer of a track; where it cannot be read as SPDX, it counts as unclear.

    Raises as `say`.
    """
    meant = _one_of("layer", layer, tuple(RightsLayer))
    raw = _text("licence", text, _LONGEST_LICENCE)
    row = RightsRow(
        track_id=track_id,
        layer=RightsLayer(meant),
        source=_source(author, note),
        raw=raw,
        spdx=spdx_of(raw),
        evidence=note.strip(),
    )
    return _write(settings, track_id, {"rights": [row]}, f"{meant}: {raw!r} by {author}: {note}")


def take_back(settings: Settings, track_id: str, table: str, author: str, **row: str) -> int:
    """Delete what a person said: a row of `tags` (term, kind, source) or `rights` (layer, source).

    Raises
    ------
    InputError
        There is no such row of a person.
    """
    if not row.get("source", "").startswith(PERSON):
        raise InputError("only what a person has said is taken back")
    scope = pa.table({"track_id": [track_id], **{name: [value] for name, value in row.items()}})
    what = ", ".join(value for name, value in row.items() if name != "source")
    stamp = _stamp(f"{what} taken back by {author}")
    with Store(Location.from_settings(settings)) as store:
        written = store.write({table: []}, stamp, replace_by={table: scope})
    if not written.tables[table].deleted:
        raise InputError(f"track {track_id!r} has no {what} of {row['source']}")
    return written.snapshot


def _write(settings: Settings, track_id: str, batches: dict[str, Any], message: str) -> int:
    location = Location.from_settings(settings)
    with Lake.open(location, read_only=True) as lake:
        if queries.track(lake, track_id) is None:
            raise InputError(f"no track {track_id!r}; `wordtone tracks` lists them")
    with Store(location) as store:
        return store.write(batches, _stamp(message)).snapshot


def _stamp(message: str) -> RunStamp:
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    return RunStamp(run_id, "statement", message)


def _source(author: str, note: str) -> str:
    for name, text in (("note", note), ("author", author)):
        if not text.strip():
            raise InputError(f"no {name}: a statement says who made it and why")
    return PERSON + printable(author, 80)


def _text(name: str, text: str, longest: int) -> str:
    kept = printable(text, longest + 1)
    if not kept or len(kept) > longest:
        raise InputError(f"{name} {kept[:40]!r}: valid is text of 1 … {longest} characters")
    return kept


def _one_of(name: str, value: str, valid: tuple[str, ...]) -> str:
    if value not in valid:
        raise InputError(f"{name} {value[:40]!r}: valid are {', '.join(valid)}")
    return value
