"""What was asked against what was measured, for a person to read."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generation.around.keeping import Kept
from pipelines.printable import printable
from schemas.features import feature
from schemas.generation import FeatureResult, GenerationResult

_WIDTH = 110
_LONGEST = 200
_REASONS = {"no_model": "no tagger is set: WORDTONE_TAGGER"}
_MARKS = {True: "✓", False: "✗", None: ""}


def generation_report(kept: Kept, place: str | None = None) -> str:
    """One generation: a table of its features, then what it could not take and what was done.

    `place` is where it is kept, its folder otherwise.
    """
    result = kept.result
    lines = [_rendered(_table(result)), *_unmeasured(result), *_facts(kept, place)]
    lines += [f"ignored     {printable(', '.join(result.ignored), 400)}"] if result.ignored else []
    lines += [f"note        {printable(note, 400)}" for note in result.notes]
    return "\n".join(lines)


def generations_report(found: Iterable[Kept]) -> str:
    """A line each: id, engine, length, hits, prompt."""
    table = Table(box=None)
    for heading in ("generation", "engine", "length", "met", "prompt"):
        table.add_column(heading, no_wrap=True)
    for kept in found:
        result = kept.result
        counted = [one for one in result.features if one.hit is not None]
        table.add_row(
            result.generation_id,
            result.provenance.engine,
            f"{result.audio[0].duration_s:.1f} s" if result.audio else "",
            f"{sum(bool(one.hit) for one in counted)} of {len(counted)}",
            escape(printable(result.request.prompt.text, 60)),
        )
    return _rendered(table) if table.row_count else "no generations yet"


def _table(result: GenerationResult) -> Table:
    title = printable(result.request.prompt.text, _LONGEST)
    table = Table(title=escape(f"“{title}”"), title_justify="left", box=None)
    for heading in ("feature", "asked", "measured", "accepted", "met", "by", "note"):
        table.add_column(heading, no_wrap=heading != "note")
    for one in result.features:
        if one.asked is None or one.measured is None:
            continue
        table.add_row(
            one.feature, _value(one, one.asked), _value(one, one.measured, bare=True),
            _accepted(one, result), _MARKS[one.hit], one.applied.value, escape(_note(one)),
        )  # fmt: skip
    return table


def _unmeasured(result: GenerationResult) -> list[str]:
    """What was asked and could not be measured, by the reason."""
    reasons: dict[str, list[str]] = {}
    for one in result.features:
        if one.asked is not None and one.measured is None:
            _, _, reason = one.note.rpartition("not measured: ")
            reasons.setdefault(_REASONS.get(reason, reason), []).append(one.feature)
    return [f"unmeasured  {', '.join(names)} ({why})" for why, names in reasons.items()]


def _facts(kept: Kept, place: str | None) -> list[str]:
    result = kept.result
    tried = len(result.candidates)
    length = f"{result.audio[0].duration_s:.1f} s" if result.audio else "no sound"
    seeds = f"seed {result.seed}"
    of = f", the best of {tried} candidates" if tried > 1 else ""
    lines = [f"engine      {result.provenance.engine}, {length}, {seeds}{of}"]
    lines += [f"licence     {one.id}: {one.licence}" for one in result.weights]
    lines.append(f"kept        {place or kept.folder}")
    return lines


def _value(one: FeatureResult, value: float | str | None, bare: bool = False) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    unit = "" if bare or one.feature == "key" else feature(one.feature).unit
    unit = "" if unit[:1].isdigit() else unit  # "1" for no unit, "1 major, 0 minor"
    return f"{value:.4g} {unit}".rstrip()


def _accepted(one: FeatureResult, result: GenerationResult) -> str:
    if one.tolerance is not None:
        return f"± {one.tolerance:.3g}" if one.tolerance else "exact"
    condition = result.request.features.get(one.feature)
    if condition is None:
        return ""
    if condition.low is not None or condition.high is not None:
        low = "" if condition.low is None else f"{condition.low:.4g}"
        return f"{low} … {'' if condition.high is None else f'{condition.high:.4g}'}".strip()
    q = condition.quantiles
    return f"{q.p05:.4g} … {q.p95:.4g}" if q else ""


def _note(one: FeatureResult) -> str:
    clamp = f"aimed for {_value(one, one.aimed, bare=True)}" if one.clamped_from is not None else ""
    return "; ".join(text for text in (one.corrected, clamp, one.note) if text)


def _rendered(table: Table) -> str:
    console = Console(width=_WIDTH, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(table)
    return "\n".join(line.rstrip() for line in text.get().rstrip("\n").splitlines())
