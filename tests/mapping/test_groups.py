"""Held-out figures of recordings and of rendered tracks, each for themselves."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mapping.encoder import load_encoder
from mapping.model import Mapping
from mapping.predicting.learned import TrackInfo
from mapping.report.groups import ORIGINS, by_group, told_apart
from mapping.report.held import Held
from schemas.answers import EvidenceTrack
from schemas.protocols import TrainingExample


def held(rows: int = 60) -> Held:
    """Forty tracks predicted without error, twenty by chance; one value is not known."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(rows, 2)).astype(np.float32)
    mean = truth.copy()
    mean[40:] = rng.normal(size=(rows - 40, 2))
    truth[0, 0] = np.nan
    crps = np.abs(truth - mean)
    return Held(
        names=("a", "b"),
        track_ids=tuple(f"t{n}" for n in range(rows)),
        owner=np.zeros(rows, np.int64),
        truth=truth,
        mean=mean,
        quantiles=np.zeros((rows, 2, 5), np.float32),
        crps=crps,
        crps_prior=np.ones_like(crps),
    )


def test_figures_of_groups_are_not_those_of_the_whole() -> None:
    """An easy group and a hard one: the whole looks better than the hard one is."""
    rows = held()
    truth, mean = rows.truth, rows.mean
    groups = {f"t{n}": "easy" if n < 40 else "hard" for n in range(59)}
    found = by_group(rows, groups)
    assert {name: one.tracks for name, one in found.items()} == {"easy": 40, "hard": 19}
    assert found["easy"].mean_r2 == pytest.approx(1)
    assert found["easy"].crps_skill is None or found["easy"].crps_skill == pytest.approx(1)
    expected = 1 - np.mean(
        ((truth - mean)[40:59] ** 2).sum(0) / ((truth[40:59] - truth[40:59].mean(0)) ** 2).sum(0)
    )
    assert found["hard"].mean_r2 == pytest.approx(float(expected), abs=1e-5)
    assert by_group(rows, {"t0": "one"})["one"].mean_r2 is None


def test_a_manifest_says_how_much_was_rendered() -> None:
    plain = Mapping.starter(load_encoder()).manifest
    rows = held()

    def examples(rendered: int) -> list[TrainingExample]:
        return [
            TrainingExample(
                name, "x", {}, {}, origin="score_render" if n < rendered else "recording"
            )
            for n, name in enumerate(rows.track_ids)
        ]

    mixed = told_apart(plain, examples(40), rows)
    assert mixed.details[ORIGINS]["score_render"]["mean_r2"] == pytest.approx(1)
    (said,) = set(mixed.warnings) - set(plain.warnings)
    assert said.startswith("40 of 60 tracks are rendered scores")
    assert "1.00 on them and -" in said
    (said,) = set(told_apart(plain, examples(60), rows).warnings) - set(plain.warnings)
    assert said.startswith("all 60 tracks are rendered")
    none = told_apart(plain, examples(0), rows)
    assert none.warnings == plain.warnings
    assert dataclasses.replace(none, details=plain.details) == plain


def test_evidence_says_what_is_no_recording() -> None:
    """An answer from before has no origins, and claims nothing."""
    info = TrackInfo.of(TrainingExample("t", "dark", {}, {}, origin="score_render"))
    assert info.origin == "score_render"
    track = EvidenceTrack(track_id="t", weight=1, origin=info.origin)
    assert track.rendered
    assert not EvidenceTrack(track_id="t", weight=1).rendered
    assert "rendered" not in track.model_dump()
