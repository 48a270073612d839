"""Sides of a training set: no artist, album or folder on two of them.

Tracks that share an artist, or an album, or are linked as repeat or excerpt, form one group; where
a track names neither, its folder stands in. An album is known by its title and the folder its files
lie in (else by its artist), so that all the world's "Greatest Hits" are not one. Groups are drawn
in an order that depends on the seed and their tracks alone, and fill test, then valid; the rest
trains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.export.request import SIDES


@dataclass(frozen=True, slots=True)
class Belonging:
    """What groups a track; None where it is unknown."""

    track_id: str
    artist: str | None
    album: str | None
    folder: str | None
    relatives: Sequence[str] = ()

    def shared(self) -> list[tuple[str, ...]]:
        artist, album = _key(self.artist), _key(self.album)
        found: list[tuple[str, ...]] = []
        if artist:
            found.append(("artist", artist))
        if album:
            found.append(("album", album, self.folder or artist or ""))
        if not found and self.folder:
            found.append(("folder", self.folder))
        return found + [("track", other) for other in (self.track_id, *self.relatives)]


def sides(
    tracks: Sequence[Belonging], shares: tuple[float, float, float], seed: int
) -> dict[str, str]:
    """Track id → train, valid or test."""
    groups = _groups(tracks)
    order = sorted(groups, key=lambda members: _draw(members, seed))
    wanted = {side: share * len(tracks) for side, share in zip(SIDES, shares, strict=True)}
    found: dict[str, str] = {}
    filled = dict.fromkeys(SIDES, 0)
    for members in order:
        side = next(
            (s for s in ("test", "valid") if filled[s] + len(members) / 2 <= wanted[s] > 0),
            "train",
        )
        filled[side] += len(members)
        found |= dict.fromkeys(members, side)
    return found


def _groups(tracks: Sequence[Belonging]) -> list[list[str]]:
    """Track ids of each group: connected by a shared key (union-find with path halving)."""
    parent = list(range(len(tracks)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[tuple[str, ...], int] = {}
    for i, track in enumerate(tracks):
        for key in track.shared():
            parent[root(i)] = root(first.setdefault(key, i))
    members: dict[int, list[str]] = {}
    for i, track in enumerate(tracks):
        members.setdefault(root(i), []).append(track.track_id)
    return [sorted(ids) for ids in members.values()]


def _draw(members: Sequence[str], seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}:{members[0]}".encode(), digest_size=16).digest()


def _key(text: str | None) -> str:
    return " ".join((text or "").casefold().split())
