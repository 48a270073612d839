"""Splits in which no artist, album, playlist or source stands on both sides.

Rows that share a value of any group kind are linked. Where the links leave separate components,
whole components are dealt out and nothing is lost. Where nearly everything hangs together (public
playlists: 98.7% of the rows in one component), test rows are chosen by the coarsest kind, and
training gives up every row that shares anything with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Groups = Mapping[str, str | tuple[str, ...] | None]
"""Group kind → value; a track may be in several of one kind (playlists)."""

LARGEST_COMPONENT = 0.5
"""Share of the rows beyond which one component makes component-wise folds useless."""

MINIMUM_TRAIN = 2
"""Fewest rows to learn from: a split that leaves less is not one."""


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers, ascending and disjoint. Rows that linked the two sides may be in neither."""

    train: Rows
    test: Rows


def components(groups: Sequence[Groups]) -> Rows:
    """Number of the connected component of each row, shape (n,). Null links nothing."""
    parent = list(range(len(groups)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first: dict[tuple[str, str], int] = {}
    for row, kinds in enumerate(groups):
        for kind, value in kinds.items():
            for one in _values(value):
                parent[root(row)] = root(first.setdefault((kind, one), row))
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(r), len(numbers)) for r in range(len(groups))], int)


def group_folds(groups: Sequence[Groups], n: int, seed: int = 0) -> tuple[Split, ...]:
    """Up to `n` folds; every row is in at most one test set, and no group crosses within a fold.

    Fewer folds come back where the groups do not suffice, and none where no split is possible.
    """
    owner = components(groups)
    counts = np.bincount(owner) if len(owner) else np.zeros(0, int)
    if len(counts) >= 2 and counts.max() <= LARGEST_COMPONENT * len(groups):
        return _whole_folds(_deal(owner, min(n, len(counts)), seed))
    kind = _coarsest(groups, owner)
    if kind is None:
        return _whole_folds(_deal(owner, min(n, len(counts)), seed)) if len(counts) >= 2 else ()
    labels = _labels(groups, owner, kind)
    dealt = _deal(labels, min(n, len(set(labels.tolist()))), seed)
    dealt = _agreed(groups, kind, dealt)
    kinds = [list(group.items()) for group in groups]
    folds = (_conservative(np.flatnonzero(dealt == fold), kinds) for fold in range(dealt.max() + 1))
    return tuple(f for f in folds if len(f.train) >= MINIMUM_TRAIN and len(f.test))


def group_split(groups: Sequence[Groups], fraction: float = 0.25, seed: int = 0) -> Split | None:
    """One split with about `fraction` of the rows for testing; None where none is possible."""
    folds = group_folds(groups, max(2, round(1 / fraction)), seed)
    return folds[0] if folds else None


def holdout_by(
    primary: Sequence[Collection[str]], others: Sequence[Groups], fraction: float, seed: int
) -> Split:
    """Draw test values of a many-valued kind (playlists of a track), then separate the rest.

    Test rows are those whose values are all drawn. Training keeps rows with none drawn that share
    no value of `others` with a test row.
    """
    values = sorted({value for row in primary for value in row})
    np.random.default_rng(seed).shuffle(values)
    drawn = frozenset(values[: int(fraction * len(values))])
    inside = np.array([bool(row) and drawn.issuperset(row) for row in primary], bool)
    touched = np.array([not drawn.isdisjoint(row) for row in primary], bool)
    split = _conservative(np.flatnonzero(inside), [list(group.items()) for group in others])
    return Split(split.train[~touched[split.train]], split.test)


def _whole_folds(dealt: Rows) -> tuple[Split, ...]:
    found = (
        Split(np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold))
        for fold in range(int(dealt.max()) + 1)
    )
    return tuple(fold for fold in found if len(fold.train) >= MINIMUM_TRAIN)


def _deal(labels: Rows, n: int, seed: int) -> Rows:
    """Fold of each row: labels go whole, largest first, to the fold with the fewest rows."""
    counts = np.bincount(labels)
    shuffled = np.random.default_rng(seed).permutation(len(counts))
    order = shuffled[np.argsort(-counts[shuffled], kind="stable")]
    load, fold_of = np.zeros(n, int), np.zeros(len(counts), int)
    for label in order:
        fold_of[label] = fold = int(np.argmin(load))
        load[fold] += counts[label]
    return fold_of[labels]


def _values(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _coarsest(groups: Sequence[Groups], owner: Rows) -> str | None:
    """The kind with the fewest values that still splits; None where no kind does."""
    best: tuple[int, str] | None = None
    for kind in sorted({kind for group in groups for kind in group}):
        counts = np.bincount(_labels(groups, owner, kind))
        splits = len(counts) >= 2 and counts.max() <= LARGEST_COMPONENT * len(groups)
        if splits and (best is None or len(counts) < best[0]):
            best = (len(counts), kind)
    return best[1] if best else None


def _labels(groups: Sequence[Groups], owner: Rows, kind: str) -> Rows:
    """Label of each row: its value of `kind`, the first of several; without one, its component."""
    numbers: dict[Hashable, int] = {}
    return np.array(
        [
            numbers.setdefault(next(iter(_values(group.get(kind))), ("", int(own))), len(numbers))
            for group, own in zip(groups, owner, strict=True)
        ],
        int,
    )


def _agreed(groups: Sequence[Groups], kind: str, dealt: Rows) -> Rows:
    """Fold of each row; -1, no fold's test row, where its several values were dealt to different
    ones. A value that is nobody's first was dealt to none, and binds nobody."""
    fold_of = {
        value: int(dealt[row])
        for row, group in enumerate(groups)
        for value in _values(group.get(kind))[:1]
    }
    agreed = dealt.copy()
    for row, group in enumerate(groups):
        values = _values(group.get(kind))
        if len(values) > 1 and len({fold_of[v] for v in values if v in fold_of}) > 1:
            agreed[row] = -1
    return agreed


def _conservative(
    test: Rows, kinds: Sequence[Sequence[tuple[str, str | tuple[str, ...] | None]]]
) -> Split:
    """Train on what shares no value of any kind with a test row."""
    chosen = set(test.tolist())
    held: defaultdict[str, set[str]] = defaultdict(set)
    for row in chosen:
        for kind, value in kinds[row]:
            held[kind].update(_values(value))
    train = [
        row
        for row, pairs in enumerate(kinds)
        if row not in chosen and all(held[kind].isdisjoint(_values(value)) for kind, value in pairs)
    ]
    return Split(np.array(train, int), test)
