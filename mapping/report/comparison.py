"""Two mappings judged on the same tracks, which neither had seen when it predicted them.

A figure's noise is the standard error of its difference under a paired bootstrap that draws whole
artists (Efron & Tibshirani 1993, ch. 8), 200 draws with a fixed seed. A difference counts where it
is beyond the figure's tolerance and twice its noise (of which at most ten times the tolerance is
believed); what is less is "equal".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.report.held import Held

Array = npt.NDArray[np.float64]

TOLERANCES: Mapping[str, float] = {
    "mean_r2": 0.01,
    "crps_skill": 0.005,
    "coverage90_off": 0.01,
    "caption_direction": 0.05,
}
"""Figures that the gate looks at, and by how much a release may be worse in each."""

MOST_EXCUSED = 10
"""Few tracks make any difference noise; they do not excuse a ruin."""

COVERED = (0.88, 0.92)
"""Where the share of truths inside a 90% interval belongs; `coverage90_off` is how far outside."""

MINIMUM_ROWS = 30
_DRAWS = 200
_SEED = 5
_SAME = 1e-4


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both; `noise` is the standard error of the difference, None without rows."""

    name: str
    old: float
    new: float
    higher_is_better: bool = True
    noise: float | None = None
    gated: bool = False

    @property
    def gain(self) -> float:
        """How much better the new one is; negative where it is worse."""
        return (self.new - self.old) * (1 if self.higher_is_better else -1)

    @property
    def tolerance(self) -> float:
        """The stated one, or twice the noise, but at most MOST_EXCUSED times the stated one."""
        stated = TOLERANCES.get(self.name, 0.01)
        return min(max(stated, 2 * (self.noise or 0.0)), MOST_EXCUSED * stated)

    @property
    def verdict(self) -> str:
        """better, equal or worse."""
        if abs(self.gain) <= self.tolerance:
            return "equal"
        return "better" if self.gain > 0 else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both mappings' figures on `rows` common tracks; `lost` features only the old one predicts."""

    rows: int
    features: tuple[str, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[str, ...]:
        """Why the new one must not replace the old one, each naming a figure; empty: it may."""
        reasons = [f"features: {name} is no longer predicted" for name in self.lost]
        reasons += [
            f"{f.name}: {f.new:.3f}, the current one has {f.old:.3f} (allowed is a loss of "
            f"{f.tolerance:.3f})"
            for f in self.figures
            if f.gated and f.verdict == "worse"
        ]
        if not self.rows:
            reasons.append("mean_r2: cannot be compared; " + "; ".join(self.notes))
        return tuple(reasons)


def compare(old: Held | None, new: Held | None, lost: Sequence[str] = ()) -> Comparison:
    """Figure by figure on the tracks that both held out, where their truth is still the same.

    `lost` names features that the caller knows are gone. Without enough common tracks there are no
    figures, and a note says why.
    """
    if old is None or new is None:
        which = "the current mapping" if old is None else "the new mapping"
        return _without(old, new, lost, f"{which} has no held-out rows")
    common = tuple(name for name in new.names if name in old.names)
    old_rows, new_rows = _shared(old.columns(common), new.columns(common))
    changed = np.abs(old_rows.truth - new_rows.truth) > _SAME * np.maximum(
        1, np.abs(new_rows.truth)
    )
    truth = np.where(changed | np.isnan(old_rows.truth), np.nan, new_rows.truth).astype(float)
    rows = int((~np.isnan(truth)).any(axis=1).sum()) if common else 0
    if rows < MINIMUM_ROWS:
        note = (
            f"only {rows} tracks were held out by both with the same values, {MINIMUM_ROWS} needed"
        )
        return _without(old, new, lost, note)
    return Comparison(
        rows,
        common,
        (*_only(old, new), *lost),
        _only(new, old),
        _figures(old_rows, new_rows, truth, common),
    )


def _only(one: Held | None, other: Held | None) -> tuple[str, ...]:
    names = other.names if other else ()
    return tuple(name for name in (one.names if one else ()) if name not in names)


def _without(old: Held | None, new: Held | None, lost: Sequence[str], note: str) -> Comparison:
    gone = _only(old, new) if new else ()
    return Comparison(0, (), (*gone, *lost), _only(new, old) if old else (), (), (note,))


def _shared(old: Held, new: Held) -> tuple[Held, Held]:
    place = {track_id: row for row, track_id in enumerate(old.track_ids)}
    pairs = [(place[t], row) for row, t in enumerate(new.track_ids) if t in place]
    ours, theirs = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    return old.rows(ours), new.rows(theirs)


def _figures(old: Held, new: Held, truth: Array, names: Sequence[str]) -> tuple[Figure, ...]:
    weights = _draws(new.owner)
    one = np.ones((1, len(truth)))
    found = []
    for name, measure, higher in _MEASURES:
        values = [measure(side, truth, one)[0] for side in (old, new)]
        drawn = measure(new, truth, weights) - measure(old, truth, weights)
        noise = float(np.nanstd(drawn))
        old_value, new_value = (float(v) for v in values)
        if np.isfinite([old_value, new_value]).all():
            gated = name in TOLERANCES
            found.append(Figure(name, old_value, new_value, higher, noise, gated))
    each = [_r2(side, truth, one)[0] for side in (old, new)]
    spread = np.nanstd(_r2(new, truth, weights) - _r2(old, truth, weights), axis=0)
    found += [
        Figure(f"r2_{name}", float(each[0][j]), float(each[1][j]), True, float(spread[j]))
        for j, name in enumerate(names)
        if np.isfinite([each[0][j], each[1][j]]).all()
    ]
    return tuple(found)


def _draws(owner: npt.NDArray[np.int64]) -> Array:
    """(draws, rows) weights: how often each row's artist was drawn."""
    _, number = np.unique(owner, return_inverse=True)
    count = int(number.max()) + 1
    rng = np.random.default_rng(_SEED)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=_DRAWS)
    weights: Array = drawn[:, number].astype(float)
    return weights


def _r2(held: Held, truth: Array, weights: Array) -> Array:
    """(draws, T): R² of each feature over the rows whose truth is known.

    The errors are those of the rows drawn, the variance is that of all rows: a draw that happens to
    hold one kind of music would else have next to none, and an R² of any size.
    """
    known = ~np.isnan(truth)
    missed = np.where(known, (truth - held.mean) ** 2, 0.0)
    spread = np.array([_variance(column[~np.isnan(column)]) for column in truth.T])
    return _beside(weights, missed, known, spread)


def _variance(values: Array) -> float:
    return float(np.var(values)) if len(values) > 1 else 0.0


def _beside(weights: Array, lost: Array, known: npt.NDArray[np.bool_], usual: Array) -> Array:
    """1 - mean loss of the rows drawn / the usual loss; NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = 1 - (weights @ lost) / (weights @ known) / usual
    return np.where(usual > 1e-9, found, np.nan)


def _mean_r2(held: Held, truth: Array, weights: Array) -> Array:
    return _over_features(_r2(held, truth, weights))


def _skill(held: Held, truth: Array, weights: Array) -> Array:
    known = ~np.isnan(truth)
    ours, prior = (np.where(known, c, 0.0) for c in (held.crps, held.crps_prior))
    usual = prior.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return _over_features(_beside(weights, ours, known, usual))


def _covered(held: Held, truth: Array, weights: Array) -> Array:
    known = ~np.isnan(truth)
    inside = known & (truth >= held.quantiles[..., 0]) & (truth <= held.quantiles[..., -1])
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = (weights @ inside) / (weights @ known)
    return found


def _off(held: Held, truth: Array, weights: Array) -> Array:
    share = _covered(held, truth, weights)
    low, high = COVERED
    return _over_features(np.maximum(np.maximum(low - share, share - high), 0))


def _over_features(values: Array) -> Array:
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = np.where(known, values, 0).sum(axis=-1) / known.sum(axis=-1)
    return found


Measure = Callable[[Held, Array, Array], Array]
_MEASURES: tuple[tuple[str, Measure, bool], ...] = (
    ("mean_r2", _mean_r2, True),
    ("crps_skill", _skill, True),
    ("coverage90_off", _off, False),
)
