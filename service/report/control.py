"""Refinements, explanations and guidance for a person to read."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.printable import printable
from schemas.answers import EvidenceTrack
from schemas.control import Explanation, Refinement
from schemas.features import feature
from schemas.guidance import Guidance
from schemas.references import Reference

_WIDTH = 110
_SHOWN = 0.005
"""Effects smaller than this share of the whole way from base to answer are left blank."""

_COLUMNS = 6
_LONGEST = 200


def refinement_report(found: Refinement) -> str:
    """The diff: each feature that moved, from, to and why; then what is locked."""
    table = Table(
        title=escape(f"“{printable(found.words, _LONGEST)}”"), title_justify="left", box=None
    )
    for heading in ("feature", "before", "after", "unit", "by", "why"):
        table.add_column(heading, no_wrap=heading != "why")
    for change in found.changes:
        table.add_row(
            change.feature, f"{change.before:.4g}", f"{change.after:.4g}", escape(change.unit),
            f"{change.deviations:+.2f} sd", escape(printable(change.why, 60)),
        )  # fmt: skip
    lines = (
        [_rendered(table)]
        if found.changes
        else [f"“{printable(found.words, _LONGEST)}”: no feature moved"]
    )
    if found.locked:
        lines.append(f"locked      {', '.join(found.locked)}")
    lines += [f"also        {what}" for what in found.other]
    lines += [f"note        {printable(warning, 400)}" for warning in found.warnings]
    return "\n".join(lines)


def explanation_report(found: Explanation) -> str:
    """A table of phrases by features, its columns adding up; then counterfactuals and evidence."""
    names = most_moved(found)
    table = Table(
        title=escape(f"“{printable(found.prompt, _LONGEST)}”"), title_justify="left", box=None
    )
    table.add_column("", no_wrap=True)
    for name in names:
        heading = escape(f"{name}\n[{found.units[name].split(',')[0]}]")
        table.add_column(heading, justify="right", min_width=len(name))
    table.add_row("catalogue", *(f"{found.base[name]:.4g}" for name in names))
    for phrase in found.phrases:
        cells = [_effect(found, name, phrase.effects[name]) for name in names]
        table.add_row(escape(f"“{printable(phrase.text, 40)}”"), *cells)
    table.add_row("answer", *(f"{found.predicted[name]:.4g}" for name in names))
    lines = [_rendered(table)]
    for counterfactual in found.counterfactuals:
        told = ", ".join(
            f"{c.feature} {c.before:.4g} → {c.after:.4g}" for c in counterfactual.changes
        )
        lines.append(
            f"without “{printable(counterfactual.without, 60)}”: {told or 'much the same'}"
        )
    lines += [_evidence(track) for track in found.evidence[:5]]
    lines += [f"note        {printable(warning, 400)}" for warning in found.warnings]
    return "\n".join(lines)


def _evidence(track: EvidenceTrack) -> str:
    name = printable(f"{track.title or track.track_id} – {track.artist or '?'}", 80)
    licence = printable(track.licence or "licence unknown", 40)
    what = ", rendered" if track.rendered else ""
    return f"evidence    {track.weight:.2f}  {name}  [{licence}]{what}"


def most_moved(found: Explanation) -> list[str]:
    """The features that a phrase moves furthest on their typical range; a mode has no way to go."""

    def moved(name: str) -> float:
        spec = feature(name)
        low, high = spec.typical or (spec.minimum, spec.maximum)
        return max((abs(p.effects[name]) for p in found.phrases), default=0.0) / (high - low)

    return sorted((n for n in found.units if n != "key_mode"), key=lambda n: -moved(n))[:_COLUMNS]


def _effect(found: Explanation, name: str, effect: float) -> str:
    way = sum(abs(phrase.effects[name]) for phrase in found.phrases)
    return f"{effect:+.3g}" if way and abs(effect) > _SHOWN * way else "·"


def reference_line(reference: Reference) -> str:
    """ "bass: Daft Punk (artist, 4 tracks): tempo_bpm 124, energy 0.7"."""
    name = printable(reference.name or reference.text, 80)
    if reference.kind == "unknown":
        return f"{name}: not known to this catalogue"
    part = f"{reference.part}: " if reference.part else ""
    count = f", {reference.tracks} tracks" if reference.tracks else ""
    side = f", side {reference.side}" if reference.side else ""
    told = ", ".join(f"{n} {s.value:.4g}" for n, s in list(reference.features.items())[:4])
    return f"{part}{name} ({reference.kind}{count}{side}): {told or 'nothing is known of it'}"


def guidance_report(found: Guidance) -> str:
    """Better phrasings, and what was left open with its typical values."""
    lines = []
    for better in found.rephrasings:
        lines.append(f"try         {printable(better.text, 400)}")
        lines.append(f"            {printable(better.why)}; {better.narrower:.0%} narrower")
    for open_ in found.unsaid:
        words = f"; say {' or '.join(open_.say)}" if open_.say else ""
        lines.append(
            f"open        {open_.feature}: {open_.low:.4g} … {open_.high:.4g} {open_.unit}{words}"
        )
    if found.far:
        lines.append("far         nothing in the catalogue is near this prompt")
    return "\n".join(lines)


def _rendered(table: Table) -> str:
    console = Console(width=_WIDTH, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(table)
    return "\n".join(line.rstrip() for line in text.get().rstrip("\n").splitlines())
