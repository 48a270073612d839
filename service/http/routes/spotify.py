"""A read API in the shape of Spotify's closed one, on one's own files.

Audio features and audio analysis with the same paths, field names, units and ranges, so that a
client written for that API works when its base URL is changed. docs/spotify.md says what each field
is here, how near it comes, and which are null.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Request
from starlette.exceptions import HTTPException

from schemas.errors import AudioError
from schemas.settings import Settings
from service import compose
from service.http.answers.spotify import AudioAnalysis, AudioFeatures, SeveralAudioFeatures
from service.http.shell.tokens import Scope
from service.listening import Listening
from service.spotify import audio_analysis as analysis_of
from service.spotify import audio_features as features_of

if TYPE_CHECKING:
    from warehouse.lake import Lake

MOST_IDS = 100
"""As the closed API has it."""


def add_spotify(
    app: FastAPI, settings: Settings, listening: Listening, guard: Callable[[Scope], list[Any]]
) -> None:
    """Put the routes on `app`; `listening` measures segments."""
    needed = guard(Scope.READ)

    def audio_features(
        request: Request, ids: Annotated[str, Query(min_length=1, max_length=4000)]
    ) -> dict[str, list[dict[str, Any] | None]]:
        """Audio features of up to 100 tracks; `ids` separated by commas."""
        wanted = ids.split(",")
        if len(wanted) > MOST_IDS:
            raise HTTPException(
                HTTPStatus.BAD_REQUEST, f"at most {MOST_IDS} ids, not {len(wanted)}"
            )
        with compose.open_lake(settings) as lake:
            found = features_of(lake, wanted, str(request.base_url))
        return {"audio_features": [found.get(track_id) for track_id in wanted]}

    # With and without the slash: clients ask for either, and a redirect would cost them the token.
    for path in ("/v1/audio-features", "/v1/audio-features/"):
        app.get(
            path,
            dependencies=needed,
            include_in_schema=not path.endswith("/"),
            response_model=SeveralAudioFeatures,
        )(audio_features)

    @app.get("/v1/audio-features/{track_id}", dependencies=needed, response_model=AudioFeatures)
    def audio_features_of(request: Request, track_id: str) -> dict[str, Any]:
        """Audio features of one track."""
        with compose.open_lake(settings) as lake:
            found = features_of(lake, [track_id], str(request.base_url))
        return _there(found.get(track_id), track_id)

    @app.get("/v1/audio-analysis/{track_id}", dependencies=needed, response_model=AudioAnalysis)
    def audio_analysis(track_id: str) -> dict[str, Any]:
        """Bars, beats, tatums, sections and segments of one track."""
        from warehouse import queries

        with compose.open_lake(settings) as lake:
            _there(queries.track(lake, track_id), track_id)
            segments = _segments(settings, listening, lake, track_id)
            return _there(analysis_of(lake, track_id, segments), track_id)


def _segments(
    settings: Settings, listening: Listening, lake: Lake, track_id: str
) -> list[dict[str, Any]]:
    """Measured from the file; none where it is not at hand, or cannot be decoded any more."""
    from service.browsing.segments import track_segments
    from service.browsing.sound import NoSound, sound_of

    try:
        return track_segments(settings, listening, sound_of(lake, track_id), track_id)
    except (NoSound, AudioError):
        return []


def _there(found: dict[str, Any] | None, track_id: str) -> dict[str, Any]:
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no track {track_id[:80]!r}")
    return found
