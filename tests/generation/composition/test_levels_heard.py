"""The four levels in the sound itself: what the scores claim is heard."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._composition_sound import heard_keys, heard_similarities
from benchmarks.composition import plan_of, shorter

STYLES = ("pop", "house", "folk", "reggae", "country", "soul", "waltz", "rock")


@pytest.mark.slow
def test_choruses_are_heard_to_return_and_verses_to_differ() -> None:
    found = [heard_similarities(plan_of(name, 70, "major")) for name in STYLES[:5]]
    assert np.mean([value for one in found for value in one["returns"]]) >= 0.9
    assert np.mean([value for one in found for value in one["contrasts"]]) <= 0.7


@pytest.mark.slow
def test_keys_are_heard_and_best_with_harmony() -> None:
    plans = [shorter(plan_of(name, 71 + i, mode), 15.0) for i, name in enumerate(STYLES)
             for mode in ("major", "minor")]  # fmt: skip
    found = [heard_keys(plan) for plan in plans]
    share = {level: np.mean([one[level][0] for one in found]) for level in found[0]}
    assert share["harmony"] >= 0.8
    assert share["band"] >= 0.8
    assert share["melody"] >= 0.4
