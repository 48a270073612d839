"""The catalogue: tracks listed, found, alike; SQL; versions of the mapping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from wordtone_client.connection import Connection, Parameters
from wordtone_client.models import (
    EngineManifest,
    Health,
    Hit,
    ModelVersion,
    SimilarTracks,
    SqlAnswer,
    TrackDetail,
    TrackSummary,
)


class Finding(Connection):
    """Methods of `Client` that read the catalogue."""

    def search(
        self,
        query: str,
        limit: int = 20,
        where: Sequence[str] = (),
        tags: Sequence[str] = (),
        not_tags: Sequence[str] = (),
    ) -> list[Hit]:
        """Tracks by words and what they mean, the best first.

        Parameters
        ----------
        limit : 1 … 200
        where : ranges, as "tempo_bpm=120..130", "energy>=0.6", "key=C minor"
        tags, not_tags : only with, only without these: "techno", or "genre=techno"
        """
        parameters: Parameters = {"q": query, "limit": limit, **_selection(where, tags, not_tags)}
        return self._get("/v1/search", list[Hit], parameters)

    def similar(
        self,
        track_id: str,
        limit: int = 10,
        where: Sequence[str] = (),
        tags: Sequence[str] = (),
        not_tags: Sequence[str] = (),
    ) -> SimilarTracks:
        """Tracks like one, the nearest first, and why. Parameters are those of `search`."""
        parameters: Parameters = {"limit": limit, **_selection(where, tags, not_tags)}
        return self._get(f"/v1/similar/{segment(track_id)}", SimilarTracks, parameters)

    def tracks(
        self, search: str | None = None, limit: int = 50, offset: int = 0
    ) -> list[TrackSummary]:
        """Tracks whose title, artist or album has these words; 1 … 1000 at a time."""
        parameters = {"search": search, "limit": limit, "offset": offset}
        return self._get("/v1/tracks", list[TrackSummary], parameters)

    def track(self, track_id: str) -> TrackDetail:
        """Everything known of a track. Raises NotFound."""
        return self._get(f"/v1/tracks/{segment(track_id)}", TrackDetail)

    def query(self, sql: str, rows: int = 1000, timeout_s: float = 10.0) -> SqlAnswer:
        """One SELECT on the published views, in the service's sandbox.

        `rows` is at most 10,000, `timeout_s` at most 60. Raises InvalidRequest with the database's
        own word on what is wrong with the statement.
        """
        return self._post(
            "/v1/query", SqlAnswer, {"sql": sql, "rows": rows, "timeout_s": timeout_s}
        )

    def models(self) -> list[ModelVersion]:
        """Trained mappings, the newest first."""
        return self._get("/v1/models", list[ModelVersion])

    def engines(self) -> list[EngineManifest]:
        """The generators that this service runs, with all that each takes."""
        return self._get("/v1/engines", list[EngineManifest])

    def schemas(self) -> dict[str, dict[str, Any]]:
        """JSON Schemas of the contract's documents, by name."""
        return self._get("/v1/schema", dict[str, dict[str, Any]])

    def health(self) -> Health:
        """Whether the service answers at all; needs no token."""
        return self._get("/healthz", Health)


def _selection(
    where: Sequence[str], tags: Sequence[str], not_tags: Sequence[str]
) -> dict[str, Sequence[str]]:
    return {"where": where, "tag": tags, "not_tag": not_tags}


def segment(text: str) -> str:
    """An id as one segment of a path, whatever it holds. Raises ValueError when it is empty."""
    if not text:
        raise ValueError("an id is empty")
    quoted = quote(text, safe="")
    # These two a path does not keep as they are.
    return quoted.replace(".", "%2E") if text in (".", "..") else quoted
