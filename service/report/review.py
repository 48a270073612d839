"""What reviews say, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.reviewing.adherence import Cell
from pipelines.reviewing.findings import Findings
from pipelines.reviewing.preferences import Strength
from service.backends.backend import Unjudged
from service.report.analysis import printable

_MOST_LISTED = 20


def unreviewed_report(pieces: Sequence[Unjudged]) -> str:
    """Ids and prompts of what nobody has reviewed, the last first."""
    if not pieces:
        return "nothing is unreviewed: `wordtone generate` makes more"
    lines = [f"{len(pieces)} unreviewed; `wordtone review ID --rating 1…5`"]
    lines += [
        f"  {p.generation_id}  {p.engine:<18} {printable(p.prompt)[:70]}"
        for p in pieces[:_MOST_LISTED]
    ]
    if len(pieces) > _MOST_LISTED:
        lines.append(f"  … and {len(pieces) - _MOST_LISTED} more")
    return "\n".join(lines)


def findings_report(found: Findings) -> str:
    """Adherence, ratings, choices, agreement, disagreement and proposals, a part each."""
    lines = [
        f"{found.pieces} generations, {found.unreviewed} unreviewed, "
        f"{len(found.listeners)} listeners"
    ]
    lines += _part("met, by engine", (_cell(cell) for cell in found.engines))
    lines += _part(
        "ratings, 1 … 5",
        (
            f"{one.engine:<20} {1 + 4 * one.mean:.2f}  "
            f"({1 + 4 * one.low:.2f} … {1 + 4 * one.high:.2f}; {one.generations} generations)"
            for one in found.ratings
        ),
    )
    for compared in found.comparisons:
        title = f"choices: {printable(compared.criterion)}"
        lines += _part(title, map(_strength, compared.engines or compared.generations[:10]))
    lines += _part(
        "listeners agree (Krippendorff's alpha)",
        (
            f"{one.what:<20} {'–' if one.alpha is None else f'{one.alpha:.2f}'}  "
            f"({one.units} shared, {one.listeners} listeners)"
            for one in found.agreements
        ),
    )
    lines += _part(
        "extractor against listeners",
        (
            f"{one.feature:<20} agree {one.both_right + one.both_wrong} of {one.count}; "
            f"{one.only_extractor} met by measure alone, {one.only_listeners} by ear alone"
            for one in found.disagreements
        ),
    )
    lines += _part("proposals", (f"{p.says} (p = {p.p_value:.2g})" for p in found.proposals))
    if not found.proposals:
        lines.append("\nproposals\n  none: nothing stands out beyond chance")
    return "\n".join(lines)


def _part(title: str, rows: Iterable[str]) -> list[str]:
    listed = [f"  {row}" for row in rows]
    return [f"\n{title}", *listed] if listed else []


def _cell(cell: Cell) -> str:
    bias = "" if cell.bias is None else f"  bias {cell.bias:+.0%}"
    return (
        f"{cell.group:<20} {cell.feature:<20} {cell.hits:>4} of {cell.count:<4} "
        f"({cell.low:.0%} … {cell.high:.0%}){bias}"
    )


def _strength(one: Strength) -> str:
    return (
        f"{printable(one.name):<34} {one.strength:+.2f}  ({one.low:+.2f} … {one.high:+.2f}; "
        f"{one.won} of {one.compared})"
    )
