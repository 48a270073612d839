"""A recipe becomes sound again: its layers rendered and laid over each other.

The bus of the lowest layer (its gain curve) is that of every layer over it: so a stem whose notes
did not change is the same sample for sample, and outside of the spans that an edit names the
samples of what lies below are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from generation.contract import Generated, Progress, silent
from generation.sequencer.controlling.making import render_again
from generation.sequencer.editing.recipe import Layer, Recipe, as_json
from generation.sequencer.export.midi import midi_bytes
from generation.sequencer.plan import STEMS
from generation.sequencer.planning.log import Log
from generation.sequencer.score import Part, Score
from generation.sequencer.synthesis.dynamics import Master
from generation.sequencer.synthesis.mixing import Rendered, mix
from generation.sequencer.synthesis.signal import RATE_HZ, Samples
from schemas.audio import Audio
from schemas.generation import Weights

_IN_S, _OUT_S = 0.004, 0.03  # inside a span, from the old to the new and back
_LOUDEST = 10 ** (-0.1 / 20)
_QUIETER, _QUIETEST = 0.9, 0.7

Stems = dict[str, Samples]


@dataclass(frozen=True, slots=True)
class Assembled:
    score: Score
    rendered: Rendered


def assemble(recipe: Recipe, progress: Progress = silent) -> Assembled:
    """Render a recipe; the same recipe gives the same samples."""
    below: Assembled | None = None
    master: Master | None = None
    for number, layer in enumerate(recipe.layers):
        progress(number / len(recipe.layers), "rendering")
        made = _rendered(layer, recipe, master if not layer.follows else None)
        if below is None or layer.whole:
            below, master = made, made.rendered.master
        elif layer.follows:
            below = _followed(below, made)
        else:
            below = _laid(below, made, layer)
    assert below is not None
    progress(1.0, "rendered")
    return below


def generated(
    recipe: Recipe,
    seed: int,
    log: Log,
    parents: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Generated:
    """The recipe as an engine's answer."""
    made = assemble(recipe, progress)
    return packed(recipe, made.score, made.rendered, seed, log, parents)


def packed(
    recipe: Recipe,
    score: Score,
    rendered: Rendered,
    seed: int,
    log: Log,
    parents: tuple[str, ...] = (),
) -> Generated:
    """What was made, with its account."""
    for note in rendered.notes:
        log.note(note)
    return Generated(
        mix=Audio(rendered.mix, rendered.rate_hz),
        seed=seed,
        applied=log.applied,
        stems={name: Audio(samples, rendered.rate_hz) for name, samples in rendered.stems.items()},
        stem_seeds=dict(recipe.top.plan.stem_seeds),
        midi=midi_bytes(score),
        ignored=tuple(log.ignored),
        notes=tuple(log.notes),
        weights=(rendered.bank,) if rendered.bank is not None else (),
        recipe=as_json(recipe),
        parents=parents,
    )


def _rendered(layer: Layer, recipe: Recipe, master: Master | None) -> Assembled:
    own = recipe.sounds == "own"
    score, dry = render_again(layer.plan, layer.mixing, layer.length_s, own)
    return Assembled(score, mix(dry, layer.mixing, master))


def _laid(below: Assembled, made: Assembled, layer: Layer) -> Assembled:
    """The stems and spans of `made` that the layer names, over what is below."""
    old, new = below.rendered.stems, made.rendered.stems
    names = [name for name in STEMS if name in old or name in new]
    length = below.rendered.mix.shape[1]
    weights = _weights(layer.spans_s, length)
    empty = np.zeros((2, length), np.float32)
    changed = [name for name in names if not layer.stems or name in layer.stems]
    gain = np.float32(1.0)
    while True:
        stems = dict(old)
        for name in changed:
            stems[name] = _spliced(old.get(name, empty), gain * new.get(name, empty), weights)
        total = _sum({name: stems[name] for name in names}, length)
        if gain < _QUIETEST or float(np.abs(total).max()) <= max(_LOUDEST, _peak(below)):
            break
        gain *= np.float32(_QUIETER)  # the bus is frozen, so what is new makes way instead
    over = total - np.clip(total, -_LOUDEST, _LOUDEST)
    if over.any():
        # What was limited together may be too loud apart; the new stem takes the tips off the sum.
        stems[changed[0]] = stems[changed[0]] - over
        total = _sum({name: stems[name] for name in names}, length)
    ordered = {name: stems[name] for name in names}
    rendered = replace(below.rendered, stems=ordered, mix=total, bank=_bank(below, made))
    return Assembled(made.score, rendered)


def _spliced(old: Samples, new: Samples, weights: Samples | None) -> Samples:
    """`old` where the weight is 0, sample for sample; `new` where it is 1."""
    if weights is None:
        return new
    inside = weights > 0
    found = old.copy()
    found[:, inside] += weights[inside] * (new[:, inside] - old[:, inside])
    full = weights == 1
    found[:, full] = new[:, full]
    return found


def _weights(spans_s: Iterable[tuple[float, float]], length: int) -> Samples | None:
    """Share of the new at each sample; None where all is new."""
    spans = list(spans_s)
    if not spans:
        return None
    weights = np.zeros(length, np.float32)
    for start_s, end_s in spans:
        start, end = round(start_s * RATE_HZ), min(round(end_s * RATE_HZ), length)
        count = max(0, end - start)
        ramp = np.minimum(1.0, (np.arange(count) + 1) / max(1, round(_IN_S * RATE_HZ)))
        back = np.minimum(1.0, np.arange(count, 0, -1) / max(1, round(_OUT_S * RATE_HZ)))
        if end == length:
            back = np.ones(count)
        weights[start:end] = np.maximum(weights[start:end], np.minimum(ramp, back))
    return weights


def _followed(below: Assembled, after: Assembled) -> Assembled:
    """`after` from where the bars of `below` end; what rings on there is summed."""
    start = round(below.score.length_s * RATE_HZ)
    length = max(below.rendered.mix.shape[1], start + after.rendered.mix.shape[1])
    stems: Stems = {}
    for name in STEMS:
        parts = ((0, below.rendered.stems.get(name)), (start, after.rendered.stems.get(name)))
        present = [(at, samples) for at, samples in parts if samples is not None]
        if present:
            stems[name] = np.zeros((2, length), np.float32)
            for at, samples in present:
                stems[name][:, at : at + samples.shape[1]] += samples
    rendered = replace(
        below.rendered, stems=stems, mix=_sum(stems, length), bank=_bank(below, after)
    )
    return Assembled(_joined(below.score, after.score), rendered)


def _joined(first: Score, second: Score) -> Score:
    """Both scores, one after the other."""
    shift = first.bars * first.bar_quarters
    parts = list(first.parts)
    for part in second.parts:
        notes = tuple(replace(note, start=note.start + shift) for note in part.notes)
        same = next((i for i, one in enumerate(parts) if _same(one, part)), None)
        if same is None:
            parts.append(replace(part, notes=notes))
        else:
            parts[same] = replace(parts[same], notes=(*parts[same].notes, *notes))
    sections = (replace(s, first_bar=s.first_bar + first.bars) for s in second.sections)
    chords = (replace(chord, start=chord.start + shift) for chord in second.chords)
    tempi = ((at + shift, bpm) for at, bpm in second.tempi)
    return replace(
        second,
        parts=tuple(sorted(parts, key=lambda part: STEMS.index(part.stem))),
        sections=(*first.sections, *sections),
        chords=(*first.chords, *chords),
        tempi=(*first.tempi, *tempi),
        bars=first.bars + second.bars,
    )


def _same(one: Part, other: Part) -> bool:
    return (one.stem, one.instrument) == (other.stem, other.instrument)


def _bank(one: Assembled, other: Assembled) -> Weights | None:
    return one.rendered.bank or other.rendered.bank


def _peak(one: Assembled) -> float:
    return float(np.abs(one.rendered.mix).max())


def _sum(stems: Stems, length: int) -> Samples:
    total = np.zeros((2, length), np.float32)
    for samples in stems.values():
        total += samples
    return total
