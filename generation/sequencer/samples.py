"""Samples without a prompt: one-shots by category, and loops by style, tempo and key.

A loop is a short piece of the composer's whose last bar leads to its first and whose tails are laid
over its start; with `stem`, one of its stems alone. Files are named by what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from generation.sequencer.composition.compose import compose
from generation.sequencer.oneshots import DRUM_KEYS, FAMILIES, NAMES, Sample, one_shot
from generation.sequencer.plan import STEMS, Plan
from generation.sequencer.styles.library import entries
from generation.sequencer.synthesis.mixing import Mixing, render
from generation.sequencer.synthesis.signal import RATE_HZ
from schemas.audio import Audio
from schemas.errors import InputError
from schemas.styles import style

LOOP = "loop"
CATEGORIES: tuple[str, ...] = (*DRUM_KEYS, *FAMILIES, LOOP)
MOST = 10_000

_LOOP_BARS = (1, 2, 4)
_LOOP_LUFS = -14.0
_SHARPS = {"C#": 1, "D#": 3, "F#": 6, "G#": 8, "A#": 10, "Cb": 11, "Fb": 4, "E#": 5, "B#": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to draw; everything after `seed` is of loops alone, and drawn where it is None.

    Attributes
    ----------
    categories : of CATEGORIES
    count : of each
    style : an id of schemas/styles.toml
    key : "A minor", "Bb major"
    stem : one of STEMS alone
    own_sounds : use no sampled sound
    """

    categories: tuple[str, ...]
    count: int = 1
    seed: int = 0
    style: str | None = None
    bars: int | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    stem: str | None = None
    own_sounds: bool = False


def draw(wanted: Wanted) -> Iterator[Sample]:
    """Samples one after the other; sample number n of a category depends on seed and n alone.

    Raises
    ------
    InputError
        When a category, stem, style or key is not known, or a number is out of its range.
    """
    _check(wanted)
    return _drawn(wanted)


def _drawn(wanted: Wanted) -> Iterator[Sample]:
    for category in wanted.categories:
        for number in range(wanted.count):
            seed = int(np.random.SeedSequence([wanted.seed, number]).generate_state(1)[0])
            if category == LOOP:
                made = _loop(wanted, seed)
            else:
                made = one_shot(category, seed, own_sounds=wanted.own_sounds)
            yield replace(made, name=f"{made.name}_{number + 1:02}")


def _check(wanted: Wanted) -> None:
    for category in wanted.categories:
        if category not in CATEGORIES:
            raise InputError(f"category {category!r}; valid is {', '.join(CATEGORIES)}")
    if not 1 <= wanted.count <= MOST:
        raise InputError(f"count: {wanted.count}; valid is 1 … {MOST}")
    if wanted.stem is not None and wanted.stem not in STEMS:
        raise InputError(f"stem {wanted.stem!r}; valid is {', '.join(STEMS)}")
    if wanted.bars is not None and not 1 <= wanted.bars <= 32:
        raise InputError(f"bars: {wanted.bars}; valid is 1 … 32")
    if wanted.tempo_bpm is not None and not 40 <= wanted.tempo_bpm <= 240:
        raise InputError(f"tempo: {wanted.tempo_bpm:g}; valid is 40 … 240 BPM")
    if wanted.style is not None:
        style(wanted.style)
    if wanted.key is not None:
        parse_key(wanted.key)


def parse_key(text: str) -> tuple[int, str]:
    """ "A minor", "Bb major", "F#m", "c" → pitch class and "major" or "minor".

    Raises
    ------
    InputError
        When it is no key.
    """
    found = re.fullmatch(r"\s*([A-Ga-g])([#b]?)\s*(m|min|minor|maj|major)?\s*", text)
    if found is None:
        raise InputError(f"key {text!r}; valid is as 'A minor', 'Bb major', 'F#m'")
    name = found[1].upper() + found[2]
    tonic = _SHARPS[name] if name in _SHARPS else NAMES.index(name)
    return tonic, "minor" if found[3] in ("m", "min", "minor") else "major"


def _loop(wanted: Wanted, seed: int) -> Sample:
    rng = np.random.default_rng(seed)
    chosen = wanted.style or str(rng.choice(list(entries())))
    about = style(chosen)
    beats, unit = (int(part) for part in about.metres[0].split("/"))
    low, high = about.tempo
    tonic, scale = int(rng.integers(12)), "major" if rng.random() < about.major else "minor"
    if wanted.key is not None:
        tonic, scale = parse_key(wanted.key)
    plan = Plan(
        styles=((chosen, 1.0),),
        tempo_bpm=wanted.tempo_bpm or float(round(rng.uniform(low, high))),
        tonic=tonic,
        scale=scale,
        bars=wanted.bars or int(rng.choice(_LOOP_BARS)),
        beats=beats,
        unit=unit,
        ending="loop",
        intensity=float(rng.uniform(0.5, 0.9)),
        seed=seed,
    )
    score = compose(plan)
    made = render(score, Mixing(loudness_lufs=_LOOP_LUFS), own_sounds=wanted.own_sounds)
    stem = wanted.stem
    if stem is not None and stem not in made.stems:
        raise InputError(
            f"stem {stem!r}: {about.name} has none here; it has {', '.join(made.stems)}"
        )
    key = f"{NAMES[tonic]}{'m' if scale == 'minor' else ''}"
    labels = [LOOP, chosen, *([stem] if stem else []), f"{plan.tempo_bpm:g}bpm"]
    if stem != "drums":
        labels.append(key)
    return Sample(
        name="_".join([*labels, f"{score.bars}bars"]),
        category=LOOP,
        audio=Audio(made.mix if stem is None else made.stems[stem], RATE_HZ),
        seed=seed,
        key="" if stem == "drums" else key,
        tempo_bpm=plan.tempo_bpm,
        beats=score.bars * score.beats,
        metre=(score.beats, score.unit),
        weights=(made.bank,) if made.bank else (),
    )
