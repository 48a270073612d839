"""How far the features that librosa defines are from librosa 0.11, on music.

Twenty seconds from the middle of every recording in `.wordtone/demo/cache/music` (what `./dev demo`
has fetched), or of music made by code where there are none. The difference of each value is divided
by the tolerance that its FeatureSpec states, so 1 is the limit.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks._accuracy_loudness import recordings, signals
from benchmarks.figures import Figure
from pipelines.features.extract import extract
from pipelines.features.reference.measures import extract_reference
from schemas.audio import Audio
from schemas.features import FEATURES, FeatureSpec
from schemas.outcomes import NullReason
from schemas.protocols import Value

DEFINED = [s for s in FEATURES if s.tolerance is not None and "librosa" in s.source]
_QUICK_STEP = 8
_PEER = "librosa 0.11"


def figures(quick: bool) -> Sequence[Figure]:
    name, target = "librosa_equality_worst", "<= 1"
    if importlib.util.find_spec("librosa") is None:
        return [Figure(name, None, "tolerances", target, _PEER, "pip install librosa==0.11.0")]
    worst, which, count = 0.0, "", 0
    for title, audio in _music(quick):
        count += 1
        for feature, share in _shares(audio).items():
            if share >= worst:
                worst, which = share, f"{feature} of {title}"
    note = f"{count} pieces, {len(DEFINED)} features; {which}"
    return [Figure(name, worst, "tolerances", target, _PEER, note)]


def _music(quick: bool) -> Iterator[tuple[str, Audio]]:
    step = _QUICK_STEP if quick else 1
    found = False
    for piece in recordings(step):
        found = True
        yield piece
    if not found:
        yield from (piece for piece in signals(quick) if "chord" in piece[0])


def _shares(audio: Audio) -> dict[str, float]:
    """Largest difference of each feature over its tolerance; infinite where one is null alone."""
    groups = {spec.group for spec in DEFINED}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa and numba warn about short input
        ours, theirs = extract(audio, groups), extract_reference(audio, groups)
    return {spec.name: _share(spec, ours[spec.name], theirs[spec.name]) for spec in DEFINED}


def _share(spec: FeatureSpec, one: Value, other: Value) -> float:
    if isinstance(one, NullReason) or isinstance(other, NullReason):
        return 0.0 if one is other else float("inf")
    assert spec.tolerance is not None
    difference = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return float(np.abs(difference).max() / spec.tolerance)
