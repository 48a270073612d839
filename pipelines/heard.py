"""What a tagger heard, on its way into the warehouse: its tags, and whose rows are whose.

A tagger's tags have sources of their own, tagger:NAME:…, so that they outlive a new reading of the
file's words, and the words outlive a new hearing. Hearing a track again replaces that tagger's tags
alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipelines.features.tagger.registry import GROUP, SOURCE, TAGGERS, tagger_id
from schemas.catalogue import TagKind, TagRow

_FEATURES = f"features_{GROUP}"
_SCOPE = pa.schema(
    [
        pa.field("track_id", pa.string()),
        pa.field("source_prefix", pa.string()),
        pa.field("source_not_prefix", pa.string()),
    ]
)


def measured_by(group: str, extractor: str, tagger: str) -> str:
    """What measured `group`: the tagger, where one was asked for and the group is its own."""
    return (tagger_id(tagger) if group == GROUP else None) or extractor


def tag_rows(track_id: str, tags: Sequence[Mapping[str, Any]]) -> list[TagRow]:
    """One row a tag of `pipelines.features.tagger.model.Tag`, as plain values."""
    return [TagRow(track_id=track_id, **{**tag, "kind": TagKind(tag["kind"])}) for tag in tags]


def tags_scope(tables: Mapping[str, pa.Table], reread: pa.Table) -> pa.Table:
    """Which rows of `tags` a commit of `tables` replaces.

    Parameters
    ----------
    reread : tracks whose words were read, in the column track_id
    """
    names = {entry.id: name for name, entry in TAGGERS.items()}
    words = [(track_id, "", f"{SOURCE}:") for track_id in reread["track_id"].to_pylist()]
    heard = [
        (track_id, f"{SOURCE}:{names[extractor]}:", None)
        for track_id, extractor in _measured(tables.get(_FEATURES))
        if extractor in names
    ]
    rows = [dict(zip(_SCOPE.names, row, strict=True)) for row in (*words, *heard)]
    return pa.Table.from_pylist(rows, _SCOPE)


def _measured(features: pa.Table | None) -> list[tuple[str, str]]:
    if features is None:
        return []
    columns = (features[name].to_pylist() for name in ("track_id", "extractor"))
    return list(zip(*columns, strict=True))
