"""Loudness after ITU-R BS.1770-4: K-weighting and gating, from the energy of short hops.

Everything that the bus decides (loudness, limiting, compression) is decided on hops of `HOP`
samples: 70 of them are the standard's 100 ms, so that its blocks are exact, and a gain that
changes from hop to hop changes the energy of hops by its square, without filtering again.
"""

from __future__ import annotations

import numpy as np

from generation.sequencer.synthesis.filtering import k_weighting
from generation.sequencer.synthesis.signal import Curve, Samples

HOP = 63
_STEP = 70
_BLOCK = 4 * _STEP
_ABSOLUTE_LUFS = -70.0
_RELATIVE_LU = -10.0
_OFFSET_DB = -0.691


def hop_energy(samples: Samples) -> Curve:
    """Sum of squares in each hop over the channels, shape (hops,); a last part hop is padded."""
    hops = -(-samples.shape[1] // HOP)
    out = np.zeros(hops)
    whole = samples.shape[1] // HOP
    for channel in samples:
        cut = channel[: whole * HOP].reshape(whole, HOP)
        out[:whole] += np.einsum("ij,ij->i", cut, cut)
        out[whole:] += float(np.sum(channel[whole * HOP :].astype(np.float64) ** 2))
    return out


def gated_loudness(energy: Curve) -> float:
    """Integrated loudness of K-weighted hop energies, LUFS; -70 when all is below the gate.

    What is shorter than a block of 0.4 s is taken as one block.
    """
    if energy.size < _BLOCK:
        return max(_ABSOLUTE_LUFS, _lufs(float(energy.sum()) / max(energy.size * HOP, 1)))
    steps = energy[: energy.size // _STEP * _STEP].reshape(-1, _STEP).sum(axis=1)
    total = np.concatenate(([0.0], np.cumsum(steps)))
    blocks = (total[4:] - total[:-4]) / (_BLOCK * HOP)
    loud = blocks[blocks > 10 ** ((_ABSOLUTE_LUFS - _OFFSET_DB) / 10)]
    if not loud.size:
        return _ABSOLUTE_LUFS
    kept = loud[loud > loud.mean() * 10 ** (_RELATIVE_LU / 10)]
    return _lufs(float(kept.mean()))


def integrated_loudness(samples: Samples) -> float:
    """Of samples of shape (channels, n) at 44.1 kHz, LUFS."""
    return gated_loudness(hop_energy(k_weighting(samples)))


def _lufs(power: float) -> float:
    return _OFFSET_DB + 10 * float(np.log10(max(power, 1e-12)))
