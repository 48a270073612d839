"""The page to listen and judge: single pieces, pairs, and what all reviews say.

Which engine made a piece is not shown before it has been judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from schemas.errors import InputError
from service import reviews
from service.http.shell.tokens import Scope
from service.web.review import form
from service.web.review.listener import listener, remember
from service.web.review.pages import findings_page, pair_page, piece_page
from service.web.site import HIDDEN, PageMissing, Site, fields


def add_review_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    _add_pages(app, site)
    _add_saying(app, site)
    _add_visitor(app, site)


def _add_pages(app: FastAPI, site: Site) -> None:
    needs: dict[str, Any] = {"dependencies": site.needs(Scope.REVIEW), **HIDDEN}

    @app.get("/review", **needs)
    def review(
        request: Request, piece: str = "", after: str = "", done: str = "", undone: bool = False
    ) -> Response:
        wanted = {"piece": piece, "after": after, "done": done}
        return piece_page(site, listener(site, request), wanted, undone=undone)

    @app.get("/review/pairs", **needs)
    def pairs(
        request: Request, pair: str = "", after: str = "", done: str = "", undone: bool = False
    ) -> Response:
        wanted = {"pair": pair, "after": after, "done": done}
        return pair_page(site, listener(site, request), wanted, undone=undone)

    @app.get("/review/findings", **needs)
    def found(request: Request) -> Response:
        return findings_page(site, listener(site, request))


def _add_saying(app: FastAPI, site: Site) -> None:
    needs: dict[str, Any] = {"dependencies": site.needs(Scope.REVIEW), **HIDDEN}

    @app.post("/review", **needs)
    async def judge(request: Request) -> Response:
        given = await fields(request)
        return await anyio.to_thread.run_sync(_judged, site, listener(site, request), given)

    @app.post("/review/pairs", **needs)
    async def choose(request: Request) -> Response:
        given = await fields(request)
        return await anyio.to_thread.run_sync(_chosen, site, listener(site, request), given)

    @app.post("/review/undo", **needs)
    async def undo(request: Request) -> Response:
        given = await fields(request)
        ids = [given[name] for name in ("piece", "a", "b") if given.get(name)]
        who = listener(site, request)
        await anyio.to_thread.run_sync(reviews.withdraw, site.settings, who, ids)
        if len(ids) == 1:
            return _to("/review", piece=ids[0], undone="true")
        return _to("/review/pairs", pair=f"{ids[0]}.{ids[1]}", undone="true")


def _judged(site: Site, who: str, given: Mapping[str, str]) -> Response:
    def say() -> Response:
        reviews.record(site.settings, form.ratings(given, who))
        return _to("/review", done=given["piece"])

    wanted = {"piece": given.get("piece", "")}
    return _or_the_form(say, partial(piece_page, site, who, wanted, given=given))


def _chosen(site: Site, who: str, given: Mapping[str, str]) -> Response:
    def say() -> Response:
        reviews.record(site.settings, form.comparisons(given, who))
        return _to("/review/pairs", done=f"{given['a']}.{given['b']}")

    wanted = {"pair": f"{given.get('a', '')}.{given.get('b', '')}"}
    return _or_the_form(say, partial(pair_page, site, who, wanted, given=given))


def _or_the_form(say: Callable[[], Response], again: Callable[..., Response]) -> Response:
    try:
        return say()
    except InputError as error:
        return again(trouble=str(error))


def _add_visitor(app: FastAPI, site: Site) -> None:
    needs: dict[str, Any] = {"dependencies": site.needs(Scope.REVIEW), **HIDDEN}

    @app.post("/review/name", **needs)
    async def name(request: Request) -> Response:
        answer = _to("/review")
        if not site.tokens:
            given = await fields(request)
            try:
                remember(answer, request, given.get("name", "").strip())
            except InputError as error:
                return piece_page(site, listener(site, request), {}, trouble=str(error))
        return answer

    @app.get("/review/audio/{generation_id}", **needs)
    def audio(request: Request, generation_id: str) -> Response:
        """The mix alone: whoever may review need not be allowed to make music."""
        from service.generations import generation

        try:
            path = generation(site.settings, generation_id).path()
        except InputError as error:
            raise PageMissing(str(error)) from error
        return FileResponse(path, media_type="audio/wav")


def _to(path: str, **query: str) -> RedirectResponse:
    where = f"{path}?{urlencode(query)}" if query else path
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)
