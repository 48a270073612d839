"""What a listener is to hear next: single pieces, and pairs to choose between.

The order is drawn from the listener's name, so that it is the same on every visit, differs between
listeners, and says nothing of when or by which engine a piece was made.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.reviewing.material import Material, Piece

MOST_PAIRS = 200
"""Pairs that are offered to one listener."""

NEAR = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pieces, the sides drawn."""

    first: Piece
    second: Piece

    @property
    def same_prompt(self) -> bool:
        return _asked(self.first) == _asked(self.second)


def heard_by(material: Material, listener: str) -> frozenset[str]:
    """Generations that the listener has said anything of, by itself."""
    return frozenset(o.generation_id for o in material.opinions if o.listener == listener)


def pieces_for(material: Material, listener: str, there: Container[str]) -> tuple[Piece, ...]:
    """Pieces that the listener has not judged, those that fewest have heard first.

    `there` holds the generations whose sound is at hand.
    """
    heard = heard_by(material, listener)
    listeners = Counter(
        generation_id for generation_id, _ in {(o.generation_id, o.listener)
                                               for o in material.opinions}
    )  # fmt: skip
    waiting = [p for name, p in material.pieces.items() if name in there and name not in heard]
    return tuple(
        sorted(
            waiting,
            key=lambda p: (listeners[p.generation_id], _drawn(listener, p.generation_id)),
        )
    )


def pairs_for(material: Material, listener: str, there: Container[str]) -> tuple[Pair, ...]:
    """Pairs that the listener has not compared, those of two engines first, then those of one.

    Two pieces are comparable where they answer the same prompt. Where no prompt was answered twice,
    neighbours in a drawn ring of all pieces are offered: each is then judged by its own prompt.
    """
    told = {frozenset((c.winner, c.loser)) for c in material.choices if c.listener == listener}
    pieces = [p for name, p in material.pieces.items() if name in there]
    found = [
        _sides(listener, *two)
        for two in _comparable(pieces, listener)
        if frozenset(one.generation_id for one in two) not in told
    ]
    found.sort(key=lambda pair: (_same_engine(pair), _drawn(listener, _name(pair))))
    return tuple(found[:MOST_PAIRS])


def after(names: Sequence[str], name: str | None) -> str | None:
    """The one that follows `name`, the first after the last; the first where it is not there."""
    if not names:
        return None
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]


def _comparable(pieces: Sequence[Piece], listener: str) -> Iterable[tuple[Piece, Piece]]:
    by_prompt: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_prompt.setdefault(_asked(piece), []).append(piece)
    same = [two for group in by_prompt.values() for two in _neighbours(_order(group, listener))]
    return same or pairwise(_order(pieces, listener))


def _order(pieces: Sequence[Piece], listener: str) -> list[Piece]:
    return sorted(pieces, key=lambda p: _drawn(listener, p.generation_id))


def _neighbours(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Piece]]:
    """Each with the NEAR that follow: of few pieces all pairs, of many enough to rank them."""
    for place, piece in enumerate(pieces):
        for other in pieces[place + 1 : place + 1 + NEAR]:
            yield piece, other


def _sides(listener: str, one: Piece, other: Piece) -> Pair:
    low, high = sorted((one, other), key=lambda p: p.generation_id)
    turned = _drawn(f"{listener}|side", f"{low.generation_id}{high.generation_id}")[0] & 1
    return Pair(high, low) if turned else Pair(low, high)


def _same_engine(pair: Pair) -> bool:
    return pair.first.engine == pair.second.engine


def _name(pair: Pair) -> str:
    return "|".join(sorted((pair.first.generation_id, pair.second.generation_id)))


def _asked(piece: Piece) -> str:
    return " ".join(piece.prompt.lower().split())


def _drawn(listener: str, text: str) -> bytes:
    return hashlib.blake2b(f"{listener}|{text}".encode(), digest_size=8).digest()
