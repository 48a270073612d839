"""What the page about a mapping shows, counted when it is trained and kept beside it as JSON.

Everything is bounded, whatever the catalogue holds, and made of what was held out: the page can be
drawn later, elsewhere, without the catalogue.

- reliability: share of the true values at or below each predicted quantile; it should be its level
- residuals: (truth - mean) over the standard deviation of the truths, in bins
- groups: 90% coverage on the tracks that have a term
- ceiling: 1 - variance within identical texts / variance, both with their degrees of freedom
  (omega squared): what a reader that knew the mean of every text could explain, and no better
- vocabulary: which terms the catalogue teaches, and how many an unseen artist's tracks share
- worst: held-out texts whose CRPS is largest beside the catalogue's own distribution's
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mapping.report.held import Held
from schemas.conditioning import QUANTILE_LEVELS
from schemas.features import feature
from schemas.protocols import TrainingExample

FILE = "report.json"

_BINS, _REACH = 25, 4.0
_TERMS, _GROUPS, _WORST = 30, 24, 16
_GROUP_ROWS, _CEILING_ROWS = 12, 30
_SPLIT = re.compile(r"[,;|/\n]+|\.(?:\s|$)")
_TERM_WORDS = 4
"""Longer pieces are of sentences: a track's description follows its tags."""

_LONGEST = 200

Array = npt.NDArray[np.float64]


def gather(examples: Sequence[TrainingExample], held: Held) -> dict[str, Any]:
    """The page's material, JSON-ready; None where a number cannot be had."""
    texts = {example.track_id: example for example in examples}
    rows = [texts[track_id] for track_id in held.track_ids]
    terms = [split_terms(example.text) for example in rows]
    ceilings = _ceilings(rows, held)
    return {
        "rows": len(rows),
        "levels": list(QUANTILE_LEVELS),
        "features": {
            name: _of_feature(held, column) | {"ceiling": ceilings[column]}
            for column, name in enumerate(held.names)
        },
        "groups": _groups(held, terms),
        "vocabulary": _vocabulary(examples, terms, held),
        "worst": _worst(held, rows),
    }


def split_terms(text: str) -> list[str]:
    """Terms of a text: what stands between commas, in lower case, each once."""
    parts = (part.lower().split() for part in _SPLIT.split(text))
    return list(dict.fromkeys(" ".join(p) for p in parts if 0 < len(p) <= _TERM_WORDS))


def natural(name: str, value: float) -> float:
    """A value on the feature's axis in the feature's unit."""
    return float(2**value) if feature(name).scale == "log2" else float(value)


def _of_feature(held: Held, column: int) -> dict[str, Any]:
    truth = held.truth[:, column].astype(float)
    known = ~np.isnan(truth)
    truth, mean = truth[known], held.mean[known, column].astype(float)
    quantiles = held.quantiles[known, column]
    below = (truth[:, None] <= quantiles).mean(axis=0) if len(truth) else np.full(5, np.nan)
    spread = float(truth.std()) if len(truth) else 0.0
    total = float(np.square(truth - truth.mean()).sum()) if len(truth) else 0.0
    missed = np.clip((truth - mean) / (spread or 1.0), -_REACH, _REACH)
    counts, edges = np.histogram(missed, _BINS, (-_REACH, _REACH))
    inside = (truth >= quantiles[:, 0]) & (truth <= quantiles[:, -1])
    return {
        "tested": len(truth),
        "reliability": [_number(share) for share in below],
        "coverage90": _number(inside.mean()) if len(truth) else None,
        "r2": _number(1 - np.square(truth - mean).sum() / total) if total > 1e-9 else None,
        "residuals": {"edges": edges.tolist(), "counts": counts.tolist()},
        "bias": _number(missed.mean()) if len(truth) else None,
    }


def _ceilings(rows: Sequence[TrainingExample], held: Held) -> list[float | None]:
    same: dict[str, list[int]] = defaultdict(list)
    for row, example in enumerate(rows):
        same[example.text].append(row)
    groups = [group for group in same.values() if len(group) > 1]
    return [
        _ceiling(held.truth[:, column].astype(float), groups) for column in range(len(held.names))
    ]


def _ceiling(truth: Array, groups: Sequence[Sequence[int]]) -> float | None:
    within = freedom = repeated = 0.0
    for group in groups:
        known = truth[list(group)]
        known = known[~np.isnan(known)]
        if len(known) > 1:
            within += float(np.square(known - known.mean()).sum())
            freedom += len(known) - 1
            repeated += len(known)
    if repeated < _CEILING_ROWS:
        return None
    total = float(np.nanvar(truth, ddof=1))
    return _number(1 - within / freedom / total) if total > 1e-9 else None


def _groups(held: Held, terms: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Coverage of the commonest terms, worst first."""
    members: dict[str, list[int]] = defaultdict(list)
    for row, found in enumerate(terms):
        for term in found:
            members[term].append(row)
    common = sorted(members, key=lambda term: (-len(members[term]), term))[:_GROUPS]
    inside = (held.truth >= held.quantiles[..., 0]) & (held.truth <= held.quantiles[..., -1])
    known = ~np.isnan(held.truth)
    listed = [
        {
            "term": term[:_LONGEST],
            "tracks": len(members[term]),
            "coverage90": _number(inside[members[term]].sum() / max(1, known[members[term]].sum())),
        }
        for term in common
        if len(members[term]) >= _GROUP_ROWS
    ]
    return sorted(listed, key=lambda row: float(str(row["coverage90"])))


def _vocabulary(
    examples: Sequence[TrainingExample], held_terms: Sequence[Sequence[str]], held: Held
) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    owners: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        owner = str(example.groups.get("artist") or example.track_id)
        for term in split_terms(example.text):
            counts[term] += 1
            if len(owners[term]) < 2:
                owners[term].add(owner)
    asked = [term for found in held_terms for term in found]
    shared = sum(len(owners[term]) > 1 for term in asked)
    top = counts.most_common(_TERMS)
    single = sum(len(found) == 1 for found in owners.values())
    return {
        "terms": len(counts),
        "of_one_artist": single,
        "shared": _number(shared / len(asked)) if asked else None,
        "by_count": _by_count(counts),
        "top": [{"term": term[:_LONGEST], "tracks": count} for term, count in top],
    }


def _by_count(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """How many terms occur on how many tracks."""
    steps = ((1, 1), (2, 4), (5, 19), (20, 99), (100, None))
    return [
        {
            "tracks": str(low) if low == high else f"{low} – {high}" if high else f"{low} or more",
            "terms": sum(
                low <= count and (high is None or count <= high) for count in counts.values()
            ),
        }
        for low, high in steps
    ]


def _worst(held: Held, rows: Sequence[TrainingExample]) -> list[dict[str, Any]]:
    """The texts that mislead most: mean CRPS beside the catalogue's own, and the worst feature."""
    known = ~np.isnan(held.crps) & (held.crps_prior > 0)
    usual = np.where(known, held.crps_prior, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    ratio = np.where(known, held.crps / np.where(usual > 0, usual, 1), np.nan)
    counted = known.sum(axis=1)
    mean = np.where(counted > 0, np.nansum(ratio, axis=1) / np.maximum(counted, 1), -1.0)
    found: list[dict[str, Any]] = []
    for row in np.argsort(-mean, kind="stable")[: 4 * _WORST].tolist():
        if mean[row] < 0 or any(item["text"] == rows[row].text[:_LONGEST] for item in found):
            continue
        column = int(np.nanargmax(ratio[row]))
        name = held.names[column]
        found.append(
            {
                "text": rows[row].text[:_LONGEST],
                "crps": _number(mean[row]),
                "feature": name,
                "predicted": natural(name, float(held.mean[row, column])),
                "truth": natural(name, float(held.truth[row, column])),
            }
        )
    return found[:_WORST]


def _number(value: Any) -> float | None:
    number = float(value)
    return round(number, 5) if np.isfinite(number) else None
