"""Routes of somebody who looks through the catalogue: the map, and the sound of a track."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from schemas.settings import Settings
from service.browsing.catalogue import Catalogue
from service.http.answers import file_answers
from service.http.answers.browsing import CatalogueMap, MapColour
from service.http.shell.files import RangedFile
from service.http.shell.tokens import Scope

Texts = Annotated[list[str], Query(max_length=30)]
Text = Annotated[str, Query(max_length=500)]


def add_browsing(
    app: FastAPI, settings: Settings, catalogue: Catalogue, guard: Callable[[Scope], list[Any]]
) -> None:
    """Put the routes on `app`."""
    needed = guard(Scope.READ)

    @app.get("/v1/map", dependencies=needed, response_model=CatalogueMap)
    def catalogue_map(  # noqa: PLR0913, PLR0917  each is a parameter of the address
        request: Request,
        colour: Text = "genre",
        q: Text = "",
        where: Texts = [],  # noqa: B006  FastAPI copies it
        tag: Texts = [],  # noqa: B006
        not_tag: Texts = [],  # noqa: B006
        licence: Text = "",
        source: Text = "",
        box: Text = "",
    ) -> dict[str, Any]:
        """Tracks in two dimensions, coloured by a feature or a kind of terms; `chosen` are those
        that the other parameters choose, as on the page of the catalogue."""
        from service.browsing import asked, found

        wanted = asked.read(request.query_params.multi_items())
        with catalogue.lakes.newest() as lake:
            places, _ = catalogue.layout.places(lake)
            chosen, _ = found.choice(catalogue, lake, wanted, places)
            shown = found.drawn(catalogue, lake, wanted, chosen)
        places = shown.places
        return {
            "method": places.method,
            "pending": shown.pending,
            "trustworthiness": places.trust,
            "tracks": places.tracks,
            "sampled": places.sampled,
            "chosen": shown.chosen,
            "colour": {name: getattr(shown.colour, name) for name in MapColour.model_fields},
            "points": [asdict(point) for point in shown.points],
        }

    @app.get(
        "/v1/tracks/{track_id}/audio",
        dependencies=needed,
        response_class=Response,
        responses=file_answers("audio/*"),
    )
    def audio(track_id: str) -> Response:
        """The sound of a track, in ranges: its file, or a copy as WAV of what browsers do not
        decode, at most 15 minutes of it."""
        from service.browsing.sound import playable, sound_of
        from warehouse import queries

        with catalogue.lakes.newest() as lake:
            track = queries.track(lake, track_id)
            if track is None:
                raise HTTPException(HTTPStatus.NOT_FOUND, f"no track {track_id[:80]!r}")
            sound = sound_of(lake, track_id, track["codec"])
        path, kind = playable(settings, sound, track_id)
        return RangedFile(path, media_type=kind, headers={"Cache-Control": "private"})
