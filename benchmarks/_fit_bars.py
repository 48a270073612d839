"""Makes `pipelines/features/bar_weights.csv`: `python -m benchmarks._fit_bars`.

Reads the rendered development clips in 3/4, 4/4 and 12/8; beats are tracked at the true tempo, so
that the weights learn bars and not errors of tempo. The metre is a logistic regression with both
metres equally heavy, the first beat a conditional logit over the places of the bar. Printed before
it is written: accuracy by five-fold cross-validation over families of grooves.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.optimize

from benchmarks._truth import Truth
from benchmarks._truth_rendered import rendered
from pipelines.audio.decode import decode
from pipelines.features.analysis import Analysis
from pipelines.features.rhythm import bars
from pipelines.features.rhythm.beat_tracking import track_beats
from pipelines.features.rhythm.onsets import FRAME_RATE_HZ, onset_strength
from pipelines.features.rhythm.pulse import pulse_envelope
from pipelines.features.threads import limit_threads
from pipelines.features.timbre.measures import log_mel

Vector = npt.NDArray[np.float64]

METERS = {"3/4": 3, "4/4": 4, "12/8": 4}
METRE_PENALTY, PLACE_PENALTY = 0.01, 0.03
FOLDS = 5
_NEAR_S = 0.07
_LEAST_RIGHT = 0.8  # share of the beats that must be right for the places to be learned from


@dataclass(frozen=True, slots=True)
class Example:
    accents: Vector
    beats: int
    first: int
    right: float
    group: str


def example(clip: Truth) -> Example:
    assert clip.tempo_bpm is not None
    assert clip.first_beat_s is not None
    assert clip.first_bar_s is not None
    analysis = Analysis(decode(clip.path).audio, ["mel"])
    frames = track_beats(onset_strength(analysis).astype(np.float64), clip.tempo_bpm)
    accents = bars.beat_accents(pulse_envelope(analysis), log_mel(analysis), frames)
    beats, period = METERS[clip.meter], 60 / clip.tempo_bpm
    times = frames / FRAME_RATE_HZ
    off = (times - clip.first_beat_s + period / 2) % period - period / 2
    place = np.round((times - clip.first_bar_s) / period).astype(int)
    first = int(np.bincount((np.arange(len(times)) - place) % beats, minlength=beats).argmax())
    return Example(accents, beats, first, float((np.abs(off) < _NEAR_S).mean()), clip.group)


def fit_metre(examples: Sequence[Example]) -> Vector:
    cues = np.array([[1, *bars.metre_cues(e.accents)] for e in examples])
    three = np.array([e.beats == 3 for e in examples])
    weight = np.where(three, 0.5 / three.mean(), 0.5 / (~three).mean())

    def loss(w: Vector) -> float:
        wrong = np.logaddexp(0, np.where(three, -1, 1) * (cues @ w))
        return float((weight * wrong).mean() + METRE_PENALTY * (w[1:] ** 2).sum())

    return np.asarray(scipy.optimize.minimize(loss, np.zeros(cues.shape[1])).x)


def fit_places(examples: Sequence[Example], beats: int) -> Vector:
    used = [e for e in examples if e.beats == beats and e.right > _LEAST_RIGHT]
    cues = np.array([bars.phase_cues(e.accents, beats) for e in used])
    first = np.array([e.first for e in used])

    def loss(w: Vector) -> float:
        scores = cues @ w
        missed = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(first)), first]
        return float(missed.mean() + PLACE_PENALTY * (w**2).sum())

    return np.asarray(scipy.optimize.minimize(loss, np.zeros(cues.shape[2])).x)


def cross_validated(
    examples: Sequence[Example],
    fit: Callable[[Sequence[Example]], Vector],
    right: Callable[[Vector, Example], bool],
) -> float:
    groups = sorted({e.group for e in examples})
    np.random.default_rng(0).shuffle(groups)
    fold = {group: i % FOLDS for i, group in enumerate(groups)}
    found = []
    for number in range(FOLDS):
        weights = fit([e for e in examples if fold[e.group] != number])
        found += [right(weights, e) for e in examples if fold[e.group] == number]
    return float(np.mean(found))


def main() -> None:
    limit_threads()
    clips = [clip for clip in rendered("development") if clip.meter in METERS]
    examples = [example(clip) for clip in clips]
    sure = [e for e in examples if e.right > _LEAST_RIGHT]
    metre = cross_validated(
        examples,
        fit_metre,
        lambda w, e: bool((np.array([1, *bars.metre_cues(e.accents)]) @ w > 0) == (e.beats == 3)),
    )
    print(f"metre {metre:.3f} of {len(examples)}")
    for beats in (3, 4):
        place = cross_validated(
            [e for e in sure if e.beats == beats],
            lambda some, beats=beats: fit_places(some, beats),  # type: ignore[misc]
            lambda w, e: int((bars.phase_cues(e.accents, e.beats) @ w).argmax()) == e.first,
        )
        print(f"first beat of {beats}: {place:.3f}")
    fits = {"metre": fit_metre(examples)}
    fits |= {f"bars of {beats}": fit_places(examples, beats) for beats in (3, 4)}
    with Path(bars.__file__).with_name("bar_weights.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "weight"])
        writer.writerows([name, f"{w:.5g}"] for name, found in fits.items() for w in found)


if __name__ == "__main__":
    main()
