"""Which track a row speaks of.

In this order: a mapping file that the user gives; the set's own identifier; identifiers that others
gave (ISRC, MusicBrainz …); the path that the set publishes, as the end of one file's path; exact
artist and title, and a duration within two seconds, of one piece of audio. What fits more than one
track fits none: the row gets a track of its own, and the report says so. A track's id is given at
first sight and never changes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.rows import new_track_id
from pipelines.sources.metadata import normalise
from pipelines.sources.sets.contract import Entry, Layout
from warehouse import imports
from warehouse.lake import Lake

SECONDS = 2.0
"""How far two durations of one track may be apart."""


@dataclass(frozen=True, slots=True)
class Match:
    """A row's track and why; `new` when it was made for it; `moved_from` what it had before."""

    track_id: str
    evidence: str
    new: bool = False
    moved_from: str | None = None


@dataclass(slots=True)
class AudioIndex:
    """Tracks with audio, by the end of their path, and by artist and title."""

    by_path: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_name: Mapping[tuple[str, str], tuple[tuple[str, float | None], ...]] = field(
        default_factory=dict
    )
    tracks: frozenset[str] = frozenset()
    by_uri: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, table: pa.Table) -> AudioIndex:
        """From `warehouse.imports.audio_tracks`."""
        paths: defaultdict[str, set[str]] = defaultdict(set)
        names: defaultdict[tuple[str, str], set[tuple[str, float | None]]] = defaultdict(set)
        uris: dict[str, str] = {}
        for row in table.to_pylist():
            track = row["track_id"]
            uris[row["uri"]] = track
            paths["/".join(row["uri"].rsplit("/", 2)[-2:])].add(track)
            if row["artist"] and row["title"]:
                key = (normalise(row["artist"]), normalise(row["title"]))
                names[key].add((track, row["duration_s"]))
        return cls(
            {path: frozenset(found) for path, found in paths.items()},
            {key: tuple(sorted(found, key=str)) for key, found in names.items()},
            frozenset(uris.values()),
            uris,
        )


@dataclass(slots=True)
class Resolver:
    """Finds tracks for the rows of one source. `named` is the user's mapping file: id → track."""

    layout: Layout
    audio: AudioIndex
    owners: dict[str, str]
    named: Mapping[str, str] = field(default_factory=dict)
    rematch: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    _given: dict[tuple[str, str], str] = field(default_factory=dict)

    def resolve(self, lake: Lake, entries: Sequence[tuple[str, Entry]]) -> list[Match]:
        """A match for each (entity, entry)."""
        pairs = {pair for _, entry in entries for pair in entry.identifiers} - self._given.keys()
        self._given |= imports.identified(lake, pairs)
        return [self._one(entity, entry) for entity, entry in entries]

    def _one(self, entity: str, entry: Entry) -> Match:
        own = self._given.get(entry.identifiers[0])
        found = self._found(entity, entry, own)
        if found is not None and self.owners.get(found.track_id, entity) != entity:
            self.counts["taken"] += 1
            found = None
        if found is None and own is not None:
            found = Match(own, "")
        if found is None:
            found = Match(new_track_id(), "first sight", new=True)
        self.counts["new" if found.new else "known" if found.track_id == own else "matched"] += 1
        self.owners[found.track_id] = entity
        for pair in entry.identifiers[1:]:
            self._given.setdefault(pair, found.track_id)
        self._given[entry.identifiers[0]] = found.track_id
        return found

    def _found(self, entity: str, entry: Entry, own: str | None) -> Match | None:
        """A match that is not the row's own identifier; None where that decides."""
        named = self.named.get(entity)
        if named is not None:
            return Match(named, "mapping file", moved_from=_other(own, named))
        if own is not None and (not self.rematch or own in self.audio.tracks):
            return None
        for candidates, evidence in self._candidates(entry):
            others = candidates - {own}
            if len(others) == 1:
                track = next(iter(others))
                return Match(track, evidence, moved_from=own)
            if len(others) > 1:
                self.counts["ambiguous"] += 1
                return None
        return None

    def _candidates(self, entry: Entry) -> Iterable[tuple[set[str], str]]:
        given = [pair for pair in entry.identifiers[1:] if pair in self._given]
        yield {self._given[pair] for pair in given}, ", ".join(f"same {s} {v}" for s, v in given)
        for path in entry.paths:
            yield set(self.audio.by_path.get(path, ())), f"file named {path}"
        artist, title = entry.facts.get("artist"), entry.facts.get("title")
        duration = entry.facts.get("duration_s")
        if artist and title and duration is not None and "artist" not in entry.placeholders:
            near = {
                track
                for track, seconds in self.audio.by_name.get(
                    (normalise(artist), normalise(title)), ()
                )
                if seconds is not None and abs(seconds - duration) <= SECONDS
            }
            yield near, f"same artist, title and duration within {SECONDS:g} s"


def _other(own: str | None, track: str) -> str | None:
    return own if own != track else None
