"""What a request's edit means: another recipe over the one it starts from.

stems or regions are named            those are drawn anew by the seed; all else bit-identical
all stems are to be drawn anew        a variation: style, tempo, key and sound stay
it is to be longer, nothing is named  a continuation from the end of its last bar
anything else is asked                the notes stay; tempo, key, players and sound are refined
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from generation.sequencer.composition.compose import compose
from generation.sequencer.editing.assembling import assemble
from generation.sequencer.editing.recipe import Layer, Recipe
from generation.sequencer.editing.refining import refined
from generation.sequencer.plan import STEMS
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.timing import (
    LONGEST_S,
    bars_for,
)
from generation.sequencer.score import Score
from schemas.conditioning import ConditioningRequest
from schemas.errors import InputError
from schemas.parts import Edit, Region

_LONGER_S = 0.5
_SNAP_S = 0.05


def edited(base: Recipe, request: ConditioningRequest, seed: int, log: Log) -> Recipe:
    """The recipe of the edit that `request.edit` asks for.

    Raises
    ------
    InputError
        When the edit names a stem or region that the piece does not have, or contradicts itself.
    """
    edit = request.edit
    assert edit is not None
    stems = _stems(edit)
    redraws = bool(stems) or bool(edit.keep_regions or edit.regenerate_regions)
    if redraws:
        return _redrawn(base, edit, stems, seed)
    if request.duration_s is not None and request.duration_s > _length_s(base) + _LONGER_S:
        return _continued(base, request.duration_s, seed, log)
    return refined(base, request, log)


def _stems(edit: Edit) -> tuple[str, ...]:
    """The stems to draw anew; empty where none is named."""
    named = (*edit.keep_stems, *edit.regenerate_stems)
    if unknown := sorted(set(named) - set(STEMS)):
        raise InputError(f"edit: no stem {unknown[0]!r}; valid: {', '.join(STEMS)}")
    if both := sorted(set(edit.keep_stems) & set(edit.regenerate_stems)):
        raise InputError(f"edit: stem {both[0]!r} is both to be kept and to be regenerated")
    if edit.regenerate_stems:
        return tuple(stem for stem in STEMS if stem in edit.regenerate_stems)
    return tuple(s for s in STEMS if s not in edit.keep_stems) if edit.keep_stems else ()


def _redrawn(base: Recipe, edit: Edit, stems: tuple[str, ...], seed: int) -> Recipe:
    if any(layer.follows for layer in base.layers):
        raise InputError(
            f"edit: {edit.generation_id} is a continuation; edit the piece that it continues"
        )
    top = base.top
    regions = bool(edit.keep_regions or edit.regenerate_regions)
    if not regions and set(stems) == set(STEMS):
        plan = replace(top.plan, seed=seed, stem_seeds={}, bar_seeds={})
        return base.over(replace(top, plan=plan, stems=(), spans_s=(), follows=False))
    if not regions:
        plan = replace(top.plan, stem_seeds={**top.plan.stem_seeds, **dict.fromkeys(stems, seed)})
        kept = {  # a stem drawn anew as a whole is no longer held to bars drawn earlier
            bar: {s: n for s, n in by_stem.items() if s not in stems}
            for bar, by_stem in top.plan.bar_seeds.items()
        }
        plan = replace(plan, bar_seeds={bar: by for bar, by in kept.items() if by})
        return base.over(replace(top, plan=plan, stems=stems, spans_s=(), follows=False))
    score = compose(top.plan)
    bars, spans = _spans(edit, score, top.length_s)
    chosen = stems or STEMS
    seeds = {bar: dict(by_stem) for bar, by_stem in top.plan.bar_seeds.items()}
    for bar in bars:
        seeds[bar] = seeds.get(bar, {}) | dict.fromkeys(chosen, seed)
    plan = replace(top.plan, bar_seeds=seeds)
    return base.over(replace(top, plan=plan, stems=stems, spans_s=spans, follows=False))


def _spans(
    edit: Edit, score: Score, length_s: float
) -> tuple[list[int], tuple[tuple[float, float], ...]]:
    """(bars to draw anew, spans in seconds that hold them); spans lie inside what was asked."""
    regions = edit.regenerate_regions or _complement(edit.keep_regions, length_s)
    lines = [score.seconds(bar * score.bar_quarters) for bar in range(score.bars + 1)]
    lines[-1] = max(lines[-1], length_s)
    bars: list[int] = []
    spans = []
    for region in regions:
        inside = [
            bar
            for bar in range(score.bars)
            if lines[bar] >= region.start_s - _SNAP_S and lines[bar + 1] <= region.end_s + _SNAP_S
        ]
        if not inside:
            bar_s = lines[1] - lines[0]
            raise InputError(
                f"edit: the region {region.start_s:g} … {region.end_s:g} s holds no whole bar of "
                f"the piece ({length_s:g} s, bars of {bar_s:.2f} s from 0 on)"
            )
        start = max(region.start_s, lines[inside[0]])
        end = min(region.end_s, lines[inside[-1] + 1], length_s)
        bars += inside
        spans.append((start, end))
    return bars, tuple(spans)


def _complement(kept: Sequence[Region], length_s: float) -> list[Region]:
    """What lies between and around the regions to keep."""
    found, at = [], 0.0
    for region in sorted(kept, key=lambda one: one.start_s):
        if region.start_s > at:
            found.append(Region(start_s=at, end_s=region.start_s))
        at = max(at, region.end_s)
    if at < length_s:
        found.append(Region(start_s=at, end_s=length_s))
    return found


def _length_s(recipe: Recipe) -> float:
    length, bars_s = 0.0, 0.0
    for layer in recipe.layers:
        length = bars_s + layer.length_s if layer.follows else layer.length_s
        bars_s = (bars_s if layer.follows else 0.0) + compose(layer.plan).length_s
    return length


def _continued(base: Recipe, length_s: float, seed: int, log: Log) -> Recipe:
    top = base.top
    first = assemble(base).score
    left = min(length_s, LONGEST_S) - first.length_s
    bar_s = top.plan.beats * 4 / top.plan.unit * 60 / top.plan.tempo_bpm
    last = first.sections[-1]
    plan = replace(
        top.plan,
        bars=bars_for(left, bar_s, "end"),
        ending="end",
        sections=(),
        tonic=last.tonic,
        seed=seed,
        stem_seeds={},
        bar_seeds={},
        melody=(),
        chords=(),
    )
    log.note(f"continued from {first.length_s:.2f} s on; what was there before is unchanged")
    layer = Layer(plan=plan, mixing=replace(top.mixing, fade_in_s=0.0), length_s=left, follows=True)
    return Recipe(layers=(*base.layers, layer), sounds=base.sounds)
