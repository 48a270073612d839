"""A piece between two others."""

from __future__ import annotations

from dataclasses import replace

from generation.sequencer.editing.recipe import Layer, Recipe
from generation.sequencer.planning.choosing import MOST_STYLES, StyleWeights
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.timing import bars_for
from schemas.errors import InputError

_TRACE = 0.01  # a style of less weight is left out


def between(first: Recipe, second: Recipe, share: float, log: Log) -> Recipe:
    """A piece between two: numbers are interpolated, styles blended, the rest is the nearer's.

    Raises
    ------
    InputError
        When `share` is not within 0 … 1.
    """
    if not 0 <= share <= 1:
        raise InputError(f"share: {share}; valid is 0 … 1")
    one, other = first.top, second.top
    near = one if share < 0.5 else other

    def mixed(a: float, b: float) -> float:
        return a + (b - a) * share

    tempo = one.plan.tempo_bpm ** (1 - share) * other.plan.tempo_bpm**share
    bar_s = near.plan.beats * 4 / near.plan.unit * 60 / tempo
    length = mixed(one.length_s, other.length_s)
    bars = bars_for(length, bar_s, near.plan.ending)
    plan = replace(
        near.plan,
        styles=_styles(one.plan.styles, other.plan.styles, share),
        tempo_bpm=tempo,
        density=mixed(one.plan.density, other.plan.density),
        intensity=mixed(one.plan.intensity, other.plan.intensity),
        bars=bars,
        sections=near.plan.sections if bars == near.plan.bars else (),
        bar_seeds={},
    )
    a, b = one.mixing, other.mixing
    levels = [-14.0 if m.loudness_lufs is None else m.loudness_lufs for m in (a, b)]
    mixing = replace(
        near.mixing,
        tilt_db=mixed(a.tilt_db, b.tilt_db),
        drive=mixed(a.drive, b.drive),
        loudness_lufs=mixed(*levels),
        room=mixed(a.room, b.room),
        echo=mixed(a.echo, b.echo),
        sidechain=mixed(a.sidechain, b.sidechain),
    )
    log.note(f"between two pieces: {1 - share:.0%} of the first, {share:.0%} of the second")
    whole = bars * bar_s if plan.ending == "loop" else length
    layer = Layer(plan=plan, mixing=mixing, length_s=whole)
    return Recipe(layers=(layer,), sounds="own" if second.sounds == "own" else first.sounds)


def _styles(first: StyleWeights, second: StyleWeights, share: float) -> StyleWeights:
    """Both blends together, heaviest first, weights summing to 1."""
    found: dict[str, float] = {}
    for styles, weight in ((first, 1 - share), (second, share)):
        for name, part in styles:
            found[name] = found.get(name, 0.0) + weight * part
    heavy = sorted(found.items(), key=lambda item: -item[1])[:MOST_STYLES]
    kept = [(name, weight) for name, weight in heavy if weight > _TRACE]
    total = sum(weight for _, weight in kept)
    return tuple((name, weight / total) for name, weight in kept)
