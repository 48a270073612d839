"""Sections of the page that speak of the data: coverage, licences, repeats, rejects, runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from schemas.features import groups
from service.report.page import charts
from service.report.page.gather import Catalogue
from service.report.page.html import Html, details, escaped_long, note, section, share, table

_SOURCES = 8


def attention(found: Catalogue) -> Html:
    lines = [
        (row["text"], Html(f"<code>{escaped_long(row['command'])}</code>"))
        for row in found.status["attention"]
    ]
    listed = table(["what", "command"], lines, empty="nothing")
    return section("attention", "What needs attention", listed)


def coverage(found: Catalogue) -> Html:
    """Feature by source: who says how much."""
    by_source: Mapping[str, Mapping[str, int]] = found.status["feature_coverage"]
    totals: Counter[str] = Counter()
    for counts in by_source.values():
        totals.update(counts)
    sources = [name for name, _ in totals.most_common(_SOURCES)]
    kinds = found.status["coverage_by_kind"]
    tracks = found.status["tracks"]
    rows = []
    for group, members in groups().items():
        for spec in members:
            counts = by_source.get(spec.name, {})
            whole = sum(counts.values())
            others = whole - sum(counts.get(name, 0) for name in sources)
            shown = [counts.get(name, 0) or None for name in sources]
            extra = [others or None] if len(totals) > _SOURCES else []
            bar = charts.stack(kinds.get(spec.name, {}), tracks)
            rows.append([group, spec.name, bar, share(whole, tracks), *shown, *extra])
    legend = Html(
        '<p class="quiet"><span class="key measured"></span> measured '
        '<span class="key imported"></span> imported <span class="key override"></span> corrected '
        'by a person <span class="key rest"></span> no value</p>'
    )
    rest = ["other sources"] if len(totals) > _SOURCES else []
    heads = ["group", "feature", "", "of all tracks", *sources, *rest]
    intro = note("Of each feature, how many tracks have a value, and who says so.")
    return section("coverage", "Coverage", intro, legend, table(heads, rows))


def licences(found: Catalogue) -> Html:
    """By layer, known, unclear and none; then the licences by name."""
    tracks = found.status["tracks"]
    rows: list[list[Any]] = []
    for row in found.status["rights_by_layer"]:
        parts = {"known": row["known"], "unclear": row["stated"] - row["known"]}
        none = tracks - row["stated"]
        rows.append([row["layer"], charts.stack(parts, tracks), *parts.values(), none])
    listed = [
        [row["layer"], row["licence"], row["tracks"]] for row in found.status["licences"][:60]
    ]
    intro = note(
        "A recording, a composition, the words about it and the numbers measured on it may each "
        "have a licence of their own. Unclear is a statement that names no licence beyond doubt."
    )
    return section(
        "licences",
        "Licences",
        intro,
        table(["layer", "", "known", "unclear", "none"], rows, empty="no track has a statement"),
        details("licences by name", table(["layer", "licence", "tracks"], listed)),
    )


def repeats(found: Catalogue) -> Html:
    """Links between repeats with their evidence, and values that a person has set."""
    by_method = [(row["method"], row["links"], row["undone"]) for row in found.status["duplicates"]]
    links = [
        (
            row["title"],
            row["artist"],
            row["canonical_title"],
            row["canonical_artist"],
            row["score"],
            row["evidence"],
            "undone" if row["undone_at"] else "linked",
        )
        for row in found.duplicates
    ]
    heads = ["track", "artist", "repeats", "artist", "score", "evidence", "state"]
    corrected = [
        (
            row["title"],
            row["artist"],
            row["metric"],
            row["value"],
            row["note"],
            row["author"],
            "withdrawn" if row["withdrawn_at"] else "in force",
        )
        for row in found.overrides
    ]
    return section(
        "repeats",
        "Repeats and corrections",
        note("Repeats are linked, never merged; a link and a correction can both be taken back."),
        table(["found by", "links", "undone"], by_method, empty="no repeats"),
        details(f"the first {len(links)} links with their evidence", table(heads, links)),
        Html("<h3>Values corrected by a person</h3>"),
        table(
            ["track", "artist", "feature", "value", "note", "by", "state"], corrected, empty="none"
        ),
    )


def rejects(found: Catalogue) -> Html:
    """Why inputs were not accepted whole, with a few examples of each reason."""
    reasons = {row["reason"]: row["count"] for row in found.rejects}
    examples = [
        (row["reason"], row["uri"], row["stage"], row["detail"], row["last_seen"])
        for row in found.rejects
    ]
    heads = ["reason", "input", "stage", "detail", "last seen"]
    return section(
        "rejects",
        "What was not accepted whole",
        note("Nothing is lost: every input of every run ends as exactly one outcome."),
        charts.bars(reasons, ("reason", "inputs")),
        details("examples", table(heads, examples)),
    )


def runs(found: Catalogue) -> Html:
    moments, rows = [], []
    for row in found.runs:
        counts = {name: n for name, n in json.loads(row["counts"]).items() if n}
        numbers = [n for n in counts.values() if isinstance(n, int)]
        took = (row["ended_at"] - row["started_at"]).total_seconds()
        said = ", ".join(f"{n} {name}" for name, n in counts.items())
        title = f"{row['flow']}, {row['state']}: {said}"
        moments.append(charts.Moment(row["started_at"], row["state"], sum(numbers), title))
        rows.append(
            (row["started_at"], row["flow"], row["state"], round(took, 1), said, row["message"])
        )
    heads = ["start", "run", "state", "seconds", "counts", "message"]
    behind = details("as a table", table(heads, rows, empty="no run yet"))
    return section("runs", "Runs", charts.timeline(moments), behind)


def calibrations(found: Catalogue) -> Html:
    """How numbers of metadata sets were brought to the measured scale; left out without any."""
    listed = found.status["calibrations"]
    if not listed:
        return Html("")
    rows = [
        (
            row["metric"],
            row["source"],
            row["reference"],
            row["reason"] or row["method"],
            row["tracks"],
            row["error_before"],
            row["error_after"],
        )
        for row in listed
    ]
    heads = ["feature", "source", "scale of", "method", "tracks", "error before", "error after"]
    intro = note("Mean absolute error on held-out tracks, in the unit of the feature.")
    return section("calibrations", "Calibrations", intro, table(heads, rows))
