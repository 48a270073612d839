"""The page that takes a prompt, the one that shows a job, and the one that plays a piece."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from schemas.errors import InputError, PromptError
from service.http.shell.tokens import Scope
from service.jobs.job import Task
from service.web.generate import form, heard, understood
from service.web.rendering import page
from service.web.site import HIDDEN, Site, fields

if TYPE_CHECKING:
    from generation.around.keeping import Kept


def add_generate_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    _add_generate(app, site)
    _add_song(app, site)


def _add_generate(app: FastAPI, site: Site) -> None:
    @app.get("/", dependencies=site.needs(Scope.CONDITION), **HIDDEN)
    def generate(request: Request) -> Response:
        return _generate_page(site, dict(request.query_params))

    @app.post("/generate", dependencies=site.needs(Scope.GENERATE), **HIDDEN)
    async def make(request: Request) -> Response:
        given = await fields(request)
        try:
            asked = form.read(given)
            if not asked.prompt:
                raise PromptError("prompt: say what you want to hear")
            vector = site.mapping().condition(asked.prompt, asked.options())
        except InputError as error:
            return _generate_page(site, given, str(error))
        job = site.runner.submit(Task(request=vector))
        return RedirectResponse(f"/making/{job.job_id}", HTTPStatus.SEE_OTHER)


def _generate_page(site: Site, given: Mapping[str, str], trouble: str = "") -> Response:
    asked, vector = form.Asked(prompt=given.get("prompt", "")), None
    try:
        asked = form.read(given)
        if asked.prompt and not trouble:
            vector = site.mapping().condition(asked.prompt, asked.options())
    except InputError as error:
        trouble = str(error)
    return page(
        "generate.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        here="/",
        asked=asked,
        limits=form,
        trouble=trouble,
        vector=vector,
        marked=understood.marked(vector) if vector else [],
        rows=understood.rows(vector) if vector else [],
        keys=understood.keys(vector) if vector else [],
    )


def _add_song(app: FastAPI, site: Site) -> None:
    @app.get("/making/{job_id}", dependencies=site.needs(Scope.GENERATE), **HIDDEN)
    def making(request: Request, job_id: str) -> Response:
        job = site.runner.job(job_id)
        if job is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no job {job_id[:80]!r}")
        if job.generation_id is not None:
            return RedirectResponse(f"/song/{job.generation_id}", HTTPStatus.SEE_OTHER)
        return page("making.html", here="/", job=job, ended=job.state.ended)

    @app.get("/song/{generation_id}", dependencies=site.needs(Scope.GENERATE), **HIDDEN)
    def song(request: Request, generation_id: str) -> Response:
        from service.generations import generation

        try:
            kept = generation(site.settings, generation_id)
        except InputError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
        return _song_page(kept)

    @app.post("/song/{generation_id}/edit", dependencies=site.needs(Scope.GENERATE), **HIDDEN)
    async def edit(request: Request, generation_id: str) -> Response:
        from service.edits import Change, edited
        from service.generations import generation

        given = await fields(request)
        kept = generation(site.settings, generation_id)
        change = Change(
            words=given.get("words", "").strip() or None,
            regenerate_stems=tuple(n.removeprefix("new.") for n in given if n.startswith("new.")),
            vary="vary" in given,
        )
        try:
            job = site.runner.submit(Task(request=edited(site.settings, kept, change)))
        except InputError as error:
            return _song_page(kept, str(error))
        return RedirectResponse(f"/making/{job.job_id}", HTTPStatus.SEE_OTHER)


def _song_page(kept: Kept, trouble: str = "") -> Response:
    return page(
        "song.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        here="/",
        result=kept.result,
        table=heard.table(kept),
        wave=heard.waveform(kept.audio()),
        base=f"/v1/generations/{kept.result.generation_id}",
        trouble=trouble,
    )
