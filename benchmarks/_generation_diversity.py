"""Are pieces of one prompt different? Distances of features, against what a copy would be."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from benchmarks._generation_run import spread
from benchmarks.figures import Figure
from schemas.audio import Audio

_PROMPTS = ("uk-garage", "jazz", "metal", "ambient", "bossa-nova", "techno")
_SEEDS = 6
_TEMPO, _LENGTH_S = 120.0, 12.0
_GRID = 64
Vector = npt.NDArray[np.float64]


def diversity_figures(quick: bool) -> list[Figure]:
    """Smallest and median distance of two pieces of one style, tempo and key but other seeds.

    A distance is the root mean square, over three views of equal weight (cepstrum means and
    spreads, chroma, onset pattern of a bar), of differences in units of the spread of that view
    over pieces of all the prompts: 0 is a copy, 1 two pieces of different prompts on average. A
    copy at another level, with noise 60 dB under it, is measured beside.
    """
    prompts = _PROMPTS[:2] if quick else _PROMPTS
    seeds = range(3 if quick else _SEEDS)
    items = [(prompt, seed, False) for prompt in prompts for seed in seeds]
    vectors = dict(zip(items, spread(_views, items), strict=True))
    copies = [(prompt, 0, True) for prompt in prompts]
    copied = dict(zip(copies, spread(_views, copies), strict=True))
    spreads = [np.std([v[i] for v in vectors.values()], axis=0).mean() + 1e-9 for i in range(3)]
    near = [
        _distance(vectors[prompt, a, False], vectors[prompt, b, False], spreads)
        for prompt in prompts
        for a, b in itertools.combinations(seeds, 2)
    ]
    same = [
        _distance(vectors[prompt, 0, False], copied[prompt, 0, True], spreads) for prompt in prompts
    ]
    return [
        Figure("diversity_min_distance", min(near), "spreads", f"> {max(same):.2f}",
               note=f"of {len(near)} pairs; median {np.median(near):.2f}; a copy, softer and with "
                    f"noise, is at most {max(same):.2f}"),
    ]  # fmt: skip


def _distance(one: list[Vector], other: list[Vector], spreads: list[float]) -> float:
    parts = [
        float(np.mean(((a - b) / s) ** 2)) for a, b, s in zip(one, other, spreads, strict=True)
    ]
    return float(np.sqrt(np.mean(parts)))


def _views(given: tuple[str, int, bool]) -> list[Vector]:
    from benchmarks._generation_requests import stated
    from generation.sequencer.controlling.hearing import magnitudes, onset_frames
    from generation.sequencer.engine import Embedded
    from pipelines.features.extract import extract
    from schemas.conditioning import ConditioningRequest, KeyCondition
    from schemas.parts import Prompt, Source, StyleWeight

    style, seed, copy = given
    request = ConditioningRequest(
        prompt=Prompt(text=style),
        features={"tempo_bpm": stated("tempo_bpm", _TEMPO)},
        key=KeyCondition(pitch_class=0, mode="minor", source=Source.USER, confidence=1),
        styles=(StyleWeight(id=style),),
        duration_s=_LENGTH_S,
    )
    samples = Embedded().generate(request, seed).mix.samples
    if copy:
        # Under the music by as much in each style: a fixed level would drown a quiet one.
        noise = np.random.default_rng(seed).normal(size=samples.shape) * samples.std()
        samples = np.asarray(0.7 * samples + 0.001 * noise, np.float32)
    found = extract(Audio(samples, 44_100))
    means, spreads, shares = (_numbers(found[name]) for name in ("mfcc_mean", "mfcc_std", "chroma"))
    frames = onset_frames(magnitudes(np.asarray(samples.mean(axis=0), np.float32)))
    places = (frames * 1_024 / 44_100 * _TEMPO / 60 / 4 % 1 * _GRID).astype(int) % _GRID
    pattern = np.bincount(places, minlength=_GRID) / max(1, len(frames))
    cepstrum = np.concatenate([means[1:], spreads])
    return [cepstrum, shares, np.convolve(np.tile(pattern, 3), np.ones(3), "same")[_GRID:-_GRID]]


def _numbers(value: object) -> Vector:
    assert isinstance(value, tuple)
    return np.array([0.0 if one is None else float(one) for one in value])
