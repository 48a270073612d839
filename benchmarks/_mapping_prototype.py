"""The prototype of research/mapping.md, written anew, on the splits of this benchmark.

Mean: TF-IDF ridge averaged with random-Fourier ridge on the text embedding, both fitted on tags and
5,000 captions of the prototype's own words. Distribution: 60% the 300 nearest tracks in the space
of out-of-fold means, 40% a softmax over the 200 nearest in the embedding, widened by conformal
scores of other playlists. Penalties and sizes are the prototype's constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mapping.learning.captions import Catalogue, write_captions
from mapping.predicting.scaling import Array, Scaler
from mapping.reading.lexicon import FeatureWords, Lexicon, lexicon
from schemas.protocols import TextEncoder, TrainingExample

Rows = npt.NDArray[np.int64]
CAPTIONS = 5_000
NEAR_MEAN, NEAR_TEXT, TEMPERATURE, MEAN_SHARE = 300, 200, 0.05, 0.6
CONFORMAL_ROWS = 2_500
WORD = r"[a-z0-9&'-]+"
NOT_COMMA = r"[^\s,]+"

_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "tempo_bpm": (
        ("slow", "slow tempo", "slow-paced", "downtempo"),
        ("fast", "fast tempo", "uptempo", "fast-paced"),
    ),
    "energy": (
        ("calm", "relaxing", "mellow", "low energy", "soft"),
        ("energetic", "high energy", "intense", "powerful", "aggressive"),
    ),
    "valence": (
        ("sad", "melancholy", "dark", "gloomy", "moody"),
        ("happy", "cheerful", "upbeat", "joyful", "feel-good"),
    ),
    "danceability": (
        ("not danceable", "irregular rhythm"),
        ("danceable", "groovy", "dance floor"),
    ),
    "acousticness": (
        ("electronic", "synthetic", "electric"),
        ("acoustic", "unplugged", "with acoustic guitar"),
    ),
    "instrumentalness": (
        ("with vocals", "sung", "with a singer"),
        ("instrumental", "no vocals", "without vocals"),
    ),
    "speechiness": ((), ("rapping", "rap vocals", "spoken word")),
    "liveness": (("studio recording",), ("live recording", "live at a concert")),
    "loudness_lufs": (("quiet", "soft dynamics"), ("loud", "heavily compressed")),
}
_TEMPLATES = (
    "{a} {g}", "{g}, {a}", "a {a} {g} track", "{a} {g} song",
    "make me a {a} track in the style of {g}", "{g} music that is {a}", "{a} {g} with {p} feel",
)  # fmt: skip


def _lexicon() -> Lexicon:
    """The prototype's words, with our bounds of what is high and low."""
    ours = lexicon()
    features = {
        name: replace(ours.features.get(name, FeatureWords()), low=low, high=high)
        for name, (low, high) in _WORDS.items()
    }
    return replace(ours, features=features, templates=_TEMPLATES)


@dataclass(frozen=True, slots=True)
class Prototype:
    """A fitted prototype; all values standardised by the scaler it was given.

    `values` (n, T) are the training tracks, `nearby` (n, T) their out-of-fold means, `embeddings`
    (n, d) those of their texts, `widen` (T,) what conformal calibration adds to a 90% interval.
    """

    values: Array
    nearby: Array
    embeddings: npt.NDArray[np.float32]
    widen: Array
    words: Any
    sense: Any
    by_words: Any
    by_embedding: Any

    def mean(self, texts: Sequence[str], embeddings: npt.NDArray[np.float32]) -> Array:
        """The ensemble's means, (q, T)."""
        lower = [text.lower() for text in texts]
        total: Array = self.words.predict(lower) + self.sense.predict(embeddings)
        return total / 2

    def weights(self, text: str, embedding: npt.NDArray[np.float32]) -> Array:
        """Weights of the training tracks for one text, (n,)."""
        by_words, by_embedding = (
            self.by_words.predict([text]),
            self.by_embedding.predict([embedding]),
        )
        mean = (by_words[0] + by_embedding[0]) / 2
        total = np.zeros(len(self.values))
        near = _nearest(self.nearby, mean)[:NEAR_MEAN]
        total[near] += MEAN_SHARE / len(near)
        similar = (self.embeddings @ embedding).astype(np.float64)
        near = np.argpartition(-similar, min(NEAR_TEXT, len(similar) - 1))[:NEAR_TEXT]
        soft = np.exp((similar[near] - similar[near].max()) / TEMPERATURE)
        total[near] += (1 - MEAN_SHARE) * soft / soft.sum()
        return total


def fit_prototype(
    train: Sequence[TrainingExample], values: Array, scaler: Scaler, encoder: TextEncoder, seed: int
) -> Prototype:
    """Fit on `train` with standardised `values` (n, T), none of them missing."""
    texts = [example.text for example in train]
    embeddings = encoder.encode(texts)
    catalogue = Catalogue(texts, scaler.natural(values), scaler.specs)
    captions = write_captions(catalogue, _lexicon(), CAPTIONS, seed)
    said = [caption.text for caption in captions]
    both = np.vstack([values, values[[caption.track for caption in captions]]])
    words = _words(WORD, 10.0).fit([text.lower() for text in (*texts, *said)], both)
    sense = _fourier().fit(np.vstack([embeddings, encoder.encode(said)]), both)
    playlists = _first_playlists(train)
    nearby = _out_of_fold(texts, embeddings, values, playlists)
    return Prototype(
        values=values,
        nearby=nearby,
        embeddings=embeddings,
        widen=_widen(values, nearby, playlists, seed),
        words=words,
        sense=sense,
        by_words=_words(NOT_COMMA, 20.0).fit(texts, values),
        by_embedding=_linear().fit(embeddings, values),
    )


def _words(pattern: str, alpha: float) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    tfidf = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=pattern)
    return make_pipeline(tfidf, Ridge(alpha, solver="sparse_cg"))


def _fourier() -> Any:
    from sklearn.kernel_approximation import RBFSampler
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    return make_pipeline(RBFSampler(gamma=1.0, n_components=1500, random_state=0), Ridge(5.0))


def _linear() -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(30.0)


def _first_playlists(train: Sequence[TrainingExample]) -> list[str]:
    found = []
    for example in train:
        value = example.groups.get("playlist") or ("",)
        found.append(value if isinstance(value, str) else value[0])
    return found


def _out_of_fold(
    texts: Sequence[str],
    embeddings: npt.NDArray[np.float32],
    values: Array,
    playlists: Sequence[str],
) -> Array:
    from sklearn.model_selection import GroupKFold

    found = np.zeros_like(values)
    every = np.array(texts, object)
    for train, test in GroupKFold(5).split(values, groups=playlists):
        words = _words(NOT_COMMA, 20.0).fit(every[train], values[train])
        linear = _linear().fit(embeddings[train], values[train])
        found[test] = (words.predict(every[test]) + linear.predict(embeddings[test])) / 2
    return found


def _nearest(nearby: Array, mean: Array) -> Rows:
    distance = np.square(nearby - mean).sum(axis=1)
    count = min(len(distance) - 1, 3 * NEAR_MEAN)
    near: Rows = np.argpartition(distance, count)[:count]
    return near[np.argsort(distance[near])]


def _widen(values: Array, nearby: Array, playlists: Sequence[str], seed: int) -> Array:
    """90% conformal scores of training tracks, from neighbours in other playlists."""
    rng = np.random.default_rng(seed)
    owner = np.array(playlists, object)
    scores = []
    for row in rng.permutation(len(values))[:CONFORMAL_ROWS].tolist():
        near = _nearest(nearby, nearby[row])
        other = near[owner[near] != owner[row]][:NEAR_MEAN]
        if not len(other):
            continue
        low, high = np.quantile(values[other], (0.05, 0.95), axis=0)
        scores.append(np.maximum(low - values[row], values[row] - high))
    widen: Array = np.quantile(np.stack(scores), 0.9, axis=0)
    return widen
