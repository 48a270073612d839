"""Songs assembled from known parts, with exact boundaries, labels, keys and tempi.

Each part is played by MMA (https://www.mellowood.ca/mma/) and fluidsynth with a General MIDI sound
font, and the recordings are put together: with their tails ringing on, cut hard, or cross-faded.
What is made is kept in `$XDG_CACHE_HOME` or ~/.cache, under wordtone/truth, and made once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from benchmarks._render import RATE_HZ as SOURCE_HZ
from benchmarks._render import render, soundfonts
from benchmarks._song_plans import Part, Plan, plans, score
from benchmarks._truth_rendered import cache_folder
from schemas.audio import Audio

RATE_HZ = 22_050
_TAIL_S = 2.0
_FADE_S = 1.5
_CUT_S = 0.005
_PEAK = 0.9
_RMS = np.float32(0.1)
Mono = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """One part as it lies in the song; `start_s` … `end_s`, key as in `schemas.timeline`."""

    start_s: float
    end_s: float
    label: str
    tempo_bpm: float
    key_pitch_class: int
    key_mode: int


@dataclass(frozen=True, slots=True)
class Song:
    name: str
    path: Path
    spans: tuple[Span, ...]

    def audio(self) -> Audio:
        samples, rate = soundfile.read(self.path, dtype="float32", always_2d=True)
        return Audio(np.ascontiguousarray(samples.T), rate)


def songs(split: str, count: int) -> Iterator[Song]:
    """`count` songs of "dev" or "held-out", made where they are not yet in the cache.

    Raises InputError where MMA, fluidsynth or a sound font is missing, or a program fails.
    """
    folder = cache_folder() / "songs"
    folder.mkdir(parents=True, exist_ok=True)
    for plan in plans(split, count):
        digest = hashlib.blake2b(repr(plan).encode(), digest_size=6).hexdigest()
        path = folder / f"{plan.name}-{digest}.flac"
        if not path.exists():
            unfinished = path.with_suffix(".part")
            soundfile.write(unfinished, _assembled(plan), RATE_HZ, "PCM_16", format="FLAC")
            unfinished.rename(path)
        yield Song(plan.name, path, _spans(plan))


def _spans(plan: Plan) -> tuple[Span, ...]:
    spans, start = [], 0.0
    for label, part in plan.order:
        end = start + part.seconds
        spans.append(Span(start, end, label, part.bpm, part.tonic, int(not part.minor)))
        start = end
    return tuple(spans)


def _assembled(plan: Plan) -> Mono:
    total = sum(part.seconds for _, part in plan.order)
    song = np.zeros(round((total + _TAIL_S) * RATE_HZ), np.float32)
    played: dict[Part, Mono] = {}
    start = 0.0
    for index, (_, part) in enumerate(plan.order):
        if part not in played or not plan.copied:
            extra = 1 if plan.seam == "fade" else 0
            text = score(part, plan.seed * 100 + index, extra)
            sound = _rendered(text, plan.soundfont) * np.float32(10 ** (part.gain_db / 20))
            played[part] = sound * (_RMS / _rms(sound)) if plan.levelled else sound
        sound = _shaped(played[part], part.seconds, plan.seam, first=index == 0)
        at = round(start * RATE_HZ)
        sound = sound[: len(song) - at]
        song[at : at + len(sound)] += sound
        start += part.seconds
    scaled: Mono = song * (_PEAK / max(float(np.abs(song).max()), 1e-9))
    return scaled


def _shaped(sound: Mono, seconds: float, seam: str, *, first: bool) -> Mono:
    """`sound` with the ends that let it join its neighbours."""
    beyond = {"tail": _TAIL_S, "cut": _CUT_S, "fade": _FADE_S}[seam]
    sound = sound[: round((seconds + beyond) * RATE_HZ)].copy()
    out = round(beyond * RATE_HZ) if seam != "tail" else RATE_HZ // 2
    sound[-out:] *= np.linspace(1, 0, len(sound[-out:]), dtype=np.float32)
    if seam == "fade" and not first:
        rise = round(_FADE_S * RATE_HZ)
        sound[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    return sound


def _rendered(text: str, soundfont: int) -> Mono:
    fonts = soundfonts()
    stereo = render(text, fonts[soundfont % len(fonts)])
    mono: Mono = soxr.resample((stereo[:, 0] + stereo[:, 1]) * np.float32(0.5), SOURCE_HZ, RATE_HZ)
    return mono


def _rms(sound: Mono) -> np.float32:
    return np.float32(np.sqrt(max(float(np.square(sound).mean()), 1e-9)))
