"""The names a prompt may refer to: of the catalogue's tracks, and those a user supplies.

They are taken from the trained artefact, not from the warehouse. It holds exactly the tracks that
the rights policy let into training, it is there where a mapping serves without a warehouse, and an
answer then rests on the same rows as everything else in it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mapping.predicting.learned import TrackInfo
from mapping.references.beyond import ENOUGH_ROWS, Beyond
from mapping.references.folding import key
from schemas.references import ReferenceKind

LONGEST_NAME = 8
"""Words of the longest name that is looked for."""

_PLACEHOLDERS = frozenset({"", "various artists", "various", "unknown", "unknown artist", "va"})


@dataclass(frozen=True, slots=True)
class Known:
    """A name with what stands behind it.

    Attributes
    ----------
    rows : tracks of the mapping's reference set, by row
    features : ranges that a user's file states, or of the artist's tracks, feature → (low, high)
    middles : the middle of such a range, where it is known
    tracks : how many tracks those ranges rest on; 0 for a user's word
    """

    name: str
    kind: ReferenceKind
    rows: tuple[int, ...] = ()
    features: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    middles: Mapping[str, float] = field(default_factory=dict)
    tracks: int = 0


class Names:
    """Looks a name up. The catalogue's are gathered when the first prompt refers to something."""

    def __init__(
        self,
        tracks: Iterable[TrackInfo],
        supplied: Iterable[Known] = (),
        features: Sequence[str] = (),
        beyond: Beyond | None = None,
    ) -> None:
        self._tracks = tracks
        self._features, self._beyond = features, beyond
        self.sides: dict[tuple[int, ...], tuple[npt.NDArray[np.int64], ...]] = {}
        """Rows of a name → its sides, once they have been told apart."""
        self.around: dict[Hashable, npt.NDArray[np.int64]] = {}
        """A place or the years of an era → its tracks, once they have been looked for."""
        self._supplied = {key(known.name): known for known in supplied}

    @cached_property
    def artists(self) -> dict[str, Known]:
        found = self._gathered("artist")
        # "like Beatles" is meant for The Beatles, where nobody is called that.
        for name, known in list(found.items()):
            if name.startswith("the ") and len(name) > 4:
                found.setdefault(name[4:], known)
        return found

    @cached_property
    def titles(self) -> dict[str, Known]:
        return self._gathered("track")

    @cached_property
    def albums(self) -> dict[str, Known]:
        return self._gathered("album")

    def _gathered(self, kind: ReferenceKind) -> dict[str, Known]:
        rows: dict[str, list[int]] = {}
        spelled: dict[str, str] = {}
        folded: dict[str, str] = {}
        attribute = "title" if kind == "track" else kind
        for row, track in enumerate(self._tracks):
            name = getattr(track, attribute)
            if name:
                found = folded.get(name)
                if found is None:
                    found = folded[name] = key(name)
                rows.setdefault(found, []).append(row)
                spelled.setdefault(found, name)
        return {
            name: Known(spelled[name], kind, tuple(listed))
            for name, listed in rows.items()
            if name not in _PLACEHOLDERS
        }

    def find(self, name: str, kind: str | None = None) -> Known | None:
        """What the folded `name` is; `kind` is artist (None), track, album, label or any."""
        known = self._supplied.get(name)
        if known is not None and kind in (None, "any", known.kind):
            return known
        if kind in (None, "any"):
            artist = self._artist(name)
            if artist is not None:
                return artist
        if kind in ("track", "any") and name in self.titles:
            return self.titles[name]
        if kind in ("album", "any") and name in self.albums:
            return self.albums[name]
        return None

    def _artist(self, name: str) -> Known | None:
        inside = self.artists.get(name)
        if self._beyond is None or (inside and len(inside.rows) >= ENOUGH_ROWS):
            return inside
        place = self._beyond.find(name)
        if place is None:
            return inside
        spreads = self._beyond.spreads[place].astype(float)
        known = {
            feature: (float(low), float(middle), float(high))
            for feature, (low, middle, high) in zip(self._features, spreads, strict=True)
            if not np.isnan(low)  # the artist's tracks have no value
        }
        return Known(
            self._beyond.names[place],
            "artist",
            features={feature: (low, high) for feature, (low, _, high) in known.items()},
            middles={feature: middle for feature, (_, middle, _) in known.items()},
            tracks=int(self._beyond.tracks[place]),
        )

    def title_by(self, title: str, artist: str) -> Known | None:
        """The tracks called `title` by `artist`, both folded."""
        song, whose = self.titles.get(title), self.artists.get(artist)
        if song is None or whose is None:
            return None
        rows = sorted(set(song.rows) & set(whose.rows))
        return Known(f"{song.name} by {whose.name}", "track", tuple(rows)) if rows else None
