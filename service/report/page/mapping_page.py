"""The page about a mapping: what it promises, how honest its intervals are, where it fails, and
what it was made of. Drawn from what was kept beside it when it was trained.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import MappingError
from service.report.page import mapping_parts as parts
from service.report.page import mapping_words as words
from service.report.page.document import document
from service.report.page.html import Fixed, Html, escaped, facts


@dataclass(frozen=True, slots=True)
class Told:
    """The page's material: the manifest of a mapping and what was counted when it was trained."""

    name: str
    manifest: dict[str, Any]
    material: dict[str, Any]

    @property
    def metrics(self) -> dict[str, Any]:
        found: dict[str, Any] = self.manifest["metrics"] or {}
        return found


_SECTIONS: tuple[tuple[str, str, Callable[[Told], Html]], ...] = (
    ("promise", "What it can promise", parts.promise),
    ("calibration", "Calibration", parts.calibration),
    ("groups", "Coverage by group", parts.groups),
    ("residuals", "Residuals", parts.residuals),
    ("opposites", "Opposites", words.opposites),
    ("words", "Words it knows", words.vocabulary),
    ("worst", "Worst prompts", words.worst),
    ("start", "Before and after", words.before_after),
    ("lineage", "Lineage", words.lineage),
)


_ALWAYS = ("opposites", "start", "lineage")
"""Sections that need nothing held out: a mapping that was only moved may have no more."""


def read_told(folder: Path) -> Told:
    """Read what the page needs of the mapping in `folder`.

    Raises
    ------
    NotTrainedError, ArtifactError
        No mapping there, or a file of it is damaged.
    MappingError
        It was trained without evaluation, or by a version that kept nothing for the page.
    """
    from mapping import artifact
    from mapping.report.material import FILE

    manifest = artifact.read_manifest(folder)
    expected = (manifest.get("beside") or {}).get(FILE)
    if expected is None:
        raise MappingError(
            f"{folder.name}: nothing was held out when it was trained, so there is nothing to "
            "report; train it again"
        )
    content = artifact.checked_file(folder / FILE, expected)
    return Told(folder.name, manifest, json.loads(content))


def mapping_page(told: Told) -> str:
    """The whole document."""
    drawn = sections(told)
    anchors = {anchor: name for anchor, name, _ in drawn}
    body = Html("".join(body for _, _, body in drawn))
    return document(f"Mapping {told.name}", _head(told), anchors, body)


def sections(told: Told) -> list[tuple[str, str, Html]]:
    """Anchor, name and body of each section that has something to say."""
    known = [entry for entry in _SECTIONS if "rows" in told.material or entry[0] in _ALWAYS]
    drawn = [(anchor, name, draw(told)) for anchor, name, draw in known]
    return [entry for entry in drawn if entry[2]]


def _head(told: Told) -> Html:
    mean, manifest = told.metrics.get("mean") or {}, told.manifest
    counts = {
        "tracks with words": manifest["trained_tracks"],
        "features": len(manifest["features"]),
        "held out": told.material.get("rows"),
        "mean R²": mean.get("r2"),
        "CRPS skill": mean.get("crps_skill"),
        "in 90 % intervals": mean.get("coverage90"),
    }
    counts = {name: Fixed(n) if isinstance(n, float) else n for name, n in counts.items()}
    warnings = "".join(f'<p class="quiet">{escaped(text)}</p>' for text in manifest["warnings"])
    return Html(
        f'<h1>The mapping</h1><p class="quiet">{escaped(told.name)}, snapshot '
        f"{manifest['snapshot']}, wordtone {escaped(str(manifest['code']))}</p>"
        f"{facts(counts)}{warnings}"
    )
