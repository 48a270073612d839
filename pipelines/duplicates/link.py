"""Links between tracks: made by what fingerprints say, undone and made again by a person.

A track is linked to the first one seen of those that it repeats; an excerpt to the first of those
that it is part of. What a person has undone is never linked again, by no method and by no copy of
the other track either. A link changes nothing but what is shown and what trains.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from schemas.analysis import FINGERPRINT_VERSION, ComparedRow
from schemas.catalogue import DuplicateRow
from schemas.errors import InputError
from warehouse import queries
from warehouse.lake import Lake, RunStamp
from warehouse.store import Store

_EXCERPT = "excerpt:"


@dataclass(frozen=True, slots=True)
class Related:
    """What a comparison brought: tracks compared, and new links by kind."""

    compared: int = 0
    duplicates: int = 0
    excerpts: int = 0


@dataclass(slots=True)
class _Links:
    """Links as they are and as they become."""

    undone: frozenset[tuple[str, str]]
    repeats: dict[str, str] = field(default_factory=dict)  # track → the track it is linked to
    known: dict[tuple[str, str, str], DuplicateRow] = field(default_factory=dict)
    made: list[DuplicateRow] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], undone: frozenset[tuple[str, str]]) -> _Links:
        links = cls(undone)
        for values in rows:
            row = DuplicateRow(**values)
            if row.undone_at is None:
                links._learn(row)
        return links

    def _learn(self, row: DuplicateRow) -> None:
        self.known[row.track_id, row.canonical_id, row.method] = row
        if not row.method.startswith(_EXCERPT):
            self.repeats.setdefault(row.track_id, row.canonical_id)

    def root(self, track: str) -> str:
        """The track that `track` repeats in the end; itself where it repeats none."""
        seen = {track}
        while (following := self.repeats.get(track)) is not None and following not in seen:
            seen.add(following)
            track = following
        return track

    def refused(self, one: str, other: str) -> bool:
        """Whether a person has said that they are not one, of these or of what they repeat."""
        pairs = [(a, b) for a in (one, self.root(one)) for b in (other, self.root(other))]
        return any(pair in self.undone or pair[::-1] in self.undone for pair in pairs)

    def make(self, row: DuplicateRow) -> bool:
        """Keep `row` unless it is there already; returns whether it is new."""
        before = self.known.get((row.track_id, row.canonical_id, row.method))
        self._learn(row)
        if before != row:
            self.made.append(row)
        return before is None


def relate(store: Store, run_id: str, *, everything: bool = False) -> Related:
    """Compare the fingerprints that have not been compared, or all, and link what agrees.

    One commit holds the links and the note that these tracks were compared, so that a run that is
    killed leaves the work to the next one. Nothing new: nothing is read but two counts.
    """
    with Lake.open(store.location) as lake:
        if not everything and not queries.not_compared(lake, FINGERPRINT_VERSION):
            return Related()
        tracks = queries.fingerprinted(lake, FINGERPRINT_VERSION)
        new = [everything or not compared for _, _, compared in tracks]
        links = _Links.of(queries.duplicate_rows(lake), queries.undone_links(lake))
        related = _linked(lake, [track for track, _, _ in tracks], new, links)
    rows = [
        ComparedRow(track_id=track, version=FINGERPRINT_VERSION)
        for (track, _, _), is_new in zip(tracks, new, strict=True)
        if is_new
    ]
    message = f"{related.duplicates} copies and {related.excerpts} excerpts linked"
    store.write(
        {"duplicates": links.made, "compared": rows}, RunStamp(run_id, "duplicates", message)
    )
    return related


def _linked(lake: Lake, order: Sequence[str], new: Sequence[bool], links: _Links) -> Related:
    from pipelines.duplicates.find import Pair, agreeing
    from pipelines.duplicates.judge import Method, judge

    def load(names: Sequence[str]) -> Mapping[str, Any]:
        return queries.fingerprint_codes(lake, FINGERPRINT_VERSION, names)

    rank = {track: number for number, track in enumerate(order)}

    def age(pair: Pair) -> tuple[int, int]:
        return rank[pair.later], rank[pair.earlier]

    pairs = sorted(agreeing(order, new, load), key=age)
    ids = sorted({track for pair in pairs for track in (pair.later, pair.earlier)})
    facts = queries.duplicate_facts(lake, ids)
    duplicates = excerpts = 0
    inside = {
        (links.root(part), links.root(whole))
        for part, whole, method in links.known
        if method.startswith(_EXCERPT)
    }
    for pair in pairs:
        one, other = facts.get(pair.later, {}), facts.get(pair.earlier, {})
        verdict = judge(pair.alignment, one, other)
        if verdict is None or links.refused(pair.later, pair.earlier):
            continue
        if verdict.method is Method.DUPLICATE:
            if links.repeats.get(pair.later, pair.earlier) == pair.earlier:
                duplicates += links.make(_row(pair, verdict))
            continue
        swap = not verdict.part_first
        part, whole = (pair.earlier, pair.later) if swap else (pair.later, pair.earlier)
        family = (links.root(part), links.root(whole))
        if family[0] != family[1] and family not in inside:
            inside.add(family)
            excerpts += links.make(_row(pair, verdict, swap=swap))
    return Related(sum(new), duplicates, excerpts)


def _row(pair: Any, verdict: Any, *, swap: bool = False) -> DuplicateRow:
    found = pair.alignment.swapped() if swap else pair.alignment
    ids = (pair.earlier, pair.later) if swap else (pair.later, pair.earlier)
    return DuplicateRow(
        track_id=ids[0],
        canonical_id=ids[1],
        method=verdict.method.value,
        evidence=verdict.evidence,
        score=round(verdict.score, 4),
        offset_s=round(found.offset_s, 3) + 0.0,  # no minus zero
        overlap_s=round(found.overlap_s, 3),
        matched_share=round(found.matched_share, 4),
        bit_error_rate=round(found.bit_error_rate, 4),
    )


def undo(store: Store, track: str, canonical: str, method: str | None = None) -> list[DuplicateRow]:
    """Take back the links of `track` to `canonical` (of one method, if given), for good.

    Returns the links that were undone. Raises InputError when there is none; says which there are.
    """
    return _change(store, (track, canonical, method), datetime.now(UTC))


def redo(store: Store, track: str, canonical: str, method: str | None = None) -> list[DuplicateRow]:
    """Make undone links again; as `undo`."""
    return _change(store, (track, canonical, method), None)


def _change(
    store: Store, asked: tuple[str, str, str | None], undone_at: datetime | None
) -> list[DuplicateRow]:
    track, canonical, method = asked
    with Lake.open(store.location, read_only=True) as lake:
        rows = [DuplicateRow(**values) for values in queries.duplicate_rows(lake)]
    found = [
        row
        for row in rows
        if (row.track_id, row.canonical_id) == (track, canonical)
        and method in (None, row.method)
        and (row.undone_at is None) == (undone_at is not None)
    ]
    if not found:
        raise InputError(_no_link(rows, asked, undone=undone_at is None))
    changed = [dataclasses.replace(row, undone_at=undone_at) for row in found]
    word = "undone" if undone_at else "made again"
    stamp = RunStamp(f"person-{datetime.now(UTC):%Y%m%dT%H%M%S}", "duplicates", f"link {word}")
    store.write({"duplicates": changed}, stamp)
    return changed


def _no_link(
    rows: Iterable[DuplicateRow], asked: tuple[str, str, str | None], *, undone: bool
) -> str:
    track, canonical, method = asked
    near = [row for row in rows if track in (row.track_id, row.canonical_id)][:5]
    listed = "; ".join(
        f"{row.track_id} {row.canonical_id} --method {row.method}"
        f"{' (undone)' if row.undone_at else ''}"
        for row in near
    )
    kind = "undone link" if undone else "link"
    by = f" by {method}" if method else ""
    there = f"of this track there are: {listed}" if near else "this track has no links"
    return f"no {kind} of {track} to {canonical}{by}; {there}"
