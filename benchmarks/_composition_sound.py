"""What is heard of a composition: chroma of rendered bars, and the key that the extractor hears."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from generation.sequencer import measures
from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.synthesis.mixing import render
from pipelines.features.extract import extract
from schemas.audio import Audio

RATE_HZ = 44_100
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 2_000.0
_LEVELS = {
    "melody": ("drums", "bass", "chords", "extra"),
    "harmony": ("drums",),
    "band": (),
}


def heard_similarities(plan: Plan) -> dict[str, list[float]]:
    """Similarities of choruses among each other and with verses, in the sound without its drums."""
    score = compose(plan)
    rendered = render(score)
    sound = sum(samples for name, samples in rendered.stems.items() if name != "drums")
    chroma = sounding_chroma(np.asarray(sound).mean(axis=0), score)
    hooks = [one for one in score.sections if one.label in {"chorus", "drop"}]
    verses = [one for one in score.sections if one.label == "verse"]
    pairs = [(a, b) for a, b in combinations(hooks, 2) if a.label == b.label]
    return {
        "returns": [measures.section_similarity(chroma, a, b) for a, b in pairs],
        "contrasts": [measures.section_similarity(chroma, a, b) for a in verses for b in hooks],
    }


def sounding_chroma(samples: npt.NDArray[np.float32], score: Score) -> measures.Chroma:
    """Energy by pitch class of every bar, from one Hann-windowed power spectrum each, as
    librosa.feature.chroma_stft has it by default; shape (bars, 12).
    """
    chroma = np.zeros((score.bars, 12))
    for bar in range(score.bars):
        start, end = (
            round(score.seconds(at * score.bar_quarters) * RATE_HZ) for at in (bar, bar + 1)
        )
        part = samples[start:end]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
        frequency = np.fft.rfftfreq(len(part), 1 / RATE_HZ)
        inside = (frequency > _LOWEST_HZ) & (frequency < _HIGHEST_HZ)
        pitch = 69 + 12 * np.log2(frequency[inside] / 440)
        near = np.exp(-0.5 * ((pitch - np.round(pitch)) / 0.15) ** 2)
        np.add.at(chroma[bar], np.round(pitch).astype(int) % 12, spectrum[inside] * near)
    return chroma


def heard_keys(plan: Plan) -> dict[str, list[float]]:
    """1 where the extractor hears the very key, by level; 0 where another or none."""
    found: dict[str, list[float]] = {}
    for level, absent in _LEVELS.items():
        score = compose(replace(plan, absent=absent))
        if not score.parts:
            continue
        values = extract(Audio(render(score).mix, RATE_HZ), groups=["tonality"])
        asked = (plan.tonic, int(plan.scale == "major"))
        heard = (values["key_pitch_class"], values["key_mode"])
        found[level] = [float(heard == asked)]
    return found
