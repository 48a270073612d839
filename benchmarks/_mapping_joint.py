"""Joint samples judged by a classifier: can it tell drawn features from measured ones?

A two-sample test (Lopez-Paz & Oquab 2017): gradient boosting on the features and 12 principal
components of the text embedding, cross-validated by artist; AUC 0.5 means it cannot.
"""

from __future__ import annotations

import numpy as np

from benchmarks._mapping_rounds import Bench, Round
from benchmarks.figures import Figure
from mapping.predicting.scaling import Array
from schemas.protocols import TextEncoder

COMPONENTS = 12


def joint_figures(bench: Bench) -> list[Figure]:
    found = [_aucs(r, bench.encoder, seed) for seed, r in enumerate(bench.rounds)]
    mean = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
    target = f"<= {mean['prototype'] - 0.03:.3f}"
    return [
        Figure("c2st_auc", mean["ours"], "AUC", target, note="0.5: not told from real tracks"),
        Figure("c2st_auc_prototype", mean["prototype"], "AUC", peer="rows drawn from its mixture"),
        Figure("c2st_auc_marginal", mean["marginal"], "AUC",
               peer="every feature drawn for itself from the training tracks"),
        Figure("c2st_auc_rows", mean["rows"], "AUC", peer="training tracks whatever the text"),
    ]  # fmt: skip


def _aucs(r: Round, encoder: TextEncoder, seed: int) -> dict[str, float]:
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(seed)
    scaler, values = r.fitted.learned.scaler, r.prototype.values
    train, test = (encoder.encode([e.text for e in side]) for side in (r.train, r.test))
    text = PCA(COMPONENTS, random_state=0).fit(train).transform(test)
    rows = rng.integers(0, len(values), len(r.test))
    apart = rng.integers(0, len(values), (len(r.test), values.shape[1]))
    drawn = {
        "ours": (r.predicted.drawn - scaler.mean) / scaler.std,
        "prototype": r.drawn,
        "marginal": np.take_along_axis(values, apart, axis=0),
        "rows": values[rows],
    }
    artists = [str(example.groups["artist"]) for example in r.test]
    return {name: two_sample_auc(r.truth, made, text, artists) for name, made in drawn.items()}


def two_sample_auc(real: Array, made: Array, text: Array, groups: list[str]) -> float:
    """AUC of telling `made` (q, T) from `real`, each beside the same `text` (q, components)."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    rows = np.vstack([np.hstack([real, text]), np.hstack([made, text])])
    label = np.repeat([1, 0], len(real))
    model = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.1, random_state=0)
    judged = cross_val_predict(
        model, rows, label, cv=GroupKFold(3), groups=groups * 2, method="predict_proba"
    )
    return float(roc_auc_score(label, judged[:, 1]))
