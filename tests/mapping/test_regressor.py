"""The two branches of the mean, and what texts that stand several times do to them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from mapping.learning import fitting
from mapping.learning.config import TrainConfig
from mapping.learning.fitting import Items, fit_regressor
from mapping.learning.split import Split
from mapping.predicting.regressor import Landmarks, Shift
from mapping.predicting.ridge import dense_path
from mapping.predicting.tfidf import letters
from schemas.protocols import TextEncoder

TEXTS = ("deep house", "death metal", "folk ballad", "swing jazz", "dub techno", "opera aria")


def test_letters_are_runs_inside_words() -> None:
    assert letters("Dub") == [" du", "dub", "ub ", " dub", "dub ", " dub "]
    shared = set(letters("energetic")) & set(letters("energy"))
    assert {" en", "ner", "energ"} <= shared
    assert letters("") == []


def test_landmarks_are_kernel_ridge_where_every_text_is_one() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 5)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = rng.normal(size=(40, 2))
    y -= y.mean(axis=0)
    landmarks = Landmarks(x)
    whitening = landmarks.whitening()
    path = dense_path(lambda rows: landmarks(rows) @ whitening, x, y, np.ones_like(y), (0.5,))
    ours = landmarks(x) @ (whitening @ path.coef[0]) + path.intercept[0]
    theirs = KernelRidge(alpha=0.5, kernel="rbf", gamma=1.0).fit(x, y).predict(x)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99


def _items(encoder: TextEncoder, repeats: int) -> Items:
    rng = np.random.default_rng(1)
    level = rng.normal(size=(len(TEXTS), 2))
    text = np.repeat(np.arange(len(TEXTS)), repeats)
    z = level[text] + rng.normal(scale=0.2, size=(len(text), 2))
    z[0, 1] = np.nan
    return Items(TEXTS, encoder.encode(TEXTS), text, np.arange(len(text)), z)


def test_equal_texts_are_one_row_with_their_mean(encoder: TextEncoder) -> None:
    items = _items(encoder, 5)
    mean, count = items.observed(np.ones(30, bool))
    assert count[0].tolist() == [5, 4]
    np.testing.assert_allclose(mean[2], items.z[10:15].mean(axis=0))
    np.testing.assert_allclose(mean[0, 1], np.nanmean(items.z[:5, 1]))


def test_a_text_is_learnt_the_better_the_more_tracks_bear_it(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SHRUNK", 3.0)
    errors = []
    for repeats in (1, 40):
        items = _items(encoder, repeats)
        found = fit_regressor(items, (), TrainConfig(captions=0))
        mean, _ = items.observed(np.ones(len(items.text), bool))
        errors.append(np.abs(found.regressor.predict(TEXTS, items.embeddings) - mean).mean())
    assert errors[1] < 0.8 * errors[0]


def test_out_of_fold_means_do_not_know_their_fold(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that only the test side bears is predicted from the others, not from itself."""
    monkeypatch.setattr(fitting, "SHRUNK", 1e-3)
    items = _items(encoder, 8)
    rows = np.arange(len(items.text))
    held = np.flatnonzero(items.text == 1)
    fold = Split(np.setdiff1d(rows, held), held)
    config = TrainConfig(captions=0, alphas_words=(0.01,), alphas_embedding=(0.01,))
    found = fit_regressor(items, (fold,), config)
    final = found.regressor.predict(TEXTS, items.embeddings)
    np.testing.assert_allclose(found.out_of_fold[0], final[0], atol=1e-4)  # no fold tests it
    assert np.abs(found.out_of_fold[held[0]] - final[1]).max() > 0.1


def test_a_shift_moves_the_mean(encoder: TextEncoder) -> None:
    from dataclasses import replace

    items = _items(encoder, 3)
    regressor = fit_regressor(items, (), TrainConfig(captions=0)).regressor
    moved = replace(regressor, shift=Shift(np.array([2.0, 1.0]), np.array([0.0, -1.0])))
    before = regressor.predict(TEXTS, items.embeddings)
    after = moved.predict(TEXTS, items.embeddings)
    np.testing.assert_allclose(after, before * [2, 1] + [0, -1])
