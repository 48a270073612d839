"""No artist, album or playlist stands on both sides of a split, whatever the groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.learning.split import Split, components, group_folds, group_split, holdout_by

values = st.one_of(st.none(), st.integers(0, 8).map(str))
catalogues = st.lists(
    st.fixed_dictionaries({"artist": values, "album": values, "source": values}), max_size=60
)


def leaks(split: Split, groups: Sequence[Mapping[str, str | None]]) -> set[tuple[str, str]]:
    def held(rows: np.ndarray) -> set[tuple[str, str]]:
        return {(k, v) for row in rows for k, v in groups[row].items() if v is not None}

    return held(split.train) & held(split.test)


@given(catalogues, st.integers(2, 6), st.integers(0, 3))
def test_folds_never_leak(groups: list[dict[str, str | None]], n: int, seed: int) -> None:
    folds = group_folds(groups, n, seed)
    assert len(folds) <= n
    for fold in folds:
        assert not leaks(fold, groups)
        assert len(fold.train) >= 2
        assert len(fold.test) >= 1
        assert not set(fold.train) & set(fold.test)
    tested = np.concatenate([fold.test for fold in folds]) if folds else np.empty(0)
    assert len(tested) == len(set(tested.tolist()))


@given(catalogues, st.integers(0, 3))
def test_one_split_never_leaks(groups: list[dict[str, str | None]], seed: int) -> None:
    split = group_split(groups, 0.25, seed)
    if split is not None:
        assert not leaks(split, groups)


@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from("abcdefgh"), max_size=3), values), max_size=40
    ),
    st.floats(0.1, 0.9),
)
def test_holdout_keeps_playlists_and_artists_apart(
    rows: list[tuple[frozenset[str], str | None]], fraction: float
) -> None:
    playlists, artists = [row[0] for row in rows], [{"artist": row[1]} for row in rows]
    split = holdout_by(playlists, artists, fraction, 0)
    assert not leaks(split, artists)
    tested = {p for row in split.test for p in playlists[row]}
    trained = {p for row in split.train for p in playlists[row]}
    assert not tested & trained


def test_enough_separate_artists_give_all_folds_and_lose_no_row() -> None:
    groups = [{"artist": str(i // 5), "album": str(i // 3 if i < 0 else i // 5)} for i in range(60)]
    folds = group_folds(groups, 5)
    assert len(folds) == 5
    assert sorted(row for fold in folds for row in fold.test) == list(range(60))
    assert all(len(fold.train) + len(fold.test) == 60 for fold in folds)


def test_linked_playlists_are_split_by_giving_rows_up() -> None:
    rng = np.random.default_rng(0)
    groups = [{"playlist": str(i // 10), "artist": str(rng.integers(0, 400))} for i in range(1_000)]
    assert np.bincount(components(groups)).max() > 500
    folds = group_folds(groups, 5)
    assert len(folds) == 5
    for fold in folds:
        assert not leaks(fold, groups)
        assert len(fold.train) > 200


@pytest.mark.parametrize(
    "groups", [[], [{"artist": "one"}] * 30, [{"artist": "one", "album": str(i)} for i in range(9)]]
)
def test_one_group_gives_no_split(groups: list[dict[str, str | None]]) -> None:
    assert group_folds(groups, 5) == ()
    assert group_split(groups) is None


def test_two_groups_give_two_folds() -> None:
    folds = group_folds([{"artist": "a"}] * 7 + [{"artist": "b"}] * 3, 5)
    assert sorted(len(fold.test) for fold in folds) == [3, 7]


many = st.tuples(st.lists(st.sampled_from("abcdef"), max_size=3, unique=True).map(tuple), values)


@given(st.lists(many, max_size=60), st.integers(2, 5), st.integers(0, 3))
def test_folds_keep_playlists_apart_though_a_track_is_on_several(
    rows: list[tuple[tuple[str, ...], str | None]], n: int, seed: int
) -> None:
    groups = [{"playlist": playlists, "artist": artist} for playlists, artist in rows]
    tested: list[int] = []
    for fold in group_folds(groups, n, seed):
        sides = [
            {p for row in side for p in groups[row]["playlist"]} for side in (fold.train, fold.test)
        ]
        assert not sides[0] & sides[1]
        artists = [
            {groups[row]["artist"] for row in side} - {None} for side in (fold.train, fold.test)
        ]
        assert not artists[0] & artists[1]
        assert len(fold.train) >= 2
        assert len(fold.test) >= 1
        tested += fold.test.tolist()
    assert len(tested) == len(set(tested))


def test_one_component_of_playlists_is_split_by_playlist() -> None:
    # A chain: playlist i shares one track with playlist i + 1, so that all hang together.
    groups = [{"playlist": (f"p{i}",)} for i in range(20) for _ in range(5)]
    groups += [{"playlist": (f"p{i}", f"p{i + 1}")} for i in range(19)]
    assert len(set(components(groups).tolist())) == 1
    folds = group_folds(groups, 4, 0)
    assert len(folds) == 4
    assert sum(len(fold.test) for fold in folds) >= 100
