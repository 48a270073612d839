"""A mapping moved to another catalogue by a few labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mapping.learning.recalibration import fit_shift, recalibrate
from mapping.model import Mapping
from schemas.errors import MappingError
from schemas.protocols import TextEncoder, TrainingExample
from tests.mapping.catalogue import examples


def test_a_shift_is_found_and_shrunk() -> None:
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(400, 3))
    truth = np.column_stack([mean[:, 0] + 1.5, 0.4 * mean[:, 1], mean[:, 2]])
    truth[4:, 2] = np.nan
    shift = fit_shift(mean, truth)
    assert shift.offset[0] == pytest.approx(1.5, abs=0.05)
    assert shift.gain[1] == pytest.approx(0.4, abs=0.1)
    assert (shift.gain[2], shift.offset[2]) == (1, 0)  # four values say too little
    few = fit_shift(mean[:8], truth[:8])
    assert 0.5 < few.offset[0] < 1.3


def _elsewhere(count: int, seed: int) -> list[TrainingExample]:
    """The same styles where everything is less energetic and recorded more quietly."""
    return [
        replace(e, features={**e.features, "energy": 0.5 * (e.features["energy"] or 0)})
        for e in examples(count, seed)
    ]


def test_few_labels_move_what_differs_and_leave_the_rest(
    mapping: Mapping, encoder: TextEncoder
) -> None:
    moved = mapping.recalibrate(_elsewhere(40, seed=5))
    asked = _elsewhere(80, seed=6)
    before, after = (_errors(m, asked, encoder) for m in (mapping, moved))
    assert after["energy"] < 0.7 * before["energy"]
    assert after["valence"] < 1.15 * before["valence"]
    energy = moved.condition("death metal, brutal").features["energy"]
    assert energy.value is not None
    assert energy.value < 0.75  # 0.95 where it learnt
    assert moved.condition("x death metal").samples is not None
    assert moved.info.model_id != mapping.info.model_id
    assert "recalibrated" in " ".join(moved.manifest.warnings)


def _errors(m: Mapping, asked: list[TrainingExample], encoder: TextEncoder) -> dict[str, float]:
    found: dict[str, list[float]] = {"energy": [], "valence": []}
    for text in sorted({e.text for e in asked}):
        weights = m.learned.weights(text, encoder.encode([text])[0])
        mean = m.learned.scaler.natural(m.learned.reference.mean(weights))
        for name, gaps in found.items():
            truth = [e.features[name] or 0.0 for e in asked if e.text == text]
            gaps.append(abs(float(mean[m.features.index(name)]) - float(np.mean(truth))))
    return {name: float(np.mean(gaps)) for name, gaps in found.items()}


def test_labels_without_values_are_refused(mapping: Mapping, encoder: TextEncoder) -> None:
    empty = [replace(e, features={}) for e in examples(20)]
    with pytest.raises(MappingError, match="at least 5"):
        recalibrate(mapping.learned, empty, encoder)
    with pytest.raises(MappingError, match="0 examples with text"):
        recalibrate(mapping.learned, [], encoder)


def test_a_moved_mapping_survives_saving(mapping: Mapping, tmp_path_factory: object) -> None:
    import tempfile
    from pathlib import Path

    moved = mapping.recalibrate(_elsewhere(30, seed=5))
    with tempfile.TemporaryDirectory() as folder:
        moved.save(Path(folder) / "m")
        loaded = Mapping.load(Path(folder) / "m", mapping.encoder)
    prompt = "deep house, club"
    assert loaded.condition(prompt).vector == moved.condition(prompt).vector
