"""`wordtone search`: full text and vectors of words, fused, within a selection of tracks.

Each side ranks up to DEPTH tracks. The rankings are fused by reciprocal rank (Cormack, Clarke &
Büttcher 2009): Σ 1 / (60 + rank); scores of BM25 and cosines have no common scale, ranks do. Three
are fused: full text, full text of the tracks that have every word of the query, so that a title
typed in full comes first, and vectors. A track that one of them lacks counts in the others.

Within a selection that leaves few tracks the vectors of exactly those are compared; otherwise the
graph's candidates are filtered, and when too few are left all selected tracks are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from schemas.errors import InputError
from warehouse.index.opened import Indexes
from warehouse.index.vectors import Rows, as_ids
from warehouse.index.words import WordIndex
from warehouse.lake import Lake
from warehouse.selection import EVERYTHING, Selection
from warehouse.sqltext import sql_text

RANK_OFFSET = 60
DEPTH = 200
"""Tracks that each side ranks, at least; more when more are asked for."""

EXACT_BELOW = 20_000
"""A selection of fewer tracks is compared whole."""

LEAST_COSINE = 0.1
"""Words less like the query than this are no finding."""

MOST = 10_000
LONGEST_QUERY = 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One track that was found: `by_words` its rank in full text, `by_meaning` among vectors."""

    track_id: str
    score: float
    by_words: int | None
    by_meaning: int | None
    words: tuple[str, ...]
    similarity: float | None


def selected_ids(lake: Lake, selection: Selection) -> list[str] | None:
    """Ids of the selected tracks, sorted; None for a selection of everything."""
    if selection.everything:
        return None
    sql, parameters = selection.sql()
    found: list[str] = lake.query(f"{sql} ORDER BY t.track_id", parameters)["track_id"].to_pylist()
    return found


def search(
    lake: Lake, indexes: Indexes, query: str, selection: Selection = EVERYTHING, limit: int = 20
) -> list[Hit]:
    """Tracks for `query` within `selection`, the best first; at most `limit`.

    Raises
    ------
    InputError
        An empty query, one of more than 1,000 characters, or a limit outside 1 … 10,000.
    """
    if not query.strip() or "\0" in query:
        raise InputError("search: nothing to search for; valid is text, as 'dark ambient drone'")
    if len(query) > LONGEST_QUERY:
        raise InputError(f"search: {len(query)} characters; valid are up to {LONGEST_QUERY}")
    if not 1 <= limit <= MOST:
        raise InputError(f"limit={limit}: valid is 1 … {MOST}")
    among = selected_ids(lake, selection)
    depth = max(DEPTH, limit)
    spoken = _by_words(indexes, query, depth, among)
    meant = _by_meaning(indexes, query, depth, among)
    return _fused(spoken, meant)[:limit]


def _by_words(
    indexes: Indexes, query: str, depth: int, among: list[str] | None
) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Track → words of the query that it has, and whether these are all; in full text's order."""
    if indexes.text is None:
        return {}
    found = indexes.text.best(query, depth, among).to_pylist()
    return {row["track_id"]: (tuple(row["words"]), row["whole"]) for row in found}


def _by_meaning(
    indexes: Indexes, query: str, depth: int, among: list[str] | None
) -> dict[str, float]:
    """Track → cosine of its words with the query, the nearest first."""
    words, encoder = indexes.words, indexes.encoder
    if words is None or encoder is None or len(words.ids) == 0:
        return {}
    point = encoder.encode([query])[0]
    places = _candidates(words, point, depth, among)
    distance = words.distances(point, places)
    order = np.lexsort((places, distance))[:depth]
    kept = [i for i in order if 1 - distance[i] > LEAST_COSINE]
    return {words.ids[places[i]].decode(): float(1 - distance[i]) for i in kept}


def _candidates(words: WordIndex, point: np.ndarray, depth: int, among: list[str] | None) -> Rows:
    if among is None:
        return words.nearest_places(point, depth)
    allowed = words.rows_of(as_ids(among))
    allowed = allowed[allowed >= 0]
    if len(allowed) < EXACT_BELOW:
        return words.with_words(allowed)
    share = len(allowed) / len(words.ids)
    wide = words.nearest_places(point, min(int(2 * depth / share), len(words.ids)))
    found = wide[np.isin(wide, allowed)]
    return found if len(found) >= depth else words.with_words(allowed)


def _fused(spoken: dict[str, tuple[tuple[str, ...], bool]], meant: dict[str, float]) -> list[Hit]:
    by_words = _ranked(spoken)
    with_all = _ranked([track for track, (_, whole) in spoken.items() if whole])
    by_meaning = _ranked(meant)
    hits = []
    for track in {**by_words, **by_meaning}:
        ranks = [ranking.get(track) for ranking in (by_words, with_all, by_meaning)]
        score = sum(1 / (RANK_OFFSET + rank) for rank in ranks if rank is not None)
        words, _ = spoken.get(track, ((), False))
        hits.append(Hit(track, score, ranks[0], ranks[2], words, meant.get(track)))
    return sorted(hits, key=lambda hit: (-hit.score, hit.track_id))


def _ranked(tracks: Iterable[str]) -> dict[str, int]:
    return {track: rank for rank, track in enumerate(tracks, 1)}


def hits_table(lake: Lake, hits: Sequence[Hit]) -> pa.Table:
    """Hits with what a track is called, its licence and where it is: one row a hit, in order."""
    shown = described(lake, [hit.track_id for hit in hits])
    rows = []
    for rank, hit in enumerate(hits, 1):
        track = shown.get(hit.track_id, {})
        rows.append(
            {
                "rank": rank,
                "track_id": hit.track_id,
                "title": track.get("title"),
                "artist": track.get("artist"),
                "album": track.get("album"),
                "score": hit.score,
                "words": list(hit.words),
                "similarity": hit.similarity,
                "tempo_bpm": track.get("tempo_bpm"),
                "key": track.get("key_name"),
                "licence": track.get("licence"),
                "uri": track.get("uri"),
            }
        )
    return pa.Table.from_pylist(rows, schema=HITS)


HITS = pa.schema(
    [
        ("rank", pa.int64()),
        ("track_id", pa.string()),
        ("title", pa.string()),
        ("artist", pa.string()),
        ("album", pa.string()),
        ("score", pa.float64()),
        ("words", pa.list_(pa.string())),
        ("similarity", pa.float64()),
        ("tempo_bpm", pa.float64()),
        ("key", pa.string()),
        ("licence", pa.string()),
        ("uri", pa.string()),
    ]
)
"""Columns of `hits_table`."""


def described(lake: Lake, track_ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """Title, artist, album, place, licence, tempo and key of each of `track_ids` that exists."""
    if not track_ids:
        return {}
    found = lake.query(sql_text("search", "described"), {"track_ids": list(track_ids)}).to_pylist()
    return {row["track_id"]: row for row in found}
