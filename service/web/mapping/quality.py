"""What a version promises: the sections of its report, who was held out, who answers what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.printable import printable
from schemas.errors import MappingError
from service.report.page.html import Html
from service.report.page.mapping_page import read_told, sections
from service.web.mapping.trying import PLAIN

if TYPE_CHECKING:
    from service.report.page.mapping_page import Told

_COMMONEST = 7


@dataclass(frozen=True, slots=True)
class Quality:
    """`missing` says why there is no report; `artists` counts those among the held-out tracks that
    are kept, none of whose tracks were learned from when theirs were predicted."""

    sections: Sequence[tuple[str, str, Html]]
    missing: str
    tracks: int
    tested: int
    artists: int
    folds: int
    features: int
    mean: Mapping[str, Any]
    warnings: Sequence[str]
    terms: Sequence[str]


def quality(folder: Path) -> Quality:
    """Of the mapping in `folder`. Raises ArtifactError when it is damaged."""
    from mapping.artifact import read_manifest

    manifest = read_manifest(folder)
    metrics = manifest["metrics"] or {}
    drawn: Sequence[tuple[str, str, Html]] = ()
    terms: Sequence[str] = ()
    missing = ""
    try:
        told = read_told(folder)
    except MappingError as error:
        missing = printable(str(error), 400)
    else:
        drawn, terms = sections(told), _terms(told)
    return Quality(
        sections=drawn,
        missing=missing,
        tracks=manifest["trained_tracks"],
        tested=metrics.get("tested", 0),
        artists=_artists(folder),
        folds=metrics.get("folds", 0),
        features=len(manifest["features"]),
        mean=metrics.get("mean") or {},
        warnings=[printable(str(text), 400) for text in manifest["warnings"]],
        terms=terms,
    )


def prompts(found: Quality | None) -> list[str]:
    """What versions are asked: the catalogue's commonest terms, and plain words."""
    return list(dict.fromkeys([*(found.terms if found else ()), *PLAIN]))


def _terms(told: Told) -> list[str]:
    top = (told.material.get("vocabulary") or {}).get("top") or []
    return [printable(str(row["term"]), 80) for row in top[:_COMMONEST] if row["term"].strip()]


def _artists(folder: Path) -> int:
    from mapping.report import held

    try:
        return len(set(held.read(folder / held.FILE).owner.tolist()))
    except MappingError:
        return 0
