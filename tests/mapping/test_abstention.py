"""Where nothing is known the answer is the catalogue's own spread, and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mapping.learning.training import fit
from mapping.model import Mapping
from mapping.predicting import answer
from mapping.predicting.calibration import Calibration
from schemas.parts import Lock
from schemas.protocols import TextEncoder
from tests.mapping.catalogue import examples


def _with_skill(mapping: Mapping, name: str, skill: float) -> Mapping:
    learned = mapping.learned
    every = np.full(len(learned.names), 0.5)
    every[learned.names.index(name)] = skill
    calibration = replace(learned.calibration, skill=every)
    return Mapping(replace(learned, calibration=calibration), mapping.manifest, mapping.encoder)


def test_a_feature_without_skill_is_given_up(mapping: Mapping, encoder: TextEncoder) -> None:
    learned = _with_skill(mapping, "energy", -0.02).learned
    weights = learned.weights("death metal", encoder.encode(["death metal"])[0])
    found = answer.conditions(learned, weights, {}, (), True)
    energy = found["energy"]
    assert energy.abstained == "on music held out, words told nothing of it"
    assert (energy.confidence, energy.lock) == (0, Lock.FREE)
    j = learned.names.index("energy")
    prior = learned.scaler.natural(learned.prior_quantiles.T).T[j]
    assert energy.quantiles is not None
    assert energy.quantiles.p05 == pytest.approx(prior[0])
    assert energy.quantiles.p95 == pytest.approx(prior[4])
    assert found["valence"].abstained is None
    assert found["valence"].confidence > 0.3


def test_a_word_that_names_the_feature_is_still_heard(mapping: Mapping) -> None:
    answered = _with_skill(mapping, "energy", -0.02).condition("calm folk")
    assert answered.features["energy"].abstained is None
    assert answered.features["energy"].lock is Lock.SOFT


def test_far_from_everything_all_is_given_up(mapping: Mapping) -> None:
    learned = mapping.learned
    found = answer.conditions(learned, learned.reference.uniform(), {}, (), True)
    assert {c.abstained for c in found.values()} == {"nothing in the catalogue is near the prompt"}
    unasked = answer.conditions(learned, learned.reference.uniform(), {}, (), False)
    assert {c.abstained for c in unasked.values()} == {None}


def test_noise_has_no_skill_and_structure_has(encoder: TextEncoder) -> None:
    """A feature that has nothing to do with the words is found out by held-out tracks."""
    rng = np.random.default_rng(1)
    tracks = [
        replace(e, features={"energy": e.features["energy"], "liveness": float(rng.random())})
        for e in examples(320, artists=80)
    ]
    from mapping.learning.config import TrainConfig

    config = TrainConfig(captions=100, components=256, evaluate=False)
    learned = fit(tracks, encoder, config).learned
    calibration: Calibration = learned.calibration
    assert calibration.skill is not None
    assert not calibration.is_hopeless(learned.names.index("energy"))
    assert calibration.skill[learned.names.index("energy")] > 0.4
    assert calibration.skill[learned.names.index("liveness")] < 0.05
