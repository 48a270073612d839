"""Keys: 24 probabilities from pitch classes, chords and the opening chord.

Conventions: the 24 keys are C major … B major, then C minor … B minor; mode 1 major, 0 minor.

A key's log-odds are a weighted sum of four channels of 12 values, each standardised and read from
the key's tonic upwards: pitch classes, major triads, minor triads by root, and the roots heard in
the first two seconds. One set of weights for major and one for minor serve all tonics, so
transposing the music transposes the answer. `key_weights.csv` holds them; `python -m
benchmarks._fit_key` fits them, by maximum likelihood on the development part of the rendered corpus
with a ridge towards the profile bgate (Faraldo et al. 2016, "Key estimation in electronic dance
music"). Being fitted to likelihood they need no temperature.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.registry import shared
from pipelines.features.tonality.chords import standardised
from pipelines.features.tonality.frames import PitchProfile, TonalFrames, tonal_frames

Array = npt.NDArray[np.float64]

CHANNELS = ("classes", "major", "minor", "opening")
WEIGHTS = Path(__file__).with_name("key_weights.csv")

_SAME_KEY = 0.5  # prior probability that a stretch of a track is in the track's key
_FROM_TONIC = (np.arange(12)[:, None] + np.arange(12)) % 12


class LocalKey(NamedTuple):
    """The key of a stretch of a track; `strength` is its probability, 0 … 1."""

    pitch_class: int
    mode: int
    strength: float


@dataclass(frozen=True, slots=True)
class KeyWeights:
    """`weights` of shape (2, 4, 12), major before minor; `bias` of shape (2,)."""

    weights: Array
    bias: Array


@functools.cache
def key_weights() -> KeyWeights:
    with WEIGHTS.open(newline="", encoding="utf-8") as file:
        rows = {(row["mode"], row["channel"]): row for row in csv.DictReader(file)}
    weights = [
        [[float(rows[mode, channel][str(step)]) for step in range(12)] for channel in CHANNELS]
        for mode in ("major", "minor")
    ]
    bias = [float(rows[mode, "bias"]["0"]) for mode in ("major", "minor")]
    return KeyWeights(np.array(weights), np.array(bias))


def key_channels(profile: PitchProfile, opening: Array) -> Array:
    """The four channels, standardised, shape (4, 12)."""
    return standardised(np.stack([profile.classes, profile.major, profile.minor, opening]))


def key_log_odds(channels: Array) -> Array:
    """Unnormalised log-probabilities of the 24 keys."""
    model = key_weights()
    odds = np.einsum("cki,mci->mk", channels[:, _FROM_TONIC], model.weights)
    result: Array = (odds + model.bias[:, None]).ravel()
    return result


def probabilities(log_odds: Array) -> Array:
    odds = np.exp(log_odds - log_odds.max())
    result: Array = odds / odds.sum()
    return result


@shared
def tonal_profile(analysis: Analysis) -> PitchProfile | None:
    """The whole track's pitch profile; None where the sound has no key."""
    frames = tonal_frames(analysis)
    profile = frames.profile() if frames else None
    return profile if profile and profile.tonal else None


@shared
def key_distribution(analysis: Analysis) -> Array | None:
    """Probabilities of the 24 keys for the whole track; None where the sound has no key."""
    frames, profile = tonal_frames(analysis), tonal_profile(analysis)
    if frames is None or profile is None:
        return None
    return probabilities(key_log_odds(key_channels(profile, frames.opening)))


def key_between(analysis: Analysis, start_s: float, end_s: float) -> LocalKey | None:
    """The key of a stretch of the track, which must announce `SpectralPeaks`.

    The whole track's key is half of the prior: a stretch leaves it only for good reason. None where
    the track or the stretch has no key. The frames are 0.74 s long; a few seconds are the least
    that an answer can rest on.
    """
    frames, whole = tonal_frames(analysis), key_distribution(analysis)
    if frames is None or whole is None:
        return None
    return _local_key(frames, whole, start_s, end_s)


def _local_key(frames: TonalFrames, whole: Array, start_s: float, end_s: float) -> LocalKey | None:
    profile = frames.profile(start_s, end_s)
    if profile is None or not profile.tonal:
        return None
    prior = _SAME_KEY * whole + (1 - _SAME_KEY) / 24
    local = key_log_odds(key_channels(profile, np.zeros(12))) + np.log(prior)
    best = int(local.argmax())
    return LocalKey(best % 12, int(best < 12), float(probabilities(local)[best]))
