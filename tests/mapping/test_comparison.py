"""Two mappings on the same held-out rows: what is better, equal, worse, or cannot be said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mapping.report import held as held_rows
from mapping.report.comparison import TOLERANCES, Comparison, Figure, compare
from mapping.report.held import MOST_ROWS, Held, HeldPart
from schemas.errors import ArtifactError

NAMES = ("tempo_bpm", "energy", "valence")


def held(
    noise: float = 0.6,
    rows: int = 240,
    seed: int = 0,
    widen: float = 1.0,
    names: tuple[str, ...] = NAMES,
) -> Held:
    """Truth is normal; the mean misses it by `noise`; intervals are right for `widen` 1."""
    truth = np.random.default_rng(0).normal(size=(rows, len(names)))
    rng = np.random.default_rng(seed + 1)
    mean = truth + rng.normal(0, noise, truth.shape)
    z = np.array([-1.645, -0.674, 0, 0.674, 1.645]) * noise * widen
    return Held(
        names,
        tuple(f"t{i:04d}" for i in range(rows)),
        np.arange(rows) // 4,
        truth.astype(np.float32),
        mean.astype(np.float32),
        (mean[..., None] + z).astype(np.float32),
        (np.abs(truth - mean) * 0.6).astype(np.float32),
        (np.abs(truth) * 0.6).astype(np.float32),
    )


def verdicts(found: Comparison) -> dict[str, str]:
    return {figure.name: figure.verdict for figure in found.figures}


def test_the_same_mapping_is_equal_in_all() -> None:
    found = compare(held(), held())
    assert set(verdicts(found).values()) == {"equal"}
    assert (found.rows, found.refused, found.lost, found.gained) == (240, (), (), ())


def test_a_worse_mapping_is_refused_by_name() -> None:
    found = compare(held(0.4), held(0.8))
    assert verdicts(found)["mean_r2"] == verdicts(found)["crps_skill"] == "worse"
    assert any(reason.startswith("mean_r2: ") for reason in found.refused)
    back = compare(held(0.8), held(0.4))
    assert verdicts(back)["mean_r2"] == "better"
    assert back.refused == ()


def test_another_seed_is_equal_within_the_noise() -> None:
    found = compare(held(seed=0), held(seed=9))
    assert verdicts(found)["mean_r2"] == "equal"
    assert found.refused == ()


@pytest.mark.parametrize("artists", [3, 10, 60])
def test_few_artists_do_not_hide_a_ruin(artists: int) -> None:
    """A draw of one kind of music alone has no variance; the noise must not explode with it."""
    rows = np.arange(240)
    rng = np.random.default_rng(0)
    truth = np.repeat(rng.normal(size=(artists, 3)), -(-240 // artists), axis=0)[:240]
    truth += rng.normal(0, 0.05, truth.shape)
    owner = rows // -(-240 // artists)
    good, ruined = (
        replace(
            held(),
            owner=owner,
            truth=truth.astype(np.float32),
            mean=(share * truth + rng.normal(0, 0.1, truth.shape)).astype(np.float32),
        )
        for share in (1.0, 0.0)
    )
    found = compare(good, ruined)
    figure = next(f for f in found.figures if f.name == "mean_r2")
    assert figure.old > 0.9
    assert figure.new < 0.2
    assert figure.verdict == "worse"


def test_intervals_that_are_too_narrow_are_refused() -> None:
    found = compare(held(), held(widen=0.5))
    assert verdicts(found)["coverage90_off"] == "worse"
    assert [r.split(":")[0] for r in found.refused] == ["coverage90_off"]


def test_r2_is_the_textbook_one() -> None:
    one = held(0.5)
    figure = next(f for f in compare(one, one).figures if f.name == "r2_energy")
    t, m = one.truth[:, 1].astype(float), one.mean[:, 1].astype(float)
    assert figure.old == pytest.approx(1 - ((t - m) ** 2).sum() / ((t - t.mean()) ** 2).sum())


def test_a_feature_that_is_gone_is_refused() -> None:
    found = compare(held(), held().columns(NAMES[:2]))
    assert found.lost == ("valence",)
    assert found.refused == ("features: valence is no longer predicted",)
    assert compare(held().columns(NAMES[:2]), held()).gained == ("valence",)


def test_only_common_tracks_with_the_same_truth_count() -> None:
    new = held()
    truth = new.truth.copy()
    truth[:100] += 1  # measured again, otherwise
    moved = replace(new, truth=truth).rows(np.arange(50, 240))
    assert compare(held(), moved).rows == 140


@pytest.mark.parametrize("rows", [0, 29])
def test_too_few_common_tracks_are_no_comparison(rows: int) -> None:
    found = compare(held(), held().rows(np.arange(rows)))
    assert found.figures == ()
    assert found.refused[0].startswith("mean_r2: cannot be compared; only")


def test_a_mapping_without_held_out_rows() -> None:
    assert "the current mapping has no held-out rows" in compare(None, held()).refused[0]
    assert "the new mapping has no held-out rows" in compare(held(), None).refused[0]


def test_tolerance_is_the_stated_one_or_twice_the_noise() -> None:
    calm = Figure("mean_r2", 0.20, 0.195, noise=0.001)
    assert (calm.tolerance, calm.verdict) == (TOLERANCES["mean_r2"], "equal")
    assert replace(calm, new=0.185).verdict == "worse"
    assert replace(calm, new=0.185, noise=0.01).verdict == "equal"
    assert replace(calm, new=0.05, noise=1.0).verdict == "worse"
    assert replace(calm, new=0.25, higher_is_better=False).verdict == "worse"


def test_rows_come_back_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / held_rows.FILE
    one = held(rows=40)
    path.write_bytes(one.to_bytes())
    back = held_rows.read(path)
    assert (back.names, back.track_ids) == (one.names, one.track_ids)
    assert np.array_equal(back.quantiles, one.quantiles)
    path.write_bytes(b"\x00" * 40)
    with pytest.raises(ArtifactError, match=r"held\.safetensors"):
        held_rows.read(path)


def test_a_large_sample_is_the_same_tracks_for_any_order() -> None:
    count = MOST_ROWS + 500
    ids = [f"t{i}" for i in range(count)]

    def kept(order: list[int]) -> set[str]:
        ones = np.zeros((count, 1), np.float32)
        part = HeldPart(
            tuple(ids[i] for i in order), np.zeros(count, np.int64),
            ones, ones, np.zeros((count, 1, 5), np.float32), ones, ones,
        )  # fmt: skip
        found = Held.of(("energy",), [part])
        assert found is not None
        assert list(found.track_ids) == sorted(found.track_ids)
        return set(found.track_ids)

    first = kept(list(range(count)))
    assert len(first) == MOST_ROWS
    assert kept(list(range(count))[::-1]) == first
    assert Held.of(("energy",), []) is None
