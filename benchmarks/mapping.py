"""How well the mapping predicts features from words, on public tracks with artist terms.

Splits are disjoint by playlist, artist and album: test tracks are those whose playlists were all
drawn, and training drops whatever shares a playlist, artist or album with them. The text of a track
is its subgenre, genre, playlist name and artist terms. Figures are means over three seeds (one with
--quick, on fewer rows). `caption_auc_in_lexicon` asks whether captions that say "fast" are
predicted faster than captions that say "slow", and so on for eight features.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks._mapping_data import (
    CachedEncoder,
    SpotifyTracks,
    cache_folder,
    read_captions,
    read_spotify,
)
from benchmarks._mapping_prompts import directions, phrasings
from benchmarks.figures import Figure
from mapping.encoder import load_encoder
from mapping.learning.config import TrainConfig
from mapping.learning.evaluation import Evaluation, predict, r2, score
from mapping.learning.split import Split, group_folds, holdout_by
from mapping.learning.training import Fit, fit
from mapping.model import Mapping
from mapping.predicting.ridge import Dense, dense_path
from mapping.predicting.scaling import Array, Scaler, feature_matrix
from mapping.reading.prompt import parse
from mapping.reading.statements import KeyStatement, TempoStatement
from schemas.errors import InputError
from schemas.protocols import TextEncoder, TrainingExample

TEST_SHARE = 0.25
"""Share of the playlists drawn for testing."""

QUICK_PLAYLISTS = 150
PHRASINGS = 2_000
PLAIN_ALPHAS = (0.3, 1.0, 3.0, 10.0, 30.0)
CONFIG = TrainConfig(evaluate=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER",
        help="folder with spotify_songs/tracks.csv and artists.csv, and musiccaps/captions.csv",
    )  # fmt: skip
    parser.add_argument("--encoder", default="minilm", help="minilm or sentence-transformers:NAME")


@dataclass(frozen=True, slots=True)
class Round:
    """One seed: the fitted mapping, its scores, and the R² of a plain ridge on the embedding."""

    fitted: Fit
    scores: Evaluation
    plain: float


def run(options: argparse.Namespace) -> Sequence[Figure]:
    plain = load_encoder(options.encoder)
    encoder = CachedEncoder(plain, cache_folder())
    tracks = read_spotify(options.data)
    if options.quick:
        tracks = _fewer(tracks)
    rounds = [_round(tracks, encoder, seed) for seed in range(1 if options.quick else 3)]
    captions = read_captions(options.data)
    return [
        *_prediction_figures(rounds, len(tracks.examples)),
        *_parsing_figures(),
        *_latency_figures(rounds[0].fitted, plain),
        _caption_figure(rounds[0].fitted, encoder, captions),
    ]


def _fewer(tracks: SpotifyTracks) -> SpotifyTracks:
    kept = set(sorted({p for row in tracks.playlists for p in row})[:QUICK_PLAYLISTS])
    rows = [row for row, playlists in enumerate(tracks.playlists) if playlists <= kept]
    return SpotifyTracks(
        tuple(tracks.examples[row] for row in rows), tuple(tracks.playlists[row] for row in rows)
    )


def _round(tracks: SpotifyTracks, encoder: TextEncoder, seed: int) -> Round:
    others = [
        {kind: value for kind, value in e.groups.items() if kind != "playlist"}
        for e in tracks.examples
    ]
    split = holdout_by(tracks.playlists, others, TEST_SHARE, seed)
    if min(len(split.train), len(split.test)) < 20:
        raise InputError("--data: too few tracks are left once playlists and artists are apart")
    train, test = (
        [tracks.examples[row] for row in side.tolist()] for side in (split.train, split.test)
    )
    fitted = fit(train, encoder, CONFIG)
    predicted = predict(fitted, train, test, encoder)
    specs = fitted.learned.specs
    return Round(fitted, score(specs, [predicted]), _plain_ridge(fitted, train, test, encoder))


def _plain_ridge(
    fitted: Fit,
    train: Sequence[TrainingExample],
    test: Sequence[TrainingExample],
    encoder: TextEncoder,
) -> float:
    """Mean R² of ridge on the embedding, its penalty chosen on the same kind of folds."""
    scaler: Scaler = fitted.learned.scaler
    z, truth = (scaler.standardise(feature_matrix(part, scaler.specs)) for part in (train, test))
    x, x_test = (encoder.encode([e.text for e in part]) for part in (train, test))
    folds = group_folds([e.groups for e in train], CONFIG.folds, CONFIG.seed)
    errors = np.sum([_fold_errors(x, z, fold) for fold in folds], axis=0)
    best = PLAIN_ALPHAS[int(np.argmin(errors))]
    path = dense_path(_identity, x, z, (best,))
    predicted = x_test @ path.coef[0] + path.intercept[0]
    return float(np.mean([r2(truth[:, j], predicted[:, j]) for j in range(truth.shape[1])]))


def _identity(x: Dense) -> Dense:
    return x


def _fold_errors(x: Dense, z: Array, fold: Split) -> Array:
    path = dense_path(_identity, x[fold.train], z[fold.train], PLAIN_ALPHAS)
    errors: Array = np.array(
        [
            np.square(x[fold.test] @ coef + intercept - z[fold.test]).sum()
            for coef, intercept in zip(path.coef, path.intercept, strict=True)
        ]
    )
    return errors


def _prediction_figures(rounds: Sequence[Round], tracks: int) -> list[Figure]:
    note = f"{tracks} tracks, {len(rounds)} seed(s), {rounds[0].scores.tested} tested in the first"

    def mean(name: str) -> float | None:
        values = [r.scores.mean(name) for r in rounds]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    def of(feature: str, name: str) -> float | None:
        values = [getattr(r.scores.features[feature], name) for r in rounds]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    names = list(rounds[0].scores.features)
    return [
        Figure("mean_r2", mean("r2"), "R²", target=">= 0.18", note=note),
        Figure("mean_r2_sd", _spread(rounds), "R²", note="standard deviation over the seeds"),
        Figure("mean_r2_dummy", mean("r2_dummy"), "R²", peer="mean of the training tracks"),
        Figure("mean_r2_lookup", mean("r2_lookup"), "R²", peer="mean by most frequent tag"),
        Figure("mean_r2_ridge", float(np.mean([r.plain for r in rounds])), "R²",
               peer="ridge on the embedding"),
        Figure("mean_spearman", mean("spearman"), "rho"),
        Figure("crps_skill", mean("crps_skill"), "ratio", target=">= 0.11"),
        *(Figure(f"r2_{name}", of(name, "r2"), "R²") for name in names),
        *(Figure(f"mae_{name}", of(name, "mae"), rounds[0].scores.features[name].unit,
                 peer=f"median {of(name, 'mae_dummy') or 0:.4g}") for name in names),
        *(Figure(f"coverage90_{name}", of(name, "coverage90"), "ratio", target="0.87 … 0.93")
          for name in names),
    ]  # fmt: skip


def _spread(rounds: Sequence[Round]) -> float | None:
    values = [r.scores.mean("r2") for r in rounds]
    known = [value for value in values if value is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def _parsing_figures() -> list[Figure]:
    asked = phrasings(PHRASINGS)
    tempi = keys = 0
    for phrasing in asked:
        said = parse(phrasing.text).statements
        tempo = next((s for s in said if isinstance(s, TempoStatement)), None)
        key = next((s for s in said if isinstance(s, KeyStatement)), None)
        tempi += tempo is not None and tempo.value == phrasing.bpm
        keys += key is not None and (key.pitch_class, key.mode) == (
            phrasing.key % 12,
            int(phrasing.key < 12),
        )
    note = f"{len(asked)} generated phrasings"
    return [
        Figure("bpm_parsed", tempi / len(asked), "ratio", target=">= 0.99", note=note),
        Figure("key_parsed", keys / len(asked), "ratio", target=">= 0.97", note=note),
    ]


def _latency_figures(fitted: Fit, encoder: TextEncoder) -> list[Figure]:
    mapping = Mapping.of(fitted, encoder, CONFIG)
    times = []
    for phrasing in phrasings(300, seed=1):
        start = time.perf_counter()
        mapping.condition(phrasing.text)
        times.append(1000 * (time.perf_counter() - start))
    note = f"condition(prompt), one after another; {len(fitted.learned.tracks)} reference tracks"
    return [
        Figure("latency_p50_ms", float(np.percentile(times, 50)), "ms", "<= 25", note=note),
        Figure("latency_p99_ms", float(np.percentile(times, 99)), "ms", "<= 60", note=note),
    ]


def _caption_figure(fitted: Fit, encoder: TextEncoder, captions: Sequence[str]) -> Figure:
    name = "caption_auc_in_lexicon"
    if not captions:
        return Figure(name, None, "AUC", note="no musiccaps/captions.csv in the folder")
    learned, found = fitted.learned, {}
    for direction in directions(captions):
        if direction.feature in learned.names and direction.high and direction.low:
            j = learned.names.index(direction.feature)
            high, low = (
                learned.regressor.predict(texts, encoder.encode(texts))[:, j]
                for texts in (direction.high, direction.low)
            )
            found[direction.feature] = _auc(high, low)
    note = ", ".join(f"{re.sub('_.*', '', feature)} {auc:.2f}" for feature, auc in found.items())
    mean = float(np.mean(list(found.values()))) if found else None
    return Figure(name, mean, "AUC", target=">= 0.9", note=note)


def _auc(high: Array, low: Array) -> float:
    """Share of pairs in the right order, ties half (Mann & Whitney 1947)."""
    gap = high[:, None] - low[None]
    return float((gap > 0).mean() + 0.5 * (gap == 0).mean())
