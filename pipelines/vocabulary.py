"""The vocabulary in the warehouse: its table, and tags read again when it has changed.

Tags keep the text that they were made of. When the vocabulary's version changes, that text is read
again; no file is. What a reader made of a text by rules of its own ("key am" of "Am") stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, TypeAlias
from uuid import uuid4

import pyarrow as pa

from pipelines.sources.fields import Field, Gathered
from pipelines.sources.metadata import Term, normalise
from pipelines.sources.words import is_boilerplate, known_words
from schemas.catalogue import TagKind, TagRow, VocabularyRow
from schemas.operations import RunRow, RunState
from schemas.settings import Settings
from schemas.vocabulary import Vocabulary, using
from schemas.vocabulary.terms import KINDS
from warehouse import terms
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

READ_AGAIN = (*KINDS, TagKind.OTHER)
"""Kinds of fields whose text is read again."""

_FIELDS = {
    TagKind.GENRE: Field.GENRE,
    TagKind.MOOD: Field.MOOD,
    TagKind.INSTRUMENT: Field.INSTRUMENT,
    TagKind.LANGUAGE: Field.LANGUAGE,
    TagKind.ERA: Field.DATE,
    TagKind.TEMPO: Field.TEMPO,
    TagKind.VOCALS: Field.OTHER,
    TagKind.OTHER: Field.OTHER,
}
_PARTS = tuple(re.compile(f"[{signs}]") for signs in (r";|\0\n", r";|\0\n,", r";/,|\0&+\n"))
_LONGEST = 1_000  # characters; a longer text is no list of terms
_TRACKS_A_COMMIT = 50_000

Reading: TypeAlias = tuple[str, str, str]
"""(raw, hint, source)"""


@dataclass(frozen=True, slots=True)
class Renormalised:
    """What reading again did: distinct texts read and changed, and tracks whose tags changed."""

    readings: int
    changed: int
    tracks: int
    version: str


def record_vocabulary(store: Store, vocabulary: Vocabulary, stamp: RunStamp) -> bool:
    """Write the table `vocabulary` when the warehouse holds another version; whether it did."""
    count = sum(1 for _ in vocabulary)
    with Lake.open(store.location) as lake:  # makes the table where there is none
        if terms.vocabulary_versions(lake) == {vocabulary.version: count}:
            return False
    rows = [
        VocabularyRow(
            term=entry.term,
            kind=entry.kind,
            parents=list(entry.parents),
            ancestors=list(vocabulary.ancestors(entry)),
            synonyms=[name.removeprefix("~") for name in entry.synonyms],
            code=entry.code,
            version=vocabulary.version,
        )
        for entry in vocabulary
    ]
    report = store.write({"vocabulary": rows}, stamp, replace_by={"vocabulary": ["kind"]})
    return report.changed


def renormalise(store: Store, vocabulary: Vocabulary, stamp: RunStamp) -> Renormalised:
    """Read the raw text of all tags again with `vocabulary`; doing it twice changes nothing."""
    record_vocabulary(store, vocabulary, stamp)
    with Lake.open(store.location, read_only=True) as lake, using(vocabulary):
        found = terms.readings(lake, [kind.value for kind in READ_AGAIN])
        changed = dict(_changes(found.to_pylist()))
        affected = terms.affected_tracks(lake, _readings_table(changed)) if changed else []
        for start in range(0, len(affected), _TRACKS_A_COMMIT):
            some = affected[start : start + _TRACKS_A_COMMIT]
            rows = _rewritten(terms.tags_of(lake, some).to_pylist(), changed)
            scope = pa.table({"track_id": pa.array(some, pa.string())})
            store.write({"tags": rows}, stamp, replace_by={"tags": scope})
    return Renormalised(found.num_rows, len(changed), len(affected), vocabulary.version)


def _changes(rows: Sequence[dict[str, Any]]) -> Iterable[tuple[Reading, list[Term]]]:
    # A genre that says nothing was once kept as kind other, without the field that it was found in.
    meant = {(r["raw"], r["source"]): r["hint"] for r in rows if r["hint"] != TagKind.OTHER}
    for row in rows:
        hint = meant.get((row["raw"], row["source"]), row["hint"])
        made = _read(row["raw"], TagKind(hint), row["source"])
        stored = {(s["term"], s["kind"], s["field"], s["vocabulary"]) for s in row["stored"]}
        new = {(t.term, t.kind.value, t.field, t.vocabulary) for t in made}
        if made and new != stored and _explained(row, made):
            yield (row["raw"], row["hint"], row["source"]), made


def _read(raw: str, hint: TagKind, source: str) -> list[Term]:
    """Terms of one raw text as its reader makes them today; none when it cannot be told."""
    if len(raw) > _LONGEST or is_boilerplate(raw):
        return []
    if source.endswith(":word"):
        found = known_words(raw, source.removesuffix(":word"))
        return found[:1] if len(found) == 1 else []
    gathered = Gathered("")
    gathered.add(_FIELDS[hint], source, [raw])
    return gathered.terms


def _explained(row: dict[str, Any], made: Sequence[Term]) -> bool:
    """Whether each stored term is a part of the raw text, or was the vocabulary's.

    Else some other rule made it, which reading again does not know.
    """
    raw = row["raw"]
    parts = {normalise(part) for signs in _PARTS for part in (raw, *signs.split(raw))}
    parts |= {term.term for term in made}
    return all(s["vocabulary"] is not None or s["term"] in parts for s in row["stored"])


def _readings_table(changed: dict[Reading, list[Term]]) -> pa.Table:
    columns = zip(*changed, strict=True)
    return pa.table(
        {
            name: pa.array(values, pa.string())
            for name, values in zip(("raw", "hint", "source"), columns, strict=True)
        }
    )


def _rewritten(
    stored: Iterable[dict[str, Any]], changed: dict[Reading, list[Term]]
) -> list[TagRow]:
    """All tags of some tracks, those of a changed reading made anew; the heaviest of a grain."""
    best: dict[tuple[str, str, str, str], TagRow] = {}
    for row in stored:
        before = TagRow(
            **{
                **row,
                "kind": TagKind(row["kind"]),
                "field": TagKind(row["field"]) if row["field"] else None,
            }
        )
        made = changed.get((row["raw"], row["field"] or row["kind"], row["source"]))
        for tag in [before] if made is None else [_tag(before, term) for term in made]:
            key = (tag.track_id, tag.term, tag.kind, tag.source)
            if key not in best or best[key].weight < tag.weight:
                best[key] = tag
    return list(best.values())


def _tag(before: TagRow, term: Term) -> TagRow:
    return replace(
        before, term=term.term, kind=term.kind, field=term.field, vocabulary=term.vocabulary
    )


def run_renormalise(settings: Settings, vocabulary: Vocabulary) -> Renormalised:
    """`renormalise` as a run of its own, recorded in `runs` when it changed something.

    Raises
    ------
    WarehouseError
        There is no warehouse, or it cannot be written.
    """
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    location = Location.from_settings(settings)
    Lake.open(location, read_only=True).close()  # there must be one
    with Store(location) as store:
        done = renormalise(store, vocabulary, RunStamp(run_id, "vocabulary", "tags read again"))
        if done.tracks:
            run = RunRow(
                run=run_id,
                flow="vocabulary",
                state=RunState.COMPLETED,
                started_at=started,
                ended_at=datetime.now(UTC),
                parameters=json.dumps({"version": vocabulary.version}),
                counts=json.dumps({"tracks": done.tracks, "texts": done.changed}),
                message=f"vocabulary {vocabulary.version}",
                version=version("wordtone"),
            )
            store.write({"runs": [run]}, RunStamp(run_id, "vocabulary", "run ended"))
    return done
