"""Engines that disobey by plan: a set share of candidates has another tempo or key than asked.

What a candidate does wrong is drawn from its seed: nothing, something that correction may bring
back (4.5–12 % of tempo, 1–3 semitones), or something beyond (20–40 %, 4–6 semitones, another mode).
Tones are drums, bass and chords of sines and noise, cheap enough for hundreds; Misled asks another
engine for something else than it was asked for, so that the disobedience is real music.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from generation.around import asking
from generation.around.stretching import MOST_SEMITONES, Correction
from generation.contract import Application, Generated, Generator, Progress, silent
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.features import KEY_NAMES
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

WRONG, NEAR = 0.5, 0.6
"""Share of candidates with a wrong tempo, and of those what correction reaches; so for keys."""

RATE_HZ = 44_100
Signal = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Deviation:
    """What a candidate does instead: its tempo times `factor`, its key `semitones` up, in the other
    mode where `flipped`."""

    factor: float = 1.0
    semitones: int = 0
    flipped: bool = False

    @property
    def tempo_reached(self) -> bool:
        return Correction(1 / self.factor).allowed

    @property
    def key_reached(self) -> bool:
        return not self.flipped and abs(self.semitones) <= MOST_SEMITONES

    @property
    def reached(self) -> bool:
        return self.tempo_reached and self.key_reached


def deviation(seed: int) -> Deviation:
    """What the candidate of that seed does wrong."""
    rng = np.random.default_rng([seed, 77])
    factor, semitones, flipped = 1.0, 0, False
    if rng.random() < WRONG:
        up = rng.random() < 0.5
        if rng.random() < NEAR:
            factor = float(rng.uniform(1.047, 1.135) if up else rng.uniform(0.895, 0.957))
        else:
            factor = float(rng.uniform(1.2, 1.4) if up else rng.uniform(0.65, 0.82))
    if rng.random() < WRONG:
        sign = 1 if rng.random() < 0.5 else -1
        if rng.random() < NEAR:
            semitones = sign * int(rng.integers(1, 4))
        elif rng.random() < 0.5:
            semitones = sign * int(rng.integers(4, 7))
        else:
            flipped = True
    return Deviation(factor, semitones, flipped)


def misled(request: ConditioningRequest, what: Deviation) -> ConditioningRequest:
    """The request that the engine hears in place of the one it was given."""
    features = dict(request.features)
    tempo = features["tempo_bpm"]
    assert tempo.value is not None
    features["tempo_bpm"] = tempo.model_copy(
        update={"value": tempo.value * what.factor, "low": None, "high": None}
    )
    key = request.key
    assert key is not None
    assert key.pitch_class is not None
    tonic = (key.pitch_class + what.semitones) % 12
    mode = ("minor" if key.mode == "major" else "major") if what.flipped else key.mode
    other = key.model_copy(
        update={"pitch_class": tonic, "mode": mode, "name": f"{KEY_NAMES[tonic]} {mode}"}
    )
    return request.model_copy(update={"features": features, "key": other})


class Misled:
    """Another engine, asked for something else."""

    def __init__(self, engine: Generator) -> None:
        self._engine = engine

    @property
    def manifest(self) -> EngineManifest:
        return self._engine.manifest

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        made = self._engine.generate(misled(request, deviation(seed)), seed, progress)
        return replace(made, applied=_claimed(request), seed=seed)


class Tones:
    """Drums, bass and chords at a tempo and in a key, 15 s."""

    seconds = 15.0

    @property
    def manifest(self) -> EngineManifest:
        return _MANIFEST

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        heard = misled(request, deviation(seed))
        bpm, key = asking.tempo(heard), asking.key(heard)
        assert bpm is not None
        assert key is not None
        rng = np.random.default_rng([seed, 78])
        parts = {
            "drums": _drums(bpm, self.seconds, rng),
            "harmony": _harmony(bpm, key, self.seconds, rng),
        }
        stems = {
            name: Audio(np.stack([part, part]).astype(np.float32), RATE_HZ)
            for name, part in parts.items()
        }
        mix = Audio(stems["drums"].samples + stems["harmony"].samples, RATE_HZ)
        return Generated(mix=mix, seed=seed, applied=_claimed(request), stems=stems)


_MANIFEST = EngineManifest(
    engine="tones",
    title="Tones of the benchmark",
    parameters=(Parameter(name="bpm", takes="tempo_bpm", applied=Applied.NATIVE),),
    longest_s=15,
    sample_rate_hz=RATE_HZ,
    channels=2,
    stems=("drums", "harmony"),
    code_licence="CC0-1.0",
    weights_licence=None,
    source="wordtone",
)


def _claimed(request: ConditioningRequest) -> dict[str, Application]:
    """A disobedient engine says that it obeyed."""
    key = asking.key(request)
    return {
        "tempo_bpm": Application(Applied.NATIVE, asking.tempo(request)),
        "key": Application(Applied.NATIVE, None if key is None else key.words),
    }


_SCALES = {True: (0, 2, 4, 5, 7, 9, 11), False: (0, 2, 3, 5, 7, 8, 10)}
_PROGRESSIONS = ((0, 3, 4, 0), (0, 5, 4, 0), (0, 4, 0, 4), (0, 1, 4, 0))
_KICKS = ((0, 4), (0, 3, 4), (0, 2, 4, 6), (0, 5))


def _drums(bpm: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Eighths of hat, snare on 2 and 4, one of four kicks."""
    signal = np.zeros(round(seconds * RATE_HZ))
    kicks = _KICKS[int(rng.integers(len(_KICKS)))]
    hat, snare = rng.normal(0, 1, RATE_HZ // 20), rng.normal(0, 1, RATE_HZ // 7)
    hat = np.diff(hat, prepend=0) * np.exp(-90 * _times(hat))
    snare = snare * np.exp(-25 * _times(snare))
    kick_t = np.arange(RATE_HZ // 5) / RATE_HZ
    kick = np.sin(2 * np.pi * (50 * kick_t + 4 * (1 - np.exp(-40 * kick_t))))
    kick *= np.exp(-18 * kick_t)
    level = rng.uniform(0.6, 1.2)
    for step in range(int(seconds * bpm / 30)):
        at = step * 30 / bpm
        _add(signal, hat, at, 0.05 * level * rng.uniform(0.8, 1.2))
        if step % 8 in kicks:
            _add(signal, kick, at, 0.5 * level)
        if step % 8 in (2, 6):
            _add(signal, snare, at, 0.12 * level)
    return signal


def _harmony(bpm: float, key: asking.Key, seconds: float, rng: np.random.Generator) -> Signal:
    """A bass on the root and a triad a bar, of partials that fall off as the seed says."""
    signal = np.zeros(round(seconds * RATE_HZ))
    scale = _SCALES[key.major is not False]
    roots = _PROGRESSIONS[int(rng.integers(len(_PROGRESSIONS)))]
    slope, bar = float(rng.uniform(1.2, 2.2)), 240 / bpm
    for index in range(int(np.ceil(seconds / bar))):
        root = roots[index % len(roots)]
        degrees = [(root - 7, 0.12), (root, 0.08), (root + 2, 0.08), (root + 4, 0.08)]
        for degree, level in degrees:
            pitch = 48 + (key.pitch_class or 0) + scale[degree % 7] + 12 * (degree // 7)
            _add(signal, _note(440 * 2 ** ((pitch - 69) / 12), bar, slope), index * bar, level)
    return signal


def _note(hz: float, seconds: float, slope: float) -> Signal:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = np.zeros(len(t))
    for n in range(1, 7):
        tone += np.sin(2 * np.pi * hz * n * t) / n**slope
    edges = np.minimum(t / 0.01, 1) * np.minimum((seconds - t) / 0.02, 1)
    shaped: Signal = edges * np.exp(-1.5 * t) * tone
    return shaped


def _times(signal: Signal) -> Signal:
    times: Signal = np.arange(len(signal)) / RATE_HZ
    return times


def _add(signal: Signal, sound: Signal, at_s: float, level: float) -> None:
    start = round(at_s * RATE_HZ)
    part = sound[: max(0, len(signal) - start)]
    signal[start : start + len(part)] += level * part
