"""Rhythm: tempo, beats, onsets.

Conventions: tempi in BPM, rates in Hz. Where the onsets do not repeat themselves the tempo is null
(NO_PULSE), and with it all that rests on it.
"""

from __future__ import annotations

import numpy as np

from pipelines.features.analysis import Analysis
from pipelines.features.registry import measures
from pipelines.features.rhythm import onsets
from pipelines.features.rhythm.bars import LEAST_CONFIDENCE
from pipelines.features.rhythm.beats import bars, beat_frames, steady_pulse
from schemas.outcomes import NullReason
from schemas.protocols import Value

LEAST_TEMPO_S = 3.0


@measures("tempo_bpm", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_bpm(analysis: Analysis) -> Value:
    found = steady_pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.tempi_bpm[0]


@measures("tempo_confidence", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_confidence(analysis: Analysis) -> Value:
    found = steady_pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.confidence


@measures("tempo_candidates", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_candidates(analysis: Analysis) -> Value:
    found = steady_pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.tempi_bpm


@measures("tempo_candidate_weights", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_candidate_weights(analysis: Analysis) -> Value:
    found = steady_pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.weights


@measures("beat_strength", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def beat_strength(analysis: Analysis) -> Value:
    """Mean onset strength on the tracked beats over that of all frames."""
    frames = beat_frames(analysis)
    if frames is None:
        return NullReason.NO_PULSE
    envelope = onsets.onset_strength(analysis).astype(np.float64)
    return float(envelope[frames].mean() / envelope.mean())


@measures("time_signature", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def time_signature(analysis: Analysis) -> Value:
    """Beats a bar: 3 or 4."""
    found = bars(analysis)
    told = found is not None and found.confidence >= LEAST_CONFIDENCE
    return float(found.beats) if found and told else _no_bars(analysis)


@measures("downbeat_confidence", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def downbeat_confidence(analysis: Analysis) -> Value:
    found = bars(analysis)
    return _no_bars(analysis) if found is None else found.confidence


def _no_bars(analysis: Analysis) -> NullReason:
    return NullReason.NO_PULSE if steady_pulse(analysis) is None else NullReason.NO_METRE


@measures("onset_rate_hz", uses=["mel"], minimum_s=1.0)
def onset_rate_hz(analysis: Analysis) -> Value:
    return onsets.onset_rate(analysis)
