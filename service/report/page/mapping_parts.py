"""Sections of the page about a mapping that speak of numbers: R², calibration, residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.report.page import curves
from service.report.page.html import Fixed, Html, details, escaped, note, section, table, unbroken

if TYPE_CHECKING:
    from service.report.page.mapping_page import Told

_LEVEL = 0.9


def promise(told: Told) -> Html:
    """R² of each feature beside the two baselines and the ceiling."""
    listed = told.metrics.get("features") or {}
    tops = [told.material["features"].get(name, {}).get("ceiling") for name in listed]
    top = max([0.1, *(t for t in tops if t), *(s["r2"] or 0 for s in listed.values())])
    rows = []
    for name, scores in listed.items():
        ceiling = told.material["features"].get(name, {}).get("ceiling")
        rows.append([unbroken(name), _bar(scores, ceiling, top), *_cells(scores, ceiling)])
    legend = Html(
        '<p class="quiet"><span class="key measured"></span> R² on artists it had not heard '
        '<span class="key lookup"></span> looking up the commonest tag '
        '<span class="key ceiling"></span> ceiling: what texts can tell at most</p>'
    )
    intro = note(
        "R² is the share of a feature's variation between tracks that the words explain. The "
        "ceiling comes from tracks whose texts are identical: as far as those differ, no reader of "
        "the texts can do better. The errors are in the feature's own unit."
    )
    heads = [
        "feature", "", "R²", "look-up", "ceiling", "of ceiling", "error", "of average", "unit",
        "Spearman", "CRPS skill",
    ]  # fmt: skip
    return section("promise", "What it can promise", intro, legend, table(heads, rows))


def _bar(scores: dict[str, Any], ceiling: float | None, top: float) -> Html:
    return curves.against(scores["r2"], {"lookup": scores["r2_lookup"], "ceiling": ceiling}, top)


def _cells(scores: dict[str, Any], ceiling: float | None) -> list[Any]:
    r2 = scores["r2"]
    of_ceiling = r2 / ceiling if r2 is not None and ceiling and ceiling > 0.01 else None
    first = [scores["r2"], scores["r2_lookup"], ceiling, of_ceiling]
    last = [scores["mae"], scores["mae_dummy"], scores["unit"]]
    return [*map(_two, first), *last, _two(scores["spearman"]), _two(scores["crps_skill"])]


def _two(value: float | None) -> Fixed | None:
    return None if value is None else Fixed(value)


def calibration(told: Told) -> Html:
    """Reliability of the quantiles, feature by feature."""
    levels = told.material["levels"]
    scores = told.metrics.get("features") or {}
    cards = []
    for name, found in told.material["features"].items():
        picture = curves.reliability(name, levels, found["reliability"])
        of = scores.get(name, {})
        said = ", ".join(
            f"{100 * share:.0f} % in the {level} % intervals"
            for level, share in ((50, of.get("coverage50")), (90, of.get("coverage90")))
            if share is not None
        )
        cards.append(f'<div><h3>{escaped(name)}</h3>{picture}<p class="quiet">{said}</p></div>')
    intro = note(
        "Of each predicted quantile, how many of the true values lie below it: the dots belong on "
        "the dashed line. Below it a quantile is too low, above it too high; a feature of two "
        "values, such as the mode of a key, cannot lie on it."
    )
    rows = [
        [unbroken(name), *map(_two, found["reliability"]), found["tested"]]
        for name, found in told.material["features"].items()
    ]
    heads = ["feature", *(f"below {level:g}" for level in levels), "tested"]
    grid = Html(f'<div class="cards small">{"".join(cards)}</div>')
    return section(
        "calibration", "Calibration", intro, grid, details("as a table", table(heads, rows))
    )


def groups(told: Told) -> Html:
    """Coverage of the 90% intervals on the tracks that have a term, worst first."""
    listed = told.material["groups"]
    if not listed:
        return Html("")
    rows = [
        (
            row["term"],
            curves.against(row["coverage90"], {"aim": _LEVEL}),
            _two(row["coverage90"]),
            row["tracks"],
        )
        for row in listed
    ]
    intro = note(
        "Of the commonest terms, the share of true values inside the 90 % intervals, over all "
        "features, worst first. The line is 0.9: left of it the mapping is too sure of itself."
    )
    return section(
        "groups", "Coverage by group", intro, table(["term", "", "in 90 %", "tracks"], rows)
    )


def residuals(told: Told) -> Html:
    """How far the truth lies from the prediction."""
    cards = []
    for name, found in told.material["features"].items():
        shape = found["residuals"]
        picture = curves.residuals(name, shape["edges"], shape["counts"], found["bias"])
        bias = "" if found["bias"] is None else f"{found['bias']:+.2f} on average"
        bias = bias.replace("-0.00", "+0.00")
        cards.append(f'<div><h3>{escaped(name)}</h3>{picture}<p class="quiet">{bias}</p></div>')
    intro = note(
        "Truth minus prediction, in standard deviations of the feature. A heap beside the line "
        "is a bias; a long tail is a kind of music that the words do not tell apart."
    )
    return section(
        "residuals", "Residuals", intro, Html(f'<div class="cards">{"".join(cards)}</div>')
    )
