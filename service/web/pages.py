"""Paths of the pages. Each answers in full without JavaScript; scripts ask the API beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from mapping.model import Mapping as Model
from schemas.errors import InputError, PromptError
from schemas.settings import Settings
from service.http.shell.tokens import COOKIE, Scope, Token, holder, presented
from service.jobs.job import Task
from service.jobs.runner import Runner
from service.web.generate import form, heard, understood
from service.web.rendering import page, static_path

if TYPE_CHECKING:
    from generation.around.keeping import Kept

_HIDDEN = {"include_in_schema": False}
Needs = Callable[[Scope], list[Any]]
"""The dependencies of a page that needs a scope."""


def add_pages(
    app: FastAPI,
    settings: Settings,
    mapping: Callable[[], Model],
    runner: Runner,
    tokens: tuple[Token, ...],
) -> None:
    """Put the pages on `app`."""
    app.mount("/static", StaticFiles(directory=static_path()), name="static")
    _add_session(app, tokens)
    needs = _needs(tokens)
    _add_generate(app, mapping, runner, needs)
    _add_song(app, settings, runner, needs)

    @app.exception_handler(_LoginFirst)
    def login_first(request: Request, error: _LoginFirst) -> Response:
        return RedirectResponse("/login", HTTPStatus.SEE_OTHER)


def _add_session(app: FastAPI, tokens: tuple[Token, ...]) -> None:
    @app.get("/login", **_HIDDEN)  # type: ignore[arg-type]
    def login(wrong: bool = False) -> Response:
        return page("login.html", wrong=wrong)

    @app.post("/login", **_HIDDEN)  # type: ignore[arg-type]
    async def enter(request: Request) -> Response:
        secret = (await _fields(request)).get("token", "")
        if holder(tokens, f"Bearer {secret}") is None:
            return RedirectResponse("/login?wrong=true", HTTPStatus.SEE_OTHER)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, secret, httponly=True, samesite="strict", secure=secure)
        return answer


def _add_generate(app: FastAPI, mapping: Callable[[], Model], runner: Runner, needs: Needs) -> None:
    @app.get("/", dependencies=needs(Scope.CONDITION), **_HIDDEN)  # type: ignore[arg-type]
    def generate(request: Request) -> Response:
        return _generate_page(mapping, dict(request.query_params))

    @app.post("/generate", dependencies=needs(Scope.GENERATE), **_HIDDEN)  # type: ignore[arg-type]
    async def make(request: Request) -> Response:
        fields = await _fields(request)
        try:
            asked = form.read(fields)
            if not asked.prompt:
                raise PromptError("prompt: say what you want to hear")
            vector = mapping().condition(asked.prompt, asked.options())
        except InputError as error:
            return _generate_page(mapping, fields, str(error))
        job = runner.submit(Task(request=vector))
        return RedirectResponse(f"/making/{job.job_id}", HTTPStatus.SEE_OTHER)


def _generate_page(
    mapping: Callable[[], Model], fields: Mapping[str, str], trouble: str = ""
) -> Response:
    asked, vector = form.Asked(prompt=fields.get("prompt", "")), None
    try:
        asked = form.read(fields)
        if asked.prompt and not trouble:
            vector = mapping().condition(asked.prompt, asked.options())
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


def _add_song(app: FastAPI, settings: Settings, runner: Runner, needs: Needs) -> None:
    @app.get("/making/{job_id}", dependencies=needs(Scope.GENERATE), **_HIDDEN)  # type: ignore[arg-type]
    def making(request: Request, job_id: str) -> Response:
        job = runner.job(job_id)
        if job is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no job {job_id[:80]!r}")
        if job.generation_id is not None:
            return RedirectResponse(f"/song/{job.generation_id}", HTTPStatus.SEE_OTHER)
        return page("making.html", here="/", job=job, ended=job.state.ended)

    @app.get("/song/{generation_id}", dependencies=needs(Scope.GENERATE), **_HIDDEN)  # type: ignore[arg-type]
    def song(request: Request, generation_id: str) -> Response:
        from service.generations import generation

        try:
            kept = generation(settings, generation_id)
        except InputError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
        return _song_page(kept)

    @app.post("/song/{generation_id}/edit", dependencies=needs(Scope.GENERATE), **_HIDDEN)  # type: ignore[arg-type]
    async def edit(request: Request, generation_id: str) -> Response:
        from service.edits import Change, edited
        from service.generations import generation

        fields = await _fields(request)
        kept = generation(settings, generation_id)
        change = Change(
            words=fields.get("words", "").strip() or None,
            regenerate_stems=tuple(n.removeprefix("new.") for n in fields if n.startswith("new.")),
            vary="vary" in fields,
        )
        try:
            job = runner.submit(Task(request=edited(settings, kept, change)))
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


class _LoginFirst(Exception):
    """Whoever asks for a page without the token that it needs is shown where to log in."""


def _needs(tokens: tuple[Token, ...]) -> Needs:
    def needs(scope: Scope) -> list[Any]:
        def check(request: Request) -> None:
            token = presented(tokens, request)
            if tokens and (token is None or scope not in token.scopes):
                raise _LoginFirst

        return [Depends(check)]

    return needs


async def _fields(request: Request) -> dict[str, str]:
    """Fields of a form, the last value of each. Raises HTTPException 415 for any other body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a form is needed")
    text = (await request.body()).decode("utf-8", "replace")
    found: dict[str, Any] = parse_qs(text, keep_blank_values=True, max_num_fields=100)
    return {name: values[-1] for name, values in found.items()}
