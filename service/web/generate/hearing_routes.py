"""The page takes a recording, shows what was heard in it, and lets a person put it right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from pipelines.melody.transcribe import Wanted
from schemas.errors import AudioError, BusyError, InputError, WarehouseError
from schemas.report import FileReport
from service.http.shell.tokens import Scope
from service.http.uploads import MULTIPART, kind_of, sent_form, unless_gone
from service.likeness import tracks_like
from service.listening import Recording
from service.web.generate import hearing
from service.web.generate.hearing import Hearing
from service.web.generate.values import title
from service.web.rendering import page
from service.web.site import HIDDEN, Site

Render = Callable[[Mapping[str, str]], Response]
"""The Generate page of a form's fields."""

_NEAREST = 20
_MOST_FIELDS = hearing.MOST_SHOWN + 100
_OURS = (hearing.TROUBLE, "do", "as", "taps", "tempo", "tempo.other", "listed", "keep")


def add_hearing_pages(app: FastAPI, site: Site, render: Render) -> None:
    """Put the pages on `app`; each answers with the whole page."""

    @app.post("/hum", dependencies=site.needs(Scope.CONDITION), **HIDDEN)
    async def hum(request: Request) -> Response:
        if kind_of(request) != MULTIPART:
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a form with a file is needed")
        try:
            with site.listening.place():
                async with sent_form(request) as (form, recording):
                    try:
                        now = await _looked_at(request, site, form, recording)
                    except (AudioError, InputError) as error:
                        return await _shown(render, form, str(error))
        except BusyError as error:
            return await _shown(render, {}, f"{error}.", HTTPStatus.TOO_MANY_REQUESTS)
        return await _shown(render, {**_others(form), **now.fields()})

    @app.post("/hum/change", dependencies=site.needs(Scope.CONDITION), **HIDDEN)
    async def change(request: Request) -> Response:
        form, kept = await _pairs(request)
        try:
            now = hearing.changed(hearing.opened(form), form, kept)
        except InputError as error:
            return await _shown(render, form, str(error))
        return await _shown(render, {**_others(form), **now.fields()})

    @app.get("/tracks-like", dependencies=site.needs(Scope.READ), **HIDDEN)
    def like(request: Request) -> Response:
        return _like_page(site, request.query_params.get(hearing.PENDING_LIKE, ""))


def _like_page(site: Site, packed: str) -> Response:
    """Tracks like a clip that was measured."""
    from warehouse.similar import Wish

    name, trouble = "a recording", ""
    rows: list[dict[str, Any]] = []
    notes: tuple[str, ...] = ()
    try:
        clip = hearing.unpack(FileReport, hearing.LIKE, packed)
        name = clip.path
        rows, notes = tracks_like(site.settings, clip, Wish(limit=_NEAREST))
    except (InputError, WarehouseError) as error:
        trouble = str(error)
    return page(
        "tracks_like.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        here="/",
        name=name,
        tracks=rows,
        notes=notes,
        trouble=trouble,
        title=title,
    )


async def _looked_at(
    request: Request, site: Site, form: Mapping[str, str], recording: Recording | None
) -> Hearing:
    if recording is None:
        raise InputError("choose a file first, or record something")
    now = replace(hearing.opened(form), trouble="")
    if form.get("as") == hearing.LIKE:
        worker = site.listening.worker()
        report = await unless_gone(
            request, worker, lambda: site.listening.measure(worker, recording, ())
        )
        return replace(now, melody=None, like=hearing.features_of(report))
    worker = site.listening.worker()
    found = await unless_gone(
        request, worker, lambda: site.listening.hear(worker, recording, Wanted())
    )
    if not found.notes:
        raise InputError(f"{recording.name}: no melody was heard: nothing with a steady pitch")
    return replace(now, melody=found, like=None)


async def _shown(
    render: Render, given: Mapping[str, str], trouble: str = "", status: int | None = None
) -> Response:
    fields = {**given, hearing.TROUBLE: trouble}
    answer = await anyio.to_thread.run_sync(render, fields)
    if trouble:
        answer.status_code = status or HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


def _others(form: Mapping[str, str]) -> dict[str, str]:
    """Fields of the page that are not the block's own, as they were."""
    own = (*hearing.FIELDS, *_OURS)
    return {name: value for name, value in form.items() if name not in own}


async def _pairs(request: Request) -> tuple[dict[str, str], list[str]]:
    """Fields of the form, the last value of each, and all values of `keep`.

    Raises HTTPException 415 for another kind of body, 400 for one of too many fields.
    """
    if kind_of(request) != "application/x-www-form-urlencoded":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a form is needed")
    text = (await request.body()).decode("utf-8", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        detail = f"a form of at most {_MOST_FIELDS} fields is needed"
        raise HTTPException(HTTPStatus.BAD_REQUEST, detail) from None
    return dict(pairs), [value for name, value in pairs if name == "keep"]
