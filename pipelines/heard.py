"""What a tagger heard, on its way into the warehouse: its tags, and whose rows are whose.

A tagger's tags have sources of their own, tagger:NAME:…, so that they outlive a new reading of the
file's words, and the words outlive a new hearing. Hearing a track again replaces that tagger's tags
alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipelines.features.tagger.registry import GROUP, SOURCE, TAGGERS, tagger_id
from pipelines.sources.metadata import FILE_SOURCES, one_each
from pipelines.sources.terms import read_terms
from schemas.catalogue import TagKind, TagRow

_FEATURES = f"features_{GROUP}"
_SCOPE = pa.schema(
    [
        pa.field("track_id", pa.string()),
        pa.field("source_prefix", pa.string()),
    ]
)


def measured_by(group: str, extractor: str, tagger: str) -> str:
    """What measured `group`: the tagger, where one was asked for and the group is its own."""
    return (tagger_id(tagger) if group == GROUP else None) or extractor


def tag_rows(track_id: str, tags: Sequence[Mapping[str, Any]]) -> list[TagRow]:
    """One row a tag of `pipelines.features.tagger.model.Tag`, as plain values, in the words of the
    vocabulary; of two labels for one term the heavier stays."""
    terms = [
        term
        for tag in tags
        for term in read_terms(
            tag["raw"],
            TagKind(tag["kind"]),
            tag["source"],
            weight=tag["weight"],
            values=[tag["term"]],
        )
    ]
    return [TagRow(track_id=track_id, **dataclasses.asdict(term)) for term in one_each(terms)]


def tags_scope(tables: Mapping[str, pa.Table], reread: pa.Table) -> pa.Table:
    """Which rows of `tags` a commit of `tables` replaces.

    Parameters
    ----------
    reread : tracks whose words were read, in the column track_id
    """
    names = {entry.id: name for name, entry in TAGGERS.items()}
    heard = [
        {"track_id": track_id, "source_prefix": f"{SOURCE}:{names[extractor]}:"}
        for track_id, extractor in _measured(tables.get(_FEATURES))
        if extractor in names
    ]
    return pa.concat_tables([words_scope(reread), pa.Table.from_pylist(heard, _SCOPE)])


def words_scope(reread: pa.Table) -> pa.Table:
    """Which words and rights of re-read tracks are replaced: those that a file and what lies beside
    it can bring. What metadata sets and people have said of the track stays."""
    rows = [
        {"track_id": track_id, "source_prefix": f"{prefix}:"}
        for track_id in reread["track_id"].to_pylist()
        for prefix in FILE_SOURCES
    ]
    return pa.Table.from_pylist(rows, _SCOPE)


def _measured(features: pa.Table | None) -> list[tuple[str, str]]:
    if features is None:
        return []
    columns = (features[name].to_pylist() for name in ("track_id", "extractor"))
    return list(zip(*columns, strict=True))
