"""Makes `tempo_weights.csv`: `python -m benchmarks._fit_tempo [--played FOLDER]`.

A conditional logit over the tempo grid: the probability of a tempo is proportional to
exp(cues · weights), and the weights maximise the probability that falls within 2 % of the true
tempo, less a penalty on large weights. Only development material is read: rendered grooves, songs
with charts, and, where a folder with it is given, the Groove MIDI Dataset (Gillick et al. 2019, CC
BY 4.0, https://magenta.tensorflow.org/datasets/groove). Each clip is also seen at 0.86, 0.93, 1.07
and 1.15 of its speed.

Every column of the table is a fit of its own with more cues than the column before, so that the
benchmark can tell what each is worth. `--cross-validate` prints the accuracy by five-fold
cross-validation over groups instead of writing.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.optimize

from benchmarks._truth import Truth
from pipelines.features.rhythm import tempo_curve
from pipelines.features.threads import limit_threads

Vector = npt.NDArray[np.float64]

SPEEDS = (1.0, 0.86, 0.93, 1.07, 1.15)
NEAR = 0.02  # of the true tempo
PENALTY = 0.05
STEP = 2  # of the grid, when fitting
FOLDS = 5
SETS: dict[str, tuple[str, ...]] = {
    "comb": ("comb all",),
    "place": ("comb all", "place"),
    "bands": ("comb", "place"),
    "spectrum": ("comb", "place", "spectrum"),
    "everything": ("comb", "place", "spectrum", "density"),
}
_WEIGHT = {"played": 0.6}  # its clips are many and all of drums alone


@dataclass(frozen=True, slots=True)
class Example:
    """A clip's cues at every speed; `near` marks the tempi within 2 % of the true one."""

    cues: npt.NDArray[np.float32]  # (speeds, tempi, cues)
    tempo_bpm: float
    group: str
    weight: float


def example(clip: Truth) -> Example:
    from benchmarks._tempo import flux_of

    assert clip.tempo_bpm is not None
    flux = flux_of(clip.path)
    correlations = tempo_curve.autocorrelations(flux)
    density = tempo_curve.onsets_per_second(flux)
    seen = [tempo_curve.cues(_at_speed(correlations, s), density * s) for s in SPEEDS]
    weight = _WEIGHT.get(clip.group.split(":")[0], 1.0)
    return Example(np.stack(seen).astype(np.float32), clip.tempo_bpm, clip.group, weight)


def fit(examples: Sequence[Example], families: Sequence[str]) -> Vector:
    """Weights of all cues, 0 for those of no family."""
    names = tempo_curve.cue_names()
    used = [i for i, name in enumerate(names) if name.startswith(tuple(families))]
    x = np.concatenate([e.cues[:, ::STEP, used] for e in examples])
    tempi = np.concatenate([e.tempo_bpm * np.array(SPEEDS) for e in examples])
    emphasis = np.concatenate([e.weight * _speed_weights() for e in examples])
    grid = tempo_curve.GRID[::STEP]
    near = np.abs(np.log(grid / tempi[:, None])) < NEAR
    reachable = near.any(axis=1)
    x, near, emphasis = x[reachable], near[reachable], emphasis[reachable] / emphasis.sum()
    scale = x.std(axis=(0, 1)) + 1e-3
    x = (x - x.mean(axis=(0, 1))) / scale

    def loss(w: Vector) -> tuple[float, Vector]:
        scores = (x @ w.astype(np.float32)).astype(np.float64)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        every = scores / scores.sum(axis=1, keepdims=True)
        hit = np.where(near, scores, 0)
        right = hit.sum(axis=1, keepdims=True) + 1e-12
        value = -float(emphasis @ np.log(right[:, 0] / scores.sum(axis=1)))
        pull = ((every - hit / right) * emphasis[:, None]).astype(np.float32)
        slope = np.tensordot(pull, x, axes=2).astype(np.float64)
        return value + PENALTY * float(w @ w), slope + 2 * PENALTY * w

    start = np.zeros(len(used))
    found = scipy.optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}
    )
    weights = np.zeros(len(names))
    weights[used] = found.x / scale
    return weights


def cross_validated(examples: Sequence[Example], families: Sequence[str]) -> Vector:
    """The tempo of each example by weights that were fitted without its group."""
    groups = sorted({e.group for e in examples})
    np.random.default_rng(0).shuffle(groups)
    fold = {group: i % FOLDS for i, group in enumerate(groups)}
    found = np.zeros(len(examples))
    for number in range(FOLDS):
        weights = fit([e for e in examples if fold[e.group] != number], families)
        for i, e in enumerate(examples):
            if fold[e.group] == number:
                found[i] = tempo_curve.GRID[int((e.cues[0] @ weights).argmax())]
    return found


def write(table: Path, columns: dict[str, Vector]) -> None:
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["cue", *columns])
        for i, name in enumerate(tempo_curve.cue_names()):
            writer.writerow([name, *(f"{c[i]:.5g}" if c[i] else "" for c in columns.values())])


def _at_speed(correlations: Vector, speed: float) -> Vector:
    """Correlations of the same music played `speed` times as fast."""
    lags = np.arange(correlations.shape[1])
    return np.stack([np.interp(lags * speed, lags, row, right=0.0) for row in correlations])


def _speed_weights() -> Vector:
    return np.array([1.0] + [0.5] * (len(SPEEDS) - 1))


def main(arguments: Sequence[str]) -> None:
    from benchmarks._tempo import development, hits

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--played", type=Path, metavar="FOLDER", help="the Groove MIDI Dataset")
    parser.add_argument("--cross-validate", action="store_true")
    options = parser.parse_args(arguments)
    limit_threads()
    found = development(options.played, every=1)
    examples = [example(clip) for clip in found]
    print(f"{len(examples)} clips", file=sys.stderr)
    if options.cross_validate:
        for name, families in SETS.items():
            right = hits([e.tempo_bpm for e in examples], list(cross_validated(examples, families)))
            print(f"{name:12} Acc1 {right[:, 0].mean():.3f} Acc2 {right[:, 1].mean():.3f}")
        return
    table = Path(tempo_curve.__file__).with_name("tempo_weights.csv")
    write(table, {name: fit(examples, families) for name, families in SETS.items()})


if __name__ == "__main__":
    main(sys.argv[1:])
