"""The parts that learn: text weights, ridge with gaps, captions, baselines, evaluation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from mapping.learning.baselines import Lookup
from mapping.learning.captions import Catalogue, write_captions
from mapping.learning.config import TrainConfig, choose_targets
from mapping.learning.evaluation import evaluate
from mapping.learning.training import fit
from mapping.predicting.ridge import dense_path, sparse_path
from mapping.predicting.scaling import Scaler, feature_matrix
from mapping.predicting.tfidf import fit_tfidf, terms
from mapping.reading.lexicon import lexicon
from schemas.errors import MappingError
from schemas.features import feature
from schemas.protocols import TextEncoder
from tests.mapping.catalogue import examples


def test_terms_do_not_pair_over_a_comma() -> None:
    assert terms("Deep House, R&B") == ["deep", "house", "deep house", "r&b"]


def test_tfidf_in_numpy_equals_scikit_learn() -> None:
    texts = [e.text for e in examples(24)] * 5 + ["deep deep deep house, unseen words"]
    fitted, matrix = fit_tfidf(texts[:-1], 1_000)
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True, min_df=2).fit(texts[:-1])
    coef = np.eye(len(fitted.vocabulary), dtype=np.float32)
    np.testing.assert_allclose(
        fitted.times(texts, coef), vectorizer.transform(texts).toarray(), atol=1e-6
    )
    np.testing.assert_allclose(matrix.toarray(), fitted.times(texts[:-1], coef), atol=1e-6)


def test_weighted_ridge_equals_scikit_learn_and_skips_gaps() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5_000, 6)).astype(np.float32)
    y = x @ rng.normal(size=(6, 3)) + rng.normal(size=(5_000, 3)) + 4
    weight = rng.integers(1, 4, size=y.shape).astype(float)
    weight[:, 2] = weight[:, 0]
    weight[::2, 1] = 0
    paths = (
        dense_path(lambda rows: rows, x, y, weight, (0.5, 50.0)),
        sparse_path(csr_matrix(x), y, weight, (0.5, 50.0)),
    )
    for a, alpha in enumerate((0.5, 50.0)):
        for j in range(3):
            seen = weight[:, j] > 0
            model = Ridge(alpha=alpha)
            model.fit(x[seen].astype(float), y[seen, j], sample_weight=weight[seen, j])
            for path in paths:
                np.testing.assert_allclose(path.coef[a, :, j], model.coef_, atol=2e-3)
                assert path.intercept[a, j] == pytest.approx(model.intercept_, abs=5e-3)


def test_scaler_round_trip_keeps_gaps() -> None:
    specs = (feature("tempo_bpm"), feature("energy"), feature("brightness_hz"))
    natural = np.array([[60.0, 0.1, 0.0], [120.0, np.nan, 900.0], [240.0, 0.9, 4000.0]])
    scaler = Scaler.fit(specs, natural)
    z = scaler.standardise(natural)
    assert z[0, 0] == pytest.approx(-z[2, 0])  # an octave down and up
    np.testing.assert_allclose(scaler.natural(z)[:, :2], natural[:, :2])
    assert scaler.natural(z)[0, 2] <= 0.0011  # brightness of silence, read as the smallest


def test_captions_say_what_is_true_and_are_repeatable() -> None:
    tracks = examples(80)
    specs = (feature("tempo_bpm"), feature("energy"))
    natural = feature_matrix(tracks, specs)
    catalogue = Catalogue([e.text for e in tracks], natural, specs)
    captions = write_captions(catalogue, lexicon(), 400, 0)
    assert captions == write_captions(catalogue, lexicon(), 400, 0)
    assert captions != write_captions(catalogue, lexicon(), 400, 1)
    assert {caption.track for caption in captions} == set(range(80))
    tempo = natural[:, 0]
    fast = [tempo[c.track] for c in captions if "uptempo" in c.text or "rapid" in c.text]
    slow = [tempo[c.track] for c in captions if "downtempo" in c.text or "unhurried" in c.text]
    assert min(fast) >= np.quantile(tempo, 0.79)
    assert max(slow) <= np.quantile(tempo, 0.21)


def test_lookup_takes_the_most_frequent_tag() -> None:
    texts = ["house, club"] * 6 + ["folk, club"] * 8
    lookup = Lookup.fit(texts, np.array([[1.0]] * 6 + [[-1.0]] * 8))
    found = lookup.predict(["house", "folk, house", "polka"])
    np.testing.assert_allclose(found[:, 0], [1.0, -1.0, -2 / 14], atol=1e-9)


def test_targets_are_those_with_values() -> None:
    tracks = examples(40)
    names = [spec.name for spec in choose_targets(tracks, TrainConfig())]
    assert "onset_rate_hz" in names
    assert "instrumentalness" in names
    assert "danceability" not in names
    few = [replace(e, features={**e.features, "energy": None}) for e in tracks]
    assert "energy" not in [spec.name for spec in choose_targets(few, TrainConfig())]
    for target, message in (("speed", "unknown feature"), ("chroma", "not a scalar")):
        with pytest.raises(MappingError, match=message):
            choose_targets(tracks, TrainConfig(targets=(target,)))
    with pytest.raises(MappingError, match="energy has 0 values"):
        choose_targets(few, TrainConfig(targets=("energy",)))
    with pytest.raises(MappingError, match="nothing to learn"):
        choose_targets([replace(e, features={}) for e in tracks], TrainConfig())


def test_evaluation_beats_its_baselines_on_unseen_artists(
    encoder: TextEncoder, config: TrainConfig
) -> None:
    found = evaluate(examples(), encoder, replace(config, captions=160, components=128, folds=3))
    assert found.tested == 160
    for name in ("tempo_bpm", "energy", "brightness_hz"):
        scores = found.features[name]
        assert scores.r2 is not None
        assert scores.r2_dummy is not None
        assert scores.r2 > 0.7
        assert scores.r2_dummy <= 0.01
        assert scores.mae is not None
        assert scores.mae < (scores.mae_dummy or 0)
        assert 0.8 <= (scores.coverage90 or 0) <= 1
        assert (scores.crps_skill or 0) > 0.4
    assert found.to_json()["mean"]["r2"] == found.mean("r2")


def test_noise_is_not_learned(encoder: TextEncoder, config: TrainConfig) -> None:
    """Features shuffled over artists: an honest evaluation finds nothing."""
    tracks = examples()
    order = np.random.default_rng(0).permutation(len(tracks))
    shuffled = [replace(e, features=tracks[j].features) for e, j in zip(tracks, order, strict=True)]
    found = evaluate(shuffled, encoder, replace(config, captions=80, components=128, folds=3))
    mean = found.mean("r2")
    assert mean is not None
    assert mean < 0.05


def test_a_large_catalogue_draws_on_a_sample(encoder: TextEncoder, config: TrainConfig) -> None:
    fitted = fit(examples(), encoder, replace(config, reference_rows=50))
    assert len(fitted.learned.tracks) == 50
    assert fitted.learned.reference.tracks == 50
    row = fitted.learned.reference.track[0]
    original = {e.track_id: e.features["energy"] for e in examples()}
    j = fitted.learned.names.index("energy")
    track = fitted.learned.tracks[row]
    assert fitted.learned.natural[row, j] == original[track.track_id]
