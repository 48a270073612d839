"""Fit the weights of the key model: `python -m benchmarks._fit_key [--takes N]`.

Maximum likelihood over the development part of the rendered corpus (N takes of each groove), with a
ridge that pulls the pitch-class channel towards the profile bgate and the others towards nothing.
The scale of bgate is fitted along with it. Prints what cross-validation by groove family makes of
it, then writes `pipelines/features/key_weights.csv`. It never sees a held-out groove.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from benchmarks._accuracy_key import mirex
from benchmarks._truth import Truth
from benchmarks._truth_rendered import rendered
from pipelines.audio.decode import decode
from pipelines.features.analysis import Analysis
from pipelines.features.tonality.chords import standardised
from pipelines.features.tonality.frames import MAJOR, MINOR, tonal_frames
from pipelines.features.tonality.keys import CHANNELS, WEIGHTS, key_channels, tonal_profile
from pipelines.features.tonality.pitch import SpectralPeaks

Array = npt.NDArray[np.float64]

RIDGE = 0.3
_FOLDS = 8
_DIGITS = 3
_START_SCALE = 8.0
_FROM_TONIC = (np.arange(12)[:, None] + np.arange(12)) % 12


@dataclass(frozen=True, slots=True)
class Examples:
    """Channels read from each of the 12 tonics, shape (n, 4, 12, 12); key numbers; families."""

    channels: Array
    keys: npt.NDArray[np.intp]
    families: npt.NDArray[np.str_]

    def part(self, kept: npt.NDArray[np.bool_]) -> Examples:
        return Examples(self.channels[kept], self.keys[kept], self.families[kept])


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of shape (2, 4, 12) and the bias of major."""

    weights: Array
    major_bias: float

    def log_odds(self, channels: Array) -> Array:
        odds = np.einsum("ncki,mci->nmk", channels, self.weights)
        odds[:, 0] += self.major_bias
        return np.asarray(odds.reshape(len(channels), 24), np.float64)


def examples(clips: Sequence[Truth]) -> Examples:
    """Those of the clips that have a key."""
    rows, keys, families = [], [], []
    for clip in clips:
        analysis = Analysis(decode(clip.path).audio, [SpectralPeaks])
        frames, profile = tonal_frames(analysis), tonal_profile(analysis)
        if frames and profile and clip.key is not None:
            rows.append(key_channels(profile, frames.opening)[:, _FROM_TONIC])
            keys.append(clip.key + (0 if clip.mode else 12))
            families.append(clip.family)
    return Examples(np.array(rows), np.array(keys), np.array(families))


def fit(data: Examples, ridge: float = RIDGE) -> Fitted:
    home = np.zeros((2, len(CHANNELS), 12))
    home[:, 0] = standardised(np.array([MAJOR, MINOR]))
    right = np.eye(24)[data.keys]

    def loss(parameters: Array) -> tuple[float, Array]:
        weights = parameters[:-2].reshape(home.shape)
        bias, scale = parameters[-2], np.exp(parameters[-1])
        odds = Fitted(weights, bias).log_odds(data.channels)
        total = logsumexp(odds, axis=1)
        away = weights - scale * home
        value = (total - (odds * right).sum(axis=1)).sum() + ridge * (away**2).sum() + bias**2 / 2
        error = (np.exp(odds - total[:, None]) - right).reshape(-1, 2, 12)
        slope = np.einsum("nmk,ncki->mci", error, data.channels) + 2 * ridge * away
        scale_slope = -2 * ridge * (away * home).sum() * scale
        return float(value), np.array([*slope.ravel(), error[:, 0].sum() + bias, scale_slope])

    start = np.array([*(_START_SCALE * home).ravel(), 0.0, np.log(_START_SCALE)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return Fitted(found[:-2].reshape(home.shape), float(found[-2]))


def cross_validated(data: Examples, ridge: float, seed: int = 0) -> tuple[float, float]:
    """MIREX score and log-loss of families that were left out of the fit."""
    families = np.unique(data.families)
    np.random.default_rng(seed).shuffle(families)
    scores, losses = [], []
    for fold in range(_FOLDS):
        out = np.isin(data.families, families[fold::_FOLDS])
        test = data.part(out)
        odds = fit(data.part(~out), ridge).log_odds(test.channels)
        right = odds[np.arange(len(odds)), test.keys]
        losses += list(logsumexp(odds, axis=1) - right)
        pairs = zip(odds.argmax(axis=1), test.keys, strict=True)
        scores += [mirex(_key(guess), _key(true)) for guess, true in pairs]
    return float(np.mean(scores)), float(np.mean(losses))


def _key(number: int) -> tuple[int, int]:
    return int(number) % 12, int(number < 12)


def _write(found: Fitted) -> None:
    with WEIGHTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["mode", "channel", *range(12)])
        for mode, rows in zip(("major", "minor"), found.weights, strict=True):
            for channel, row in zip(CHANNELS, rows, strict=True):
                writer.writerow([mode, channel, *(f"{value:.{_DIGITS}f}" for value in row)])
        for mode, bias in (("major", found.major_bias), ("minor", 0.0)):
            writer.writerow([mode, "bias", f"{bias:.{_DIGITS}f}", *([""] * 11)])


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=2)
    takes = parser.parse_args(arguments).takes
    clips = [clip for take in range(takes) for clip in rendered("development", take=take)]
    data = examples(clips)
    print(f"{len(clips)} clips, {len(data.keys)} with a key")
    for ridge in (RIDGE / 3, RIDGE, RIDGE * 3, RIDGE * 10):
        score, loss = cross_validated(data, ridge)
        print(f"ridge {ridge:<4.1f} left-out families: MIREX {score:.3f}, log-loss {loss:.3f}")
    _write(fit(data))


if __name__ == "__main__":
    main(sys.argv[1:])
