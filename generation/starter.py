"""Starter clips: a small labelled catalogue for a machine that cannot fetch real music.

Twelve styles (starter_styles.toml) are composed by rule and rendered with the voices of
`generation.starter_voices`. Part 5's sequencer replaces this module; until then it gives the
demonstration something whose tempo, key and instruments are known, and which says of itself, as
`origin`, that it is a rendered score and no recording.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.starter_voices import RATE_HZ, VOICES, Mono, drum, note
from schemas.errors import GenerationError, InputError

ENSEMBLES = 8
_TARGET_S = 14.0  # bars are added up to the whole number nearest to this
_FADE_S = 0.6
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_KEYS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_DRUM_LEVELS = {"kick": 0.9, "snare": 0.5, "clap": 0.4, "hat": 0.15, "crash": 0.25, "rim": 0.35}
_PAN = {"chords": -0.25, "lead": 0.35, "hat": 0.3, "crash": -0.4, "rim": -0.3}

Stereo = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip before it is rendered: its style, its draw, and what follows from both."""

    index: int
    style: Mapping[str, Any]
    tempo_bpm: int
    tonic: int
    mode: str
    progression: tuple[int, ...]

    @property
    def step_s(self) -> float:
        return 60.0 / self.tempo_bpm / 4

    @property
    def steps_a_bar(self) -> int:
        return 4 * int(self.style.get("beats", 4))

    @property
    def bars(self) -> int:
        return max(4, round(_TARGET_S / (self.step_s * self.steps_a_bar)))

    @property
    def key(self) -> str:
        return f"{_KEYS[self.tonic]} {self.mode}"

    def pitch(self, degree: int, octave: int) -> int:
        """MIDI note of a scale degree (0 the tonic) above the tonic of `octave`."""
        up, step = divmod(degree, 7)
        return 12 * (octave + 1 + up) + self.tonic + _SCALES[self.mode][step]


@cache
def styles() -> tuple[Mapping[str, Any], ...]:
    """The styles of starter_styles.toml."""
    path = Path(__file__).with_name("starter_styles.toml")
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["styles"])


def render_starter(folder: Path, count: int = 60, seed: int = 0) -> int:
    """Write `count` clips, NAME.flac (stereo, 44.1 kHz, 16 bit, 10 … 20 s) and NAME.json.

    The JSON is the sidecar that `pipelines.sources.sidecar` reads. Styles take turns, and eight
    ensembles share them out, so that a split by artist leaves every style on both sides. The same
    seed gives the same samples; existing files of these names are overwritten.

    Returns
    -------
    int
        The number of clips written.

    Raises
    ------
    InputError
        When `count` is not 1 … 10000 or `seed` is negative.
    GenerationError
        When `folder` cannot be written.
    """
    if not 1 <= count <= 10_000:
        raise InputError(f"count: {count}; valid is 1 … 10000")
    if seed < 0:
        raise InputError(f"seed: {seed}; valid is 0 or more")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(count):
            _write(folder, index, seed)
    except OSError as error:
        raise GenerationError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return count


def compose(index: int, seed: int) -> Clip:
    """Draw tempo, key and chords of clip number `index`."""
    style = styles()[index % len(styles())]
    rng = np.random.default_rng([seed, index, 0])
    low, high = style["tempo"]
    return Clip(
        index=index,
        style=style,
        tempo_bpm=int(rng.integers(low, high + 1)),
        tonic=int(rng.integers(12)),
        mode=str(rng.choice(style["modes"])),
        progression=tuple(style["progressions"][int(rng.integers(len(style["progressions"])))]),
    )


def render(clip: Clip, seed: int) -> Stereo:
    """Samples of a clip, shape (n, 2), peak at most 0.9."""
    rng = np.random.default_rng([seed, clip.index, 1])
    length = clip.bars * clip.steps_a_bar * clip.step_s
    mix = np.zeros((round((length + 2.0) * RATE_HZ), 2))
    _drums(mix, clip, rng)
    _bass(mix, clip)
    _chords(mix, clip)
    _lead(mix, clip, rng)
    return _master(mix[: round(length * RATE_HZ)], float(clip.style["energy"]))


def labels(clip: Clip) -> dict[str, Any]:
    """The sidecar of a clip."""
    style, number = clip.style, clip.index // len(styles()) + 1
    ensemble = (clip.index + clip.index // len(styles())) % ENSEMBLES + 1
    return {
        "title": f"{style['name'].title()} No. {number}",
        "artist": f"Starter Ensemble {ensemble}",
        "album": f"Starter Sketches {ensemble}",
        "genre": style["genre"],
        "mood": style["mood"],
        "instrument": style["instrument"],
        "description": f"{style['name'].capitalize()} in a {clip.mode} key: {style['text']}.",
        "tags": [f"{clip.tempo_bpm} bpm", f"key {clip.key}"],
        "license": "CC0-1.0",
        "origin": "score_render",
    }


def _write(folder: Path, index: int, seed: int) -> None:
    import soundfile

    clip = compose(index, seed)
    name = f"{index + 1:03d}_{str(clip.style['name']).replace(' ', '_')}"
    try:
        soundfile.write(folder / f"{name}.flac", render(clip, seed), RATE_HZ, subtype="PCM_16")
    except soundfile.LibsndfileError as error:
        raise GenerationError(f"{folder / name}.flac: {error}") from error
    text = json.dumps(labels(clip), indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _drums(mix: Stereo, clip: Clip, rng: np.random.Generator) -> None:
    for name, pattern in clip.style.get("drums", {}).items():
        hit = drum(name, rng) * _DRUM_LEVELS[name]
        for bar in range(clip.bars):
            for step, mark in enumerate(pattern):
                if mark != ".":
                    level = 1.0 if mark == "x" else 0.45
                    _add(mix, hit * level, _start_s(clip, bar, step), _PAN.get(name, 0.0))


def _bass(mix: Stereo, clip: Clip) -> None:
    part = clip.style.get("bass")
    if part is None:
        return
    shift = {"1": 0, "5": 4, "8": 7}
    for bar, root in _roots(clip):
        for step, steps, mark in _strikes(part["pattern"]):
            seconds = 0.9 * steps * clip.step_s
            sound = note("bass", clip.pitch(root + shift[mark], 1), seconds, part["tilt"])
            _add(mix, sound * part["level"], _start_s(clip, bar, step), 0.0)


def _chords(mix: Stereo, clip: Clip) -> None:
    part = clip.style["chords"]
    # A driven chord is root, fifth and octave: thirds turn to mud in distortion.
    degrees = (0, 4, 7) if VOICES[part["voice"]].drive else (0, 2, 4)
    octave = 2 if VOICES[part["voice"]].drive else 4
    for bar, root in _roots(clip):
        for step, steps, _ in _strikes(part["pattern"]):
            seconds = part["hold"] * steps * clip.step_s
            pitches = [clip.pitch(root + degree, octave) for degree in degrees]
            chord = sum(note(part["voice"], p, seconds, part["tilt"]) for p in pitches)
            level = part["level"] / len(degrees)
            _add(mix, chord * level, _start_s(clip, bar, step), _PAN["chords"])


def _lead(mix: Stereo, clip: Clip, rng: np.random.Generator) -> None:
    part = clip.style.get("lead")
    if part is None:
        return
    degree = 4
    for bar, root in _roots(clip):
        # Drawn anew each bar, on eighth notes, moving by small steps around the chord.
        for step in range(0, clip.steps_a_bar, 2):
            if rng.random() < 2.0 * part["density"]:
                degree = int(np.clip(degree + rng.integers(-2, 3), 0, 9))
                sound = note(part["voice"], clip.pitch(root + degree, 4), 0.32, part["tilt"])
                _add(mix, sound * part["level"], _start_s(clip, bar, step), _PAN["lead"])


def _roots(clip: Clip) -> list[tuple[int, int]]:
    """Each bar with the scale degree its chord stands on."""
    chords = clip.progression
    return [(bar, chords[bar % len(chords)]) for bar in range(clip.bars)]


def _strikes(pattern: str) -> list[tuple[int, int, str]]:
    """(step, steps to the next strike or the bar's end, mark) of each strike."""
    at = [step for step, mark in enumerate(pattern) if mark != "."]
    ends = [*at[1:], len(pattern)]
    return [(step, end - step, pattern[step]) for step, end in zip(at, ends, strict=True)]


def _start_s(clip: Clip, bar: int, step: int) -> float:
    late = float(clip.style.get("swing", 0.0)) if step % 4 == 2 else 0.0
    return (bar * clip.steps_a_bar + step + 2.0 * late) * clip.step_s


def _add(mix: Stereo, sound: Mono, start_s: float, pan: float) -> None:
    start = round(start_s * RATE_HZ)
    sound = sound[: len(mix) - start]
    angle = (pan + 1.0) * np.pi / 4.0  # equal power
    mix[start : start + len(sound), 0] += np.cos(angle) * sound
    mix[start : start + len(sound), 1] += np.sin(angle) * sound


def _master(mix: Stereo, energy: float) -> Stereo:
    """Louder and denser with energy, never past full scale, faded at both ends."""
    peak = float(np.abs(mix).max())
    driven = np.tanh(mix / peak * (0.6 + 1.6 * energy))
    level = (0.25 + 0.65 * energy) / float(np.abs(driven).max())
    t = np.arange(len(mix)) / RATE_HZ
    fade = np.minimum(1.0, np.minimum(t / 0.005, (t[-1] - t) / _FADE_S))
    return np.asarray(driven * level * fade[:, None])
