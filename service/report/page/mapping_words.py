"""Sections of the page about a mapping that speak of words and of where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from schemas.features import FEATURES
from service.report.page import charts
from service.report.page.html import (
    Cell,
    Fixed,
    Html,
    escaped,
    note,
    paragraph,
    section,
    share,
    table,
    unbroken,
)

if TYPE_CHECKING:
    from service.report.page.mapping_page import Told

_SPECS = {spec.name: spec for spec in FEATURES}


def opposites(told: Told) -> Html:
    """Pairs of plain prompts of which one must get more of a feature."""
    listed = told.material.get("directions") or []
    if not listed:
        return Html("")
    right = sum(row["right"] for row in listed)
    rows = [
        (
            "yes" if row["right"] else "no",
            unbroken(row["feature"]),
            row["more"],
            row["more_value"],
            row["less"],
            row["less_value"],
            _unit(row["feature"]),
        )
        for row in sorted(listed, key=lambda row: row["right"])
    ]
    said = paragraph(f"{right} of {len(listed)} the right way round.")
    intro = note("Of two prompts in plain words, the first should get the larger value.")
    heads = ["right", "feature", "more of it", "value", "less of it", "value", "unit"]
    return section("opposites", "Opposites", intro, said, table(heads, rows))


def vocabulary(told: Told) -> Html:
    """What the catalogue's words teach, and how far they reach."""
    found = told.material["vocabulary"]
    reach = "" if found["shared"] is None else (
        f" Of the terms of held-out tracks, {share(found['shared'], 1)} are also another artist's."
    )  # fmt: skip
    said = paragraph(
        f"{found['terms']:,} terms; {found['of_one_artist']:,} of them are one artist's alone and "
        f"teach nothing about others.{reach}"
    )
    top = {row["term"]: row["tracks"] for row in found["top"]}
    by_count = {row["tracks"]: row["terms"] for row in found["by_count"]}
    common = f"<div><h3>the commonest</h3>{charts.bars(top, ('term', 'tracks'))}</div>"
    often = f"<div><h3>how often terms occur</h3>{charts.bars(by_count, ('tracks', 'terms'))}</div>"
    grid = f'<div class="twice">{common}{often}</div>'
    return section("words", "Words it knows", said, Html(grid))


def worst(told: Told) -> Html:
    """Held-out texts that mislead most."""
    rows = [
        (
            row["text"],
            Fixed(row["crps"]),
            unbroken(row["feature"]),
            row["predicted"],
            row["truth"],
            _unit(row["feature"]),
        )
        for row in told.material["worst"]
    ]
    intro = note(
        "Words of tracks it had not seen whose features it missed most: their error beside the "
        "usual one of who knows only the catalogue (1), and the feature that is furthest off."
    )
    heads = ["words", "error", "feature", "predicted", "truth", "unit"]
    return section("worst", "Worst prompts", intro, table(heads, rows))


def before_after(told: Told) -> Html:
    """What moving the mapping to this catalogue was worth, and how the starter was moved."""
    parts = [part for part in (_moved(told), _started(told)) if part]
    return section("start", "Before and after", *parts) if parts else Html("")


def _moved(told: Told) -> Html:
    """Recalibration: each feature before and after, on labels that did not take part."""
    listed: dict[str, Any] = told.material.get("moved") or {}
    if not listed:
        return Html("")
    rows: list[list[Cell]] = []
    for name, found in listed.items():
        sides = [found[side][what] for what in ("r2", "error", "coverage90") for side in _SIDES]
        r2, covered = (map(_fixed, sides[at : at + 2]) for at in (0, 4))
        rows.append([unbroken(name), *r2, *sides[2:4], _unit(name), *covered, found["labels"]])
    intro = note(
        "The mapping was learned on another catalogue and moved to this one by labelled tracks. "
        "The figures are of labels that did not take part in the move that they judge. An R² below "
        "0 is worse than always saying the mean of those labels."
    )
    heads = [
        "feature", "R² before", "after", "error before", "after", "unit", "in 90 % before", "after",
        "labels",
    ]  # fmt: skip
    return Html(f"<h3>recalibration</h3>{intro}{table(heads, rows)}")


_SIDES = ("before", "after")


def _fixed(value: float | None) -> Fixed | None:
    return None if value is None else Fixed(value)


def _started(told: Told) -> Html:
    """How the starter's scale was moved to the catalogue's; nothing where it takes no part."""
    shifts = (told.manifest.get("details") or {}).get("prior")
    if not isinstance(shifts, Mapping) or not shifts:
        return Html("")
    rows: list[list[Cell]] = []
    for name, shift in shifts.items():
        if not isinstance(shift, Mapping) or not {"offset", "slope", "width"} <= set(shift):
            return Html("")
        moved = (Fixed(shift[part]) for part in ("offset", "slope", "width"))
        rows.append([unbroken(name), *moved, _axis(name)])
    intro = note(
        "Where the catalogue has little of a kind of music, the starter's knowledge of styles "
        "fills in, brought to the catalogue's scale: moved by the offset, stretched by the slope, "
        "its intervals widened by the factor. 0, 1 and 1 would be the starter as it ships."
    )
    heads = ["feature", "moved by", "stretched", "intervals", "in"]
    return Html(f"<h3>the starter</h3>{intro}{table(heads, rows)}")


def lineage(told: Told) -> Html:
    """Snapshot, rights, encoder, code, choices."""
    manifest = told.manifest
    data = manifest.get("data") or {}
    rights = data.get("rights") or {}
    rows: list[tuple[str, Any]] = [
        ("model", manifest["model_id"]),
        ("snapshot", manifest["snapshot"]),
        ("encoder", manifest["encoder"]),
        ("wordtone", str(manifest["code"])),
        ("tracks with words", manifest["trained_tracks"]),
    ]
    if rights:
        policy = f"{rights.get('policy')} ({rights.get('version')})"
        admitted = f"{rights.get('allowed')} of {rights.get('tracks')} tracks"
        rows += [("policy", policy), ("let in", admitted)]
        left_out = rights.get("left_out") or {}
        rows += [("left out", f"{count}: {reason}") for reason, count in list(left_out.items())[:8]]
    for name, pooled in (data.get("pooling") or {}).items():
        rows.append((f"scale of {name}", f"{pooled.get('kept')}, {pooled.get('values')} values"))
    chosen = [
        (name, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in manifest["config"].items()
    ]
    made = f"<h3>what it was made of</h3>{table(['', ''], rows)}"
    choices = f"<h3>choices of the training</h3>{table(['', ''], chosen)}"
    grid = Html(f'<div class="twice"><div>{made}</div><div>{choices}</div></div>')
    return section("lineage", "Lineage", grid)


def _unit(name: str) -> str:
    spec = _SPECS.get(name)
    return "" if spec is None or spec.unit in ("1", "ratio") else spec.unit


def _axis(name: str) -> str:
    spec = _SPECS.get(name)
    return (
        "octaves" if spec is not None and spec.scale == "log2" else _unit(name) or escaped("0 … 1")
    )
