"""The page about reviews: what was met, what listeners prefer, where they and the extractor part,
and what the data propose to change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipelines.reviewing.adherence import Cell
from pipelines.reviewing.findings import Findings
from service.report.page import review_charts as charts
from service.report.page.document import document
from service.report.page.html import (
    Fixed,
    Html,
    details,
    escaped,
    facts,
    note,
    section,
    table,
    unbroken,
)

_MOST_STYLES = 40
_MOST_PIECES = 20


def review_page(found: Findings) -> str:
    """The whole document."""
    kept = parts(found)
    anchors = {anchor: title for anchor, title, _ in kept}
    body = "".join(section(anchor, title, body) for anchor, title, body in kept)
    head = Html(f"<h1>What was made, and what is said of it</h1>{summary(found)}")
    return document("Reviews", head, anchors, Html(body))


def parts(found: Findings) -> list[tuple[str, str, Html]]:
    """Anchor, title and body of each section; those that have nothing to say are left out."""
    drawn = [(anchor, title, draw(found)) for anchor, title, draw in _SECTIONS]
    return [(anchor, title, body) for anchor, title, body in drawn if body]


def summary(found: Findings) -> Html:
    """The counts that come first."""
    hits, asked = (sum(getattr(c, name) for c in found.engines) for name in ("hits", "count"))
    counts = {
        "generations": found.pieces,
        "unreviewed": found.unreviewed,
        "listeners": len(found.listeners),
        "features asked": asked,
        "of them met": f"{hits / asked:.0%}" if asked else "–",
        "proposals": len(found.proposals),
    }
    return facts(counts)


def _proposals(found: Findings) -> Html:
    lead = note(
        "Each rests on a test of its generations, and all tests are corrected together: where "
        "nothing is wrong, one page in twenty proposes something. Nothing is changed by itself."
    )
    rows = [
        (
            unbroken(one.kind),
            unbroken(one.subject),
            unbroken(one.feature),
            float(f"{one.before:.4g}"),
            float(f"{one.after:.4g}"),
            unbroken(one.unit),
            unbroken(f"{one.speak_for_it} of {one.count}"),
            float(f"{one.p_value:.2g}"),
            one.says,
        )
        for one in found.proposals
    ]
    heads = ("kind", "subject", "feature", "before", "after", "unit", "for it", "p", "in words")
    empty = "none: nothing in the reviews stands out beyond chance"
    return Html(lead + table(heads, rows, empty=empty))


def _cells(cells: Sequence[Cell]) -> Html:
    rows = [
        (
            c.group,
            unbroken(c.feature),
            c.count,
            c.hits,
            Fixed(c.hits / c.count),
            Fixed(c.low),
            Fixed(c.high),
            None if c.bias is None else Fixed(c.bias),
        )
        for c in cells
    ]
    heads = ("", "feature", "asked", "met", "share", "95 % from", "to", "bias")
    return table(heads, rows)


def _engines(found: Findings) -> Html:
    if not found.engines:
        return Html("")
    lead = note(
        "Share of what was asked that the extractor found met, with its 95 % interval. The bias "
        "is the median of measured less asked, as a share of the feature's typical range."
    )
    picture = charts.shares(found.engines, "Met, by engine and feature")
    return Html(lead + picture + details("as numbers", _cells(found.engines)))


def _styles(found: Findings) -> Html:
    if not found.styles:
        return Html("")
    worst = sorted(found.styles, key=lambda c: (c.high, c.low))[:_MOST_STYLES]
    lead = note(f"The {len(worst)} least met first; what words named no style stands apart.")
    picture = charts.shares(worst, "Met, by style and feature")
    return Html(lead + picture + details("all as numbers", _cells(found.styles)))


def _disagreement(found: Findings) -> Html:
    if not found.disagreements:
        return Html("")
    lead = note(
        "One vote a generation: what most listeners heard. Blue: both say met, or both say "
        "missed. Ochre: met by measure alone. Green: met by ear alone."
    )
    rows = [
        (
            unbroken(d.feature),
            d.both_right,
            d.both_wrong,
            d.only_extractor,
            d.only_listeners,
            None if d.kappa is None else Fixed(d.kappa),
            ", ".join(d.examples),
        )
        for d in found.disagreements
    ]
    heads = ("feature", "both met", "both missed", "measure alone", "ear alone", "kappa", "as in")
    numbers = details("as numbers", table(heads, rows))
    return Html(lead + charts.votes(found.disagreements) + numbers)


def _ratings(found: Findings) -> Html:
    if not found.ratings:
        return Html("")
    rows = [
        (
            one.engine,
            Fixed(1 + 4 * one.mean),
            Fixed(1 + 4 * one.low),
            Fixed(1 + 4 * one.high),
            one.generations,
            one.listeners,
        )
        for one in found.ratings
    ]
    heads = ("engine", "mean, 1 … 5", "95 % from", "to", "generations", "listeners")
    return table(heads, rows)


def _choices(found: Findings) -> Html:
    parts = []
    for compared in found.comparisons:
        parts.append(Html(f"<h3>{escaped(compared.criterion)}</h3>"))
        if compared.engines:
            parts.append(charts.strengths(compared.engines, f"Engines: {compared.criterion}"))
        first = compared.generations[:_MOST_PIECES]
        parts.append(charts.strengths(first, f"Generations: {compared.criterion}"))
    if not parts:
        return Html("")
    lead = note(
        "Strengths by Bradley and Terry, in log-odds against the average: one more is chosen "
        "2.7 times as often as not. Lines are 95 % intervals; beside them, choices won."
    )
    return Html(lead + "".join(parts))


def _agreement(found: Findings) -> Html:
    if not found.agreements:
        return Html("")
    lead = note(
        "Krippendorff's alpha over what two or more listeners judged: 1 perfect, 0 chance. Below "
        "0.67 single listeners say little, and their number has to make up for it."
    )
    rows = [
        (unbroken(a.what), None if a.alpha is None else Fixed(a.alpha), a.units, a.listeners)
        for a in found.agreements
    ]
    return Html(lead + table(("on", "alpha", "shared", "listeners"), rows))


_SECTIONS: tuple[tuple[str, str, Callable[[Findings], Html]], ...] = (
    ("proposals", "Proposals", _proposals),
    ("engines", "Met, by engine", _engines),
    ("styles", "Met, by style", _styles),
    ("disagreement", "Extractor and listeners", _disagreement),
    ("ratings", "Ratings", _ratings),
    ("choices", "Choices", _choices),
    ("agreement", "Agreement of listeners", _agreement),
)
