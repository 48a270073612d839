"""The starter beside a growing catalogue: how well each alone, and both together, predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks._mapping_data import CachedEncoder, cache_folder, read_spotify
from benchmarks.figures import Figure
from mapping.encoder import load_encoder
from mapping.learning.config import TrainConfig
from mapping.learning.split import holdout_by
from mapping.model import Mapping
from mapping.predicting import answer
from mapping.predicting.scaling import Array, feature_matrix, to_axis
from mapping.reading.prompt import parse
from mapping.reading.wishes import Options, wishes
from mapping.starter.blending import Side
from mapping.starter.evidence import prior_shares
from mapping.starter.prior import Prior, Words
from schemas.conditioning import QUANTILE_LEVELS
from schemas.features import FeatureSpec
from schemas.protocols import TextEncoder, TrainingExample

SIZES = (50, 200, 1_000, 5_000)
TESTED, INTERVALS = 800, 300
TEST_SHARE = 0.25


UNITS = {
    "share": "share",
    "coverage90_local": "ratio",
    "coverage90_blend": "ratio",
    "loss_saved": "ratio",
}


@dataclass(frozen=True, slots=True)
class Means:
    """What is predicted for texts, (n, T), on the axes of the features that both sides know."""

    starter: Array
    local: Array
    shares: Array

    @property
    def blend(self) -> Array:
        return self.shares * self.starter + (1 - self.shares) * self.local


def growth_figures(data: Path, seeds: int, sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Mean R² over the features both know, by the number of tracks learned from."""
    encoder = CachedEncoder(load_encoder(), cache_folder())
    found: dict[tuple[int, str], list[float]] = {}
    for seed in range(seeds):
        train, test = _split(data, seed)
        for size in sizes:
            if size > len(train):
                continue
            drawn = np.random.default_rng(seed).permutation(len(train))[:size].tolist()
            mapping = Mapping.train(
                [train[row] for row in drawn], encoder, TrainConfig(evaluate=False, seed=seed)
            )
            for name, score in _scores(mapping, test, encoder).items():
                found.setdefault((size, name), []).append(score)
    note = f"{seeds} seed(s); spotify_songs, {TESTED} test tracks of other playlists and artists"
    return [
        Figure(
            f"growth_{size}_{name}", float(np.mean(scores)), UNITS.get(name, "R²"),
            note=note if name == "starter" else "",
        )
        for (size, name), scores in found.items()
    ]  # fmt: skip


def _split(data: Path, seed: int) -> tuple[list[TrainingExample], list[TrainingExample]]:
    tracks = read_spotify(data)
    others = [
        {kind: value for kind, value in e.groups.items() if kind != "playlist"}
        for e in tracks.examples
    ]
    split = holdout_by(tracks.playlists, others, TEST_SHARE, seed)
    test = np.random.default_rng(seed).permutation(split.test)[:TESTED]
    return (
        [tracks.examples[row] for row in split.train.tolist()],
        [tracks.examples[row] for row in test.tolist()],
    )


def _scores(
    mapping: Mapping, test: Sequence[TrainingExample], encoder: TextEncoder
) -> dict[str, float]:
    assert mapping.prior is not None
    names = [n for n in mapping.features if n in mapping.prior.starter.names]
    means = predicted(mapping, mapping.prior, [e.text for e in test], encoder)
    specs = [spec for spec in mapping.learned.specs if spec.name in names]
    truth = to_axis(specs, feature_matrix(test, specs))
    total = np.square(truth - truth.mean(axis=0)).sum(axis=0)

    def r2(mean: Array) -> float:
        return float(np.mean(1 - np.square(truth - mean).sum(axis=0) / total))

    return {
        "starter": r2(means.starter),
        "local": r2(means.local),
        "blend": r2(means.blend),
        "share": float(means.shares.mean()),
        **_intervals(mapping, mapping.prior, specs, test[:INTERVALS], encoder),
    }


def _intervals(
    mapping: Mapping,
    prior: Prior,
    specs: Sequence[FeatureSpec],
    test: Sequence[TrainingExample],
    encoder: TextEncoder,
) -> dict[str, float]:
    """How often the 90% intervals hold, and how much less the blend's quantiles lose (pinball)."""
    nothing = wishes(parse(""), Options())
    truth = to_axis(specs, feature_matrix(test, specs))
    sides: dict[str, list[Array]] = {"local": [], "blend": []}
    for text, embedding in zip(
        [e.text for e in test], encoder.encode([e.text for e in test]), strict=True
    ):
        weights = mapping.learned.weights(text, embedding)
        ours = answer.conditions(mapping.learned, weights, {}, (), True)
        side = Side(
            mapping.learned, weights, ours, answer.key_condition(mapping.learned, weights, nothing)
        )
        both, _ = prior.blended(side, Words(text, embedding), nothing)
        for name, found in (("local", ours), ("blend", both)):
            natural = np.array([found[s.name].quantiles.values() for s in specs])  # type: ignore[union-attr]
            sides[name].append(to_axis(specs, natural.T).T)
    by_side = {name: np.stack(found) for name, found in sides.items()}
    loss = {name: _pinball(truth, q) for name, q in by_side.items()}
    held = {
        f"coverage90_{name}": float(np.mean((truth >= q[..., 0]) & (truth <= q[..., -1])))
        for name, q in by_side.items()
    }
    return held | {"loss_saved": float(np.mean(1 - loss["blend"] / loss["local"]))}


def _pinball(truth: Array, quantiles: Array) -> Array:
    """Mean quantile loss of each feature, (T,)."""
    gap = truth[..., None] - quantiles
    levels = np.array(QUANTILE_LEVELS)
    loss: Array = np.maximum(levels * gap, (levels - 1) * gap).mean(axis=(0, 2))
    return loss


def predicted(mapping: Mapping, prior: Prior, texts: Sequence[str], encoder: TextEncoder) -> Means:
    """Means of both sides for each text; the starter's placed on the catalogue's scale."""
    ours, theirs = mapping.learned, prior.starter
    names = [name for name in ours.names if name in theirs.names]
    a = [ours.names.index(name) for name in names]
    b = [theirs.names.index(name) for name in names]
    place = [prior.shifts[name] for name in names]
    by_text = {}
    unique = list(dict.fromkeys(texts))
    for text, embedding in zip(unique, encoder.encode(unique), strict=True):
        local = ours.reference.mean(ours.weights(text, embedding)) * ours.scaler.std
        said = theirs.reference.mean(theirs.weights(text, embedding)) * theirs.scaler.std
        middle = (said + theirs.scaler.mean)[b].tolist()
        placed = [float(s.place(np.array(m), m)) for s, m in zip(place, middle, strict=True)]
        shares = prior_shares(ours, embedding, theirs.meant(text, embedding).sure)[a]
        by_text[text] = (np.array(placed), (local + ours.scaler.mean)[a], shares)
    return Means(*(np.stack([by_text[text][part] for text in texts]) for part in range(3)))
