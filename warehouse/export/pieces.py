"""A track as training manifests need it, and its words as a caption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.features import FeatureSpec, key_name
from warehouse.lake import Lake
from warehouse.sqltext import filled, identifier

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}")
_VOCAL_KINDS = ("vocals",)
INSTRUMENTAL_TERMS = frozenset({"instrumental", "no vocals", "without vocals"})
CAPTION_KINDS = ("genre", "mood", "instrument", "vocals", "era", "tempo", "other")
MOST_TERMS = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """One chosen track. `features` has scalars that are not null; `terms` are by kind, the
    heaviest first; `path` is its local file, None where it is elsewhere."""

    track_id: str
    side: str
    title: str | None
    artist: str | None
    album: str | None
    duration_s: float | None
    sample_rate_hz: int | None
    uri: str
    path: Path | None
    description: str | None
    terms: Mapping[str, tuple[str, ...]]
    features: Mapping[str, float]

    @property
    def name(self) -> str:
        """File name for this track in an export: its id and the suffix of its file."""
        suffix = Path(self.uri).suffix
        return self.track_id + (suffix.lower() if _SUFFIX.fullmatch(suffix) else "")

    @property
    def key(self) -> str | None:
        """As "C minor"; None without both pitch class and mode."""
        pitch, mode = (self.features.get(name) for name in ("key_pitch_class", "key_mode"))
        if pitch is None or mode is None:
            return None
        return key_name(round(pitch), int(mode >= 0.5))

    @property
    def caption_terms(self) -> list[str]:
        """Terms about the sound, each once, by kind; at most 24."""
        found = [term for kind in CAPTION_KINDS for term in self.terms.get(kind, ())]
        return list(dict.fromkeys(found))[:MOST_TERMS]

    @property
    def instrumental(self) -> bool | None:
        """Whether it has no vocals: by a term, else by the feature; None where neither says."""
        said = {
            term for kind in (*_VOCAL_KINDS, "other", "genre") for term in self.terms.get(kind, ())
        }
        if said & INSTRUMENTAL_TERMS:
            return True
        if self.terms.get("vocals"):
            return False
        value = self.features.get("instrumentalness")
        return None if value is None else value >= 0.5

    @property
    def caption(self) -> str:
        """The description, else its terms; empty where there are no words."""
        return self.description or ", ".join(self.caption_terms)


def pieces(lake: Lake) -> Iterator[Piece]:
    """Pieces of the registered table `chosen`, by track id."""
    scalars = [spec.name for spec in lake.features if spec.size == 1]
    columns = ", ".join(f"f.{identifier(name)}" for name in scalars)
    for batch in lake.stream(filled("export", "pieces", {"columns": columns}), rows=5_000):
        for row in batch.to_pylist():
            yield _piece(row, scalars)


def _piece(row: Mapping[str, Any], scalars: list[str]) -> Piece:
    terms: dict[str, list[str]] = {}
    for item in row["terms"] or ():
        terms.setdefault(item["kind"], []).append(item["term"])
    uri = str(row["uri"] or "")
    path = Path(uri.removeprefix("file://")) if uri.startswith(("/", "file:///")) else None
    return Piece(
        track_id=row["track_id"],
        side=row["split"] or "train",
        title=row["title"],
        artist=row["artist"],
        album=row["album"],
        duration_s=row["duration_s"],
        sample_rate_hz=row["sample_rate_hz"],
        uri=uri,
        path=path if path is not None and path.is_file() else None,
        description=" ".join((row["description"] or "").split()) or None,
        terms={kind: tuple(found) for kind, found in terms.items()},
        features={name: row[name] for name in scalars if row[name] is not None},
    )


def number_ranges(features: tuple[FeatureSpec, ...]) -> dict[str, FeatureSpec]:
    """Single-valued features that a number conditioner can take, by name."""
    return {s.name: s for s in features if s.size == 1 and s.group != "quality"}
