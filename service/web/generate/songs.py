"""The pieces that were made so far."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response

from service.http.shell.tokens import Scope
from service.web.generate.takes import lines
from service.web.rendering import page
from service.web.site import HIDDEN, Site

A_PAGE = 20
_MOST_PAGES = 500


def add_songs_page(app: FastAPI, site: Site) -> None:
    """Put the page on `app`."""

    @app.get("/songs", dependencies=site.needs(Scope.GENERATE), **HIDDEN)
    def songs(number: Annotated[int, Query(alias="page", ge=1, le=_MOST_PAGES)] = 1) -> Response:
        found = lines(site.settings, A_PAGE + 1, (number - 1) * A_PAGE)
        return page(
            "songs.html",
            HTTPStatus.OK,
            here="/",
            lines=found[:A_PAGE],
            number=number,
            more=len(found) > A_PAGE,
        )
