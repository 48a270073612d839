"""Key against known keys: ours, Essentia's KeyExtractor (bgate) and librosa with Krumhansl's.

The score is MIREX's: 1 for the key, 0.5 for a fifth above or below in the same mode, 0.3 for the
relative, 0.2 for the parallel key, 0 for others and for no answer. Clips are the held-out grooves
of the rendered corpus, whose families no fit has seen; intervals are 95 %, from drawing families
anew. `key_mirex_inside` is the score of the clips that do not start at the first bar, where the
opening chord says little. `key_of_drums_ratio` is how many of 32 loops of drums alone are given a
key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks._essentia import PEER, Essentia
from benchmarks._render import RATE_HZ, Part, missing_programs, render, score, soundfonts
from benchmarks._truth import Truth
from benchmarks._truth_rendered import rendered
from benchmarks.figures import Figure
from pipelines.audio.decode import decode
from pipelines.features.analysis import Analysis
from pipelines.features.tonality.chords import standardised
from pipelines.features.tonality.keys import key_distribution
from pipelines.features.tonality.pitch import SpectralPeaks
from schemas.audio import Audio
from schemas.errors import InputError

Key = tuple[int, int]
Array = npt.NDArray[np.float64]

TARGET = ">= 0.8"
DRAWS = 2_000
DRUMS = (
    *("rock:ROCK02", "rock:ROCK07", "rock:ROCK12", "dnb:DnB04", "hiphop:HIP05", "latin:LATN04"),
    *("afro:AFRO03", "jazz:JAZZ01", "samba:SAMBA02", "techno:TECH05", "house:HOUS02", "mtl:MTL03"),
    *("funk:FUNK05", "ambient:AMB01", "pop:POP03", "punk:PUNK02"),
)
"""Grooves of MMA's zoom library that have nothing but drums."""

_BINS = 10
# Krumhansl & Kessler 1982, major and minor from the tonic.
KRUMHANSL = (
    (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
)
_LIBROSA = "librosa 0.11 chroma_cqt, Krumhansl"


def figures(quick: bool) -> Sequence[Figure]:
    """All figures of this module, on the rendered corpus."""
    if lacking := missing_programs():
        return [Figure("key_mirex", None, "", TARGET, "", lacking)]
    held_out = rendered("held-out", quick)
    found = figures_on(held_out, "held-out grooves")
    inside = [clip for clip in held_out if clip.first_bar_s]
    scores = _scores(inside, _probable(inside))
    found.append(Figure("key_mirex_inside", float(scores.mean()), "", "", "", _note(inside)))
    seen = rendered("development", quick)
    scores = _scores(seen, _probable(seen))
    note = f"{_note(seen)} of the grooves that the weights were fitted on"
    found.append(Figure("key_mirex_dev", float(scores.mean()), "", "", "", note))
    return [*found, _drums_figure(DRUMS[:: 4 if quick else 1])]


def figures_on(clips: Sequence[Truth], what: str) -> list[Figure]:
    """The figures of any clips whose key and mode are known; others are left out."""
    clips = [clip for clip in clips if clip.key is not None and clip.mode is not None]
    if not clips:
        return []
    note = f"{_note(clips)}, {what}"
    answers = _probable(clips)
    found = _score_figures("key_mirex", clips, answers, Figure("", None, "", TARGET, "", note))
    exact = np.mean([_key(a) == (c.key, c.mode) for a, c in zip(answers, clips, strict=True)])
    found += [
        Figure("key_exact", float(exact), "", "", "", note),
        *_probability_figures(clips, answers, note),
        Figure("key_null_ratio", float(np.mean([a is None for a in answers])), "", "", "", note),
    ]
    for name, peer, keys_of in (
        ("key_mirex_essentia", f"{PEER}, bgate", _essentia),
        ("key_mirex_librosa", _LIBROSA, _librosa),
    ):
        found += _peer_figures(name, clips, keys_of, Figure("", None, "", "", peer, note))
    return found


def mirex(guess: Key | None, true: Key) -> float:
    """MIREX's score of a key (pitch class, mode) that is guessed, 0 … 1."""
    if guess is None:
        return 0.0
    if guess == true:
        return 1.0
    up = (guess[0] - true[0]) % 12
    if guess[1] == true[1]:
        return 0.5 if up in (5, 7) else 0.0
    if up == (9 if true[1] else 3):
        return 0.3
    return 0.2 if up == 0 else 0.0


def interval(values: Array, groups: Sequence[str]) -> tuple[float, float]:
    """95 % interval of the mean, by drawing whole groups."""
    names, of = np.unique(np.array(groups), return_inverse=True)
    sums, counts = np.bincount(of, values), np.bincount(of)
    draws = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def _score_figures(
    name: str, clips: Sequence[Truth], answers: Sequence[Array | None], form: Figure
) -> list[Figure]:
    scores = _scores(clips, answers)
    low, high = interval(scores, [clip.group for clip in clips])
    values = ((name, float(scores.mean())), (f"{name}_low", low), (f"{name}_high", high))
    return [
        Figure(each, value, "", form.target if each == name else "", form.peer, form.note)
        for each, value in values
    ]


def _probability_figures(
    clips: Sequence[Truth], answers: Sequence[Array | None], note: str
) -> list[Figure]:
    """Log-loss in nats (a null counts as 24 equal chances) and expected calibration error."""
    given = [np.full(24, 1 / 24) if answer is None else answer for answer in answers]
    right = np.array([row[_number(clip)] for row, clip in zip(given, clips, strict=True)])
    sure = np.array([row.max() for row in given])
    hit = np.array([_key(r) == (c.key, c.mode) for r, c in zip(given, clips, strict=True)], float)
    which = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gap = np.abs(np.bincount(which, sure - hit, _BINS)).sum() / len(clips)
    loss = float(-np.log(np.maximum(right, 1e-6)).mean())
    return [
        Figure("key_log_loss", loss, "nat", "", "", f"{note}; equal chances have 3.18"),
        Figure("key_calibration_error", float(gap), "", "", "", f"{note}; {_BINS} bins"),
    ]


def _drums_figure(grooves: Sequence[str]) -> Figure:
    given = []
    for groove in grooves:
        text = score(110, [Part(f"zoom/{groove}", 0, 1, ("I",) * 14)], 0)
        for soundfont in soundfonts():
            audio = Audio(np.ascontiguousarray(render(text, soundfont).T), RATE_HZ)
            given.append(key_distribution(Analysis(audio, [SpectralPeaks])) is not None)
    note = f"{len(given)} loops of drums alone, of 30 s; none has a key"
    return Figure("key_of_drums_ratio", float(np.mean(given)), "", "", "", note)


def _peer_figures(
    name: str,
    clips: Sequence[Truth],
    keys_of: Callable[[Sequence[Path]], Sequence[Key]],
    form: Figure,
) -> list[Figure]:
    try:
        keys = keys_of([clip.path for clip in clips])
    except (InputError, ImportError) as error:
        return [Figure(name, None, "", "", form.peer, str(error))]
    return _score_figures(name, clips, [_certain(key) for key in keys], form)


def _probable(clips: Sequence[Truth]) -> list[Array | None]:
    """Our probabilities of the 24 keys; None for a null."""
    audios = (decode(clip.path).audio for clip in clips)
    return [key_distribution(Analysis(audio, [SpectralPeaks])) for audio in audios]


def _essentia(paths: Sequence[Path]) -> Sequence[Key]:
    with Essentia() as peer:
        return [peer.key(path) for path in paths]


def _librosa(paths: Sequence[Path]) -> Sequence[Key]:
    import librosa

    rows = [np.roll(profile, tonic) for profile in KRUMHANSL for tonic in range(12)]
    profiles = standardised(np.array(rows))
    keys = []
    for path in paths:
        signal, rate = librosa.load(path, sr=22_050)
        chroma = librosa.feature.chroma_cqt(y=signal, sr=rate).mean(axis=1, dtype=np.float64)
        best = int((profiles @ standardised(chroma)).argmax())
        keys.append((best % 12, int(best < 12)))
    return keys


def _certain(key: Key) -> Array:
    chances = np.zeros(24)
    chances[key[0] + (0 if key[1] else 12)] = 1.0
    return chances


def _key(answer: Array | None) -> Key | None:
    return None if answer is None else (int(answer.argmax()) % 12, int(answer.argmax() < 12))


def _number(clip: Truth) -> int:
    return (clip.key or 0) + (0 if clip.mode else 12)


def _scores(clips: Sequence[Truth], answers: Sequence[Array | None]) -> Array:
    pairs = zip(answers, clips, strict=True)
    return np.array(
        [mirex(_key(answer), (clip.key or 0, clip.mode or 0)) for answer, clip in pairs]
    )


def _note(clips: Sequence[Truth]) -> str:
    return f"{len(clips)} clips of {len({clip.group for clip in clips})} groove families"
