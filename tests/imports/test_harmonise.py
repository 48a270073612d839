"""Scales are brought together by a monotone curve where tracks allow it, else never mixed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.calibrate import MINIMUM_TRACKS, Pairs, calibrate, fit, spearman
from pipelines.harmonise import harmonise
from schemas.analysis import MetricRow
from schemas.catalogue import TrackRow
from schemas.features import feature, group_version
from schemas.outcomes import FeatureStatus
from schemas.tables import TABLES
from warehouse.reader import WarehouseReader

ENERGY, TEMPO = feature("energy"), feature("tempo_bpm")


def _pairs(x, y, holders=None):
    x, y = np.asarray(x, float), np.asarray(y, float)
    return Pairs(x, y, holders or [f"artist {i}" for i in range(len(x))])


def _curved(count, noise=0.03, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, count)
    y = np.clip(0.2 + 0.6 * x**2 + rng.normal(0, noise, count), 0, 1)
    return x, y


def test_a_known_curve_is_found_again():
    found = calibrate(ENERGY, _pairs(*_curved(400)), same_unit=False)
    assert found.method == "isotonic"
    assert found.reason is None
    at = np.linspace(0.05, 0.95, 19)
    assert np.abs(found.curve(at) - (0.2 + 0.6 * at**2)).max() < 0.04
    assert found.error_after < 0.035 < found.error_before
    assert found.error_constant > 0.1
    assert found.spearman > 0.9


@pytest.mark.parametrize(
    ("spec", "x", "y", "reason"),
    [
        (ENERGY, *_curved(MINIMUM_TRACKS - 1), "29 tracks have both; 30 are needed"),
        (ENERGY, np.random.default_rng(0).random(200), np.random.default_rng(1).random(200),
         "rank correlation is"),
        (ENERGY, np.linspace(0, 1, 100), np.linspace(1, 0, 100), "rank correlation is -1.00"),
        (ENERGY, np.ones(100), np.linspace(0, 1, 100), "rank correlation is undefined"),
        (feature("key_pitch_class"), np.arange(90) % 12, np.arange(90) % 12, "100% of 90 tracks"),
        (feature("key_mode"), np.zeros(0), np.zeros(0), "no track has both"),
    ],
)  # fmt: skip
def test_where_there_is_none_the_reason_says_why(spec, x, y, reason):
    found = calibrate(spec, _pairs(x, y), same_unit=True)
    assert found.curve is None
    assert reason in found.reason


def test_what_is_on_the_scale_already_stays_as_it_is():
    rng = np.random.default_rng(0)
    y = rng.uniform(60, 180, 200)
    found = calibrate(TEMPO, _pairs(y + rng.normal(0, 0.1, 200), y), same_unit=True)
    assert found.method == "identity"
    assert found.error_after == found.error_before < 0.2


def test_the_tracks_of_an_artist_stay_in_one_fold():
    # Each artist has a level of its own: only by remembering artists could the error be small.
    rng = np.random.default_rng(0)
    level = rng.uniform(0, 1, 8)
    owner = rng.integers(0, 8, 400)
    x = owner + rng.normal(0, 0.01, 400)
    apart = calibrate(ENERGY, _pairs(x, level[owner], [f"a{i}" for i in owner]), same_unit=False)
    mixed = calibrate(ENERGY, _pairs(x, level[owner]), same_unit=False)
    assert apart.error_after > mixed.error_after + 0.02


values = st.lists(
    st.tuples(st.floats(-60, 0), st.floats(0, 1)), min_size=2, max_size=80
)  # fmt: skip


@given(values)
def test_a_curve_never_falls_and_its_knots_ascend(pairs):
    x, y = (np.array(side) for side in zip(*pairs, strict=True))
    curve = fit(ENERGY, x, y)
    assert all(a < b for a, b in zip(curve.x, curve.x[1:], strict=False))
    assert all(a <= b + 1e-12 for a, b in zip(curve.y, curve.y[1:], strict=False))
    assert 2 <= len(curve.x) <= 16
    assert 0 <= min(curve.y) <= max(curve.y) <= 1


def test_rank_correlation_equals_scipys():
    from scipy.stats import spearmanr

    x, y = _curved(50)
    x[:10] = x[0]
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)


def _measured(track_id, energy):
    return TABLES["features_loudness"].row(
        track_id=track_id, group_version=group_version("loudness"), extractor="wordtone",
        status=FeatureStatus.COMPLETE, null_reasons="{}", energy=energy,
    )  # fmt: skip


def _imported(track_id, metric, value, source="spotify:table", unit="ratio"):
    return MetricRow(track_id=track_id, metric=metric, value=value, unit=unit, source=source)


def test_imported_values_are_shown_calibrated_and_never_pooled_with_what_is_not(
    settings, location, write, read, snapshot
):
    x, y = _curved(120)
    both = [f"b{i:03d}" for i in range(120)]
    alone = [f"i{i:03d}" for i in range(5)]
    tracks = [TrackRow(track_id=track, artist=track) for track in [*both, *alone, "x1", "x2"]]
    metrics = [
        _imported(track, "echonest_energy", float(v)) for track, v in zip(both, x, strict=True)
    ]
    metrics += [_imported(track, "echonest_energy", 0.5) for track in alone]
    # Valence of two sources on different tracks: nothing joins them.
    metrics += [_imported(track, "valence", 0.4) for track in alone]
    metrics += [_imported(t, "valence", 0.9, "acousticbrainz:highlevel") for t in ("x1", "x2")]
    measured = [_measured(track, float(v)) for track, v in zip(both, y, strict=True)]
    write(tracks=tracks, metrics=metrics, features_loudness=measured)
    ask = "SELECT energy, energy_source FROM track_features WHERE track_id = 'i000'"
    assert read(ask) == [{"energy": None, "energy_source": None}]
    (row,) = harmonise(settings).usable
    assert (row.metric, row.source, row.reference, row.tracks) == (
        "energy", "spotify:table", "wordtone", 120,
    )  # fmt: skip
    (shown,) = read(ask)
    assert shown["energy_source"] == "spotify:table→wordtone"
    assert shown["energy"] == pytest.approx(np.interp(0.5, row.x, row.y), abs=1e-9)
    # What was measured stays as it is.
    assert read("SELECT DISTINCT energy_source FROM track_features WHERE track_id LIKE 'b%'") == [
        {"energy_source": "wordtone"}
    ]
    asked = [min(row.x) - 1, *row.x, (row.x[3] + row.x[4]) / 2, max(row.x) + 1]
    names = [f"z{i:02d}" for i in range(len(asked))]
    write(
        tracks=[TrackRow(track_id=name) for name in names],
        metrics=[_imported(n, "echonest_energy", v) for n, v in zip(names, asked, strict=True)],
    )
    found = read("SELECT energy FROM track_features WHERE track_id LIKE 'z%' ORDER BY track_id")
    assert [f["energy"] for f in found] == pytest.approx(np.interp(asked, row.x, row.y), abs=1e-9)
    before = snapshot()
    assert not harmonise(settings).changed
    assert snapshot() == before

    reader = WarehouseReader(location)
    examples = {example.track_id: example for example in reader.training_examples()}
    assert sum(e.features["energy"] is not None for e in examples.values()) == 125 + len(asked)
    assert {t for t, e in examples.items() if e.features["valence"] is not None} == set(alone)
    assert set(reader.left_out) == {"valence"}
    left_out = reader.left_out["valence"]
    assert (left_out.kept, left_out.values) == ("spotify:table", 5)
    assert left_out.left_out == {"acousticbrainz:highlevel": 2}
