"""What a listener hears next, and what a choice that was none is worth."""

from __future__ import annotations

import pytest

from pipelines.reviewing.material import Choice, Material, Opinion, Piece
from pipelines.reviewing.preferences import agreements, by_engine, strengths
from pipelines.reviewing.queue import MOST_PAIRS, after, pairs_for, pieces_for

PIECES = {
    f"p{n}": Piece(generation_id=f"p{n}", engine="xy"[n % 2], prompt=f"prompt {n // 4}")
    for n in range(12)
}
ALL = frozenset(PIECES)


def ids(found: tuple[Piece, ...]) -> list[str]:
    return [piece.generation_id for piece in found]


def test_the_order_is_the_listeners_own_and_stays() -> None:
    material = Material(PIECES)
    ann, bob = (ids(pieces_for(material, who, ALL)) for who in ("ann", "bob"))
    assert ann == ids(pieces_for(material, "ann", ALL))
    assert ann != bob
    assert sorted(ann) == sorted(bob) == sorted(ALL)
    assert ids(pieces_for(material, "ann", frozenset({"p3"}))) == ["p3"]


def test_what_fewest_have_heard_comes_first_and_what_one_has_heard_not_again() -> None:
    heard = tuple(Opinion(generation_id=f"p{n}", listener="bob", rating=1) for n in range(6))
    own = Opinion(generation_id="p11", listener="ann", rating=0.5)
    left = ids(pieces_for(Material(PIECES, (*heard, own)), "ann", ALL))
    assert set(left[:5]) == {"p6", "p7", "p8", "p9", "p10"}
    assert "p11" not in left


def test_pairs_answer_one_prompt_two_engines_first() -> None:
    pairs = pairs_for(Material(PIECES), "ann", ALL)
    assert len(pairs) == 3 * 6
    assert all(pair.same_prompt for pair in pairs)
    mixed = [pair.first.engine != pair.second.engine for pair in pairs]
    assert mixed == sorted(mixed, reverse=True)
    assert any(mixed)
    first = pairs[0]
    choice = Choice(
        winner=first.second.generation_id, loser=first.first.generation_id, listener="ann"
    )
    left = pairs_for(Material(PIECES, (), (choice,)), "ann", ALL)
    assert len(left) == len(pairs) - 1
    assert len(pairs_for(Material(PIECES, (), (choice,)), "bob", ALL)) == len(pairs)


def test_sides_are_drawn() -> None:
    sides = [
        pair.first.generation_id < pair.second.generation_id
        for who in map(str, range(20))
        for pair in pairs_for(Material(PIECES), who, ALL)
    ]
    assert 0.4 < sum(sides) / len(sides) < 0.6


def test_where_no_prompt_was_answered_twice_a_ring_is_offered() -> None:
    alone = {n: Piece(generation_id=n, engine="x", prompt=n) for n in "abcd"}
    pairs = pairs_for(Material(alone), "ann", frozenset(alone))
    assert len(pairs) == 3
    assert not any(pair.same_prompt for pair in pairs)


def test_many_answers_to_one_prompt_are_quickly_paired() -> None:
    many = {f"p{n:04}": Piece(generation_id=f"p{n:04}", engine="x") for n in range(3_000)}
    pairs = pairs_for(Material(many), "ann", frozenset(many))
    assert len(pairs) == MOST_PAIRS


def test_after_the_last_comes_the_first() -> None:
    assert after(["a", "b"], "b") == "a"
    assert after(["a", "b"], None) == "a"
    assert after(["a", "b"], "gone") == "a"
    assert after([], "a") is None


def test_a_tie_is_half_a_choice_for_each() -> None:
    one, other = strengths([], [("a", "b")] * 4)
    assert one.strength == other.strength == pytest.approx(0)
    assert (one.won, one.compared) == (0, 4)
    wins = strengths([("a", "b")] * 3)
    halved = strengths([("a", "b")] * 3, [("a", "b")] * 3)
    assert 0 < halved[0].strength < wins[0].strength
    # Three wins and three ties are worth four and a half against one and a half.
    same = strengths([("a", "b")] * 9 + [("b", "a")] * 3)
    near = strengths([("a", "b")] * 6, [("a", "b")] * 6)
    assert near[0].strength == pytest.approx(same[0].strength)
    tied = [
        Choice(winner="p0", loser="p1", listener=who, tied=tied)
        for who, tied in (("ann", True), ("bob", False))
    ]
    material = Material(PIECES, (), tuple(tied))
    assert [s.won for s in by_engine(material, "overall")] == [1, 0]
    assert agreements(material)[0].units == 1
