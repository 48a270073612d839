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


def add_songs_page(app: FastAPI, site: Site) -> None:
    """Put the page on `app`."""

    @app.get("/songs", dependencies=site.needs(Scope.GENERATE), **HIDDEN)
    def songs(before: Annotated[str | None, Query(max_length=80)] = None) -> Response:
        found = lines(site.settings, A_PAGE + 1, before)
        return page(
            "songs.html",
            HTTPStatus.OK,
            here="/",
            lines=found[:A_PAGE],
            first=before is None,
            more=len(found) > A_PAGE,
        )
