"""What the catalogue of the demonstration is worth, with its own numbers."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mapping.report.groups import ORIGINS, RENDER
from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping

_WIDTH = 100
_ORIGINS = """SELECT t.track_id, t.origin, t.artist, count(g.term) AS words
FROM tracks AS t
LEFT JOIN tags AS g ON g.track_id = t.track_id AND g.kind IN ('genre', 'mood', 'instrument')
WHERE t.origin <> 'generated'
GROUP BY ALL"""

_FEW = """
{tracks} {what} by {artists} artists with {words} words about sound can show that the path works
from file to vector, that a stated tempo or key is met, and which way common words point. They
cannot teach what a style sounds like: most styles occur once or not at all. With so few artists to
hold out, the errors of training are themselves uncertain; an R² below zero means that the average
would have done better.
"""
_LISTING = """
Words of recordings come from embedded tags, file and package names and copyright files and, for the
packages that name no genre, from a listing of ours (source debian:listing, half weight).
"""
_RENDERED = """
The {tracks} rendered tracks (origin score_render, artists invented) are played by the built-in
sequencer to the words that then label them. They fill the catalogue, and they are easy: their words
are true by construction, and follow our rules. {judged} What the mapping says of a style that
rendered tracks alone have is what our sequencer plays when asked for it.
"""
_JUDGED = """
Figures of training average both: held out, rendered tracks are predicted with a mean R² of
{easy:.2f}, recordings with {hard:.2f} ({count} of them). For music that people made, the second
figure counts.
"""
_LAST = """
That "slow" comes out slow is owed to the lexicon, not to learning. Words listed as unknown moved
nothing; wide ranges mean what they say. Perceptual features (valence, instrumentalness …) need a
named model and are null. Pieces made here are marked as generated, and never train.
"""
_OWN = "Point it at your own music: ./dev demo --music FOLDER"


@dataclass(frozen=True, slots=True)
class Holdings:
    """Tracks of one kind: how many, by how many artists, with how many words about sound."""

    tracks: int
    artists: int
    words: int


def honesty(settings: Settings, mapping: Mapping, *, own: bool) -> str:
    """A paragraph a matter; recordings and rendered tracks are never counted as one."""
    kinds = _holdings(settings)
    recordings, rendered = (kinds.get(kind) for kind in (False, True))
    said = []
    if recordings:
        said.append(_of("recordings" if not own else "tracks", recordings))
    if recordings and not own:
        said.append(_LISTING)
    if rendered:
        judged = _judged(mapping.manifest.details.get(ORIGINS))
        said.append(_RENDERED.format(tracks=rendered.tracks, judged=judged))
    said += [_LAST, *([] if own else [_OWN])]
    return "\n".join(textwrap.fill(" ".join(text.split()), _WIDTH) for text in said)


def _of(what: str, held: Holdings) -> str:
    return _FEW.format(what=what, tracks=held.tracks, artists=held.artists, words=held.words)


def _judged(figures: object) -> str:
    """`figures` as a mapping's manifest has them, by origin."""
    found = figures if isinstance(figures, dict) else {}
    easy, hard = (found.get(name, {}) for name in (RENDER, "recording"))
    if easy.get("mean_r2") is None or hard.get("mean_r2") is None:
        return "What was learned from them says nothing of recordings."
    return _JUDGED.format(easy=easy["mean_r2"], hard=hard["mean_r2"], count=hard["tracks"])


def _holdings(settings: Settings) -> dict[bool, Holdings]:
    """By whether they are rendered."""
    from service import compose
    from warehouse.user_query import run_query

    with compose.open_lake(settings) as lake:
        rows = run_query(lake, _ORIGINS).to_pylist()
    tracks = Counter(row["origin"] == RENDER for row in rows)
    return {
        kind: Holdings(
            tracks[kind],
            len({r["artist"] for r in rows if (r["origin"] == RENDER) is kind and r["artist"]}),
            sum(r["words"] for r in rows if (r["origin"] == RENDER) is kind),
        )
        for kind in tracks
    }
