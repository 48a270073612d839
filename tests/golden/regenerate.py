"""Writes features.json: what is measured on audio made by code, with the version of each group.

Run `python -m tests.golden.regenerate` after raising the version of a feature, and look at the
difference before committing it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pipelines.features.extract import extract
from schemas.audio import Audio
from schemas.features import FEATURES, group_version, groups
from schemas.outcomes import NullReason
from tests.features import synth

GOLDEN = Path(__file__).with_name("features.json")
DIGITS = 6


def signals() -> dict[str, Audio]:
    """Deterministic audio that reaches every feature and most null rules."""
    wide = synth.song(96, 9, False, 8)
    return {
        "song": synth.song(124, 2, True, 10),
        "slow song in minor": wide,
        "song in two parts": _joined(
            synth.song(120, 0, True, 12, rate_hz=22_050),
            synth.song(120, 5, False, 12, rate_hz=22_050),
        ),
        "surround": _surround(wide),
        "drums": synth.audio(synth.drums(170, 6)),
        "held chord": synth.audio(synth.chords(7, False, 6, chord_s=6, decay=0), rate_hz=44_100),
        "noise": synth.audio(synth.noise(4), rate_hz=22_050),
        "clipped": synth.audio((synth.chords(0, True, 4) * 9).clip(-1, 1)),
        "low rate": synth.song(110, 4, True, 6, rate_hz=8_000),
        "silence": synth.audio(np.zeros(44_100)),
        "short": synth.audio(synth.sine(440, 0.2)),
    }


def _surround(stereo: Audio) -> Audio:
    """Six channels over a noise floor at -66 dB.

    Without it the highest octave holds nothing but the rounding of the six channels' sum, which
    another processor rounds otherwise: its contrast moved by 0.05 dB.
    """
    floor = synth.noise(stereo.duration_s, 5e-4, stereo.sample_rate_hz)
    samples = np.concatenate([stereo.samples] * 3) + floor.astype(np.float32)
    return Audio(samples, stereo.sample_rate_hz, 16.0)


def _joined(*parts: Audio) -> Audio:
    samples = np.concatenate([part.samples for part in parts], axis=1)
    return Audio(samples, parts[0].sample_rate_hz)


def measured() -> dict[str, object]:
    """The content of features.json."""
    return {
        "versions": {group: group_version(group) for group in groups()},
        "values": {
            name: {key: _plain(value) for key, value in extract(audio).items()}
            for name, audio in signals().items()
        },
    }


def _plain(value: object) -> object:
    if isinstance(value, NullReason):
        return f"null: {value}"
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


if __name__ == "__main__":
    assert len(FEATURES) > 0
    GOLDEN.write_text(json.dumps(measured(), indent=1) + "\n")
