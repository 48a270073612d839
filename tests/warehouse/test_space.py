"""Features as a vector space: scales, missing values, weights."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.errors import ContractError
from schemas.features import FEATURES, feature
from warehouse.index import space

DIMS = space.dimensions()
EVERY = frozenset(spec.name for spec in FEATURES)


def _columns(rows: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    found = {}
    for spec in space.compared():
        low, high = max(spec.minimum, -60), min(spec.maximum, 5_000)
        found[spec.name] = rng.uniform(max(low, 1) if spec.scale == "log2" else low, high,
                                       (rows, spec.size))  # fmt: skip
    return found


def test_scaling_has_mean_0_and_variance_1() -> None:
    rng = np.random.default_rng(0)
    raw = space.raw_matrix(_columns(2_000, rng), DIMS)
    raw[::7, 3] = np.nan
    raw[:, 5] = 4.0  # a constant must not become infinite
    z = space.Scaling.of(raw).standardised(raw)
    kept = [j for j in range(z.shape[1]) if j != 5]
    assert np.allclose(np.nanmean(z[:, kept], axis=0), 0, atol=0.01)
    assert np.allclose(np.nanstd(z[:, kept], axis=0), 1, atol=0.01)
    assert np.isfinite(z[:, 5]).all()
    assert np.isnan(z[::7, 3]).all()


def test_scales() -> None:
    columns = {spec.name: np.full((3, spec.size), np.nan) for spec in space.compared()}
    columns["tempo_bpm"][:, 0] = (60, 120, 240)
    columns["key_pitch_class"][:, 0] = (11, 0, 5)
    raw = space.raw_matrix(columns, DIMS)
    at = {(d.feature, d.axis): j for j, d in enumerate(DIMS)}
    tempo = raw[:, at["tempo_bpm", "log2"]]
    assert tempo[1] - tempo[0] == pytest.approx(tempo[2] - tempo[1])  # octaves are equally far
    circle = raw[:, [at["key_pitch_class", "cos"], at["key_pitch_class", "sin"]]]
    b_to_c, c_to_f = np.linalg.norm(circle[0] - circle[1]), np.linalg.norm(circle[1] - circle[2])
    assert b_to_c < c_to_f  # B and C are neighbours


def test_distance_by_hand() -> None:
    nan = np.nan
    weight = np.array([0.5, 0.25, 0.25], np.float32)
    query = np.array([1.0, 0.0, nan], np.float32)
    rows = np.array([[1.0, 2.0, 3.0], [nan, 0.0, nan]], np.float32)
    # both known: squares; one missing: z² + 1; both missing: 2; halved.
    first = (0.5 * 0 + 0.25 * 4 + 0.25 * (9 + 1)) / 2
    second = (0.5 * (1 + 1) + 0.25 * 0 + 0.25 * 2) / 2
    assert space.distances(query, rows, weight) == pytest.approx([first, second])
    assert space.coverage(query, rows, weight) == pytest.approx([0.75, 0.25])


def test_random_tracks_are_about_1_apart_whatever_is_missing() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(4_000, 30)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.4] = np.nan
    weight = np.full(30, 1 / 30, np.float32)
    mean = np.mean([space.distances(rows[i], rows[2_000:], weight).mean() for i in range(200)])
    assert mean == pytest.approx(1, abs=0.03)


def test_points_keep_the_order_of_distances() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(300, 20)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.3] = np.nan
    weight = rng.dirichlet(np.ones(20)).astype(np.float32)
    query = rows[0]
    points, point = space.embedded(rows, weight), space.embedded_query(query, weight)
    apart = ((points - point) ** 2).sum(axis=1) / 2 - space.distances(query, rows, weight)
    assert np.ptp(apart) < 1e-5  # the same up to a constant of the query


def test_weights() -> None:
    plain = space.weights(FEATURES, EVERY)
    assert plain.sum() == pytest.approx(1)
    by_feature = {d.feature: 0.0 for d in DIMS}
    for j, d in enumerate(DIMS):
        by_feature[d.feature] += float(plain[j])
    rhythm = [s.name for s in space.compared() if s.group == "rhythm"]
    assert len({round(by_feature[name], 6) for name in rhythm}) == 1  # however many components
    assert by_feature["clip_ratio"] == 0
    asked = space.weights(FEATURES, EVERY, {"tempo_bpm": 3, "quality": 1})
    tempo, clip = (next(j for j, d in enumerate(DIMS) if d.feature == n)
                   for n in ("tempo_bpm", "clip_ratio"))  # fmt: skip
    onset = next(j for j, d in enumerate(DIMS) if d.feature == "onset_rate_hz")
    assert asked[tempo] == pytest.approx(3 * asked[onset])
    assert asked[clip] > 0
    only_tempo = space.weights(FEATURES, frozenset({"tempo_bpm"}))
    assert only_tempo[tempo] == pytest.approx(1)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"rythm": 2.0}, "did you mean rhythm"),
        ({"tempo_candidates": 1.0}, "no such group or feature"),
        ({"rhythm": -1.0}, "valid is 0 … 100"),
        ({"rhythm": float("nan")}, "valid is 0 … 100"),
        (dict.fromkeys(space.GROUP_WEIGHTS, 0.0), "no feature to compare by"),
    ],
)
def test_weights_that_are_refused(factors: dict[str, float], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        space.weights(FEATURES, EVERY, factors)


def test_every_feature_is_compared_or_said_not_to_be() -> None:
    assert {feature(name).name for name in space.NOT_COMPARED} == space.NOT_COMPARED
    assert {d.feature for d in DIMS} | space.NOT_COMPARED == {s.name for s in FEATURES}
