"""Paths of the pages. Each answers in full without JavaScript; scripts ask the API beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from mapping.model import Mapping as Model
from schemas.errors import InputError, PromptError
from schemas.settings import Settings
from service.http.shell.tokens import COOKIE, Scope, Token, holder, presented
from service.jobs.job import Job
from service.jobs.runner import Runner
from service.web.generate import form, heard, understood
from service.web.rendering import page, static_path

_HIDDEN = {"include_in_schema": False}


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
    _add_generate(app, mapping, runner, tokens)
    _add_song(app, settings, runner, tokens)


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


def _add_generate(
    app: FastAPI, mapping: Callable[[], Model], runner: Runner, tokens: tuple[Token, ...]
) -> None:
    @app.get("/", **_HIDDEN)  # type: ignore[arg-type]
    def generate(request: Request) -> Response:
        if (refused := _refused(request, tokens, Scope.CONDITION)) is not None:
            return refused
        return _generate_page(mapping, dict(request.query_params))

    @app.post("/generate", **_HIDDEN)  # type: ignore[arg-type]
    async def make(request: Request) -> Response:
        if (refused := _refused(request, tokens, Scope.GENERATE)) is not None:
            return refused
        fields = await _fields(request)
        try:
            asked = form.read(fields)
            if not asked.prompt:
                raise PromptError("prompt: say what you want to hear")
            vector = mapping().condition(asked.prompt, asked.options())
        except InputError as error:
            return _generate_page(mapping, fields, str(error))
        job = runner.submit(
            {
                "request": vector.model_dump(mode="json"),
                "engine": "embedded",
                "weights": None,
                "preset": None,
                "correct": True,
            }
        )
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


def _add_song(app: FastAPI, settings: Settings, runner: Runner, tokens: tuple[Token, ...]) -> None:
    @app.get("/making/{job_id}", **_HIDDEN)  # type: ignore[arg-type]
    def making(request: Request, job_id: str) -> Response:
        if (refused := _refused(request, tokens, Scope.GENERATE)) is not None:
            return refused
        job = runner.job(job_id)
        if job is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no job {job_id[:80]!r}")
        if job.generation_id is not None:
            return RedirectResponse(f"/song/{job.generation_id}", HTTPStatus.SEE_OTHER)
        return page("making.html", here="/", job=job, ended=_ended(job))

    @app.get("/song/{generation_id}", **_HIDDEN)  # type: ignore[arg-type]
    def song(request: Request, generation_id: str) -> Response:
        if (refused := _refused(request, tokens, Scope.GENERATE)) is not None:
            return refused
        from service.generations import generation

        try:
            kept = generation(settings, generation_id)
        except InputError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
        return page(
            "song.html",
            here="/",
            result=kept.result,
            table=heard.table(kept),
            wave=heard.waveform(kept.audio()),
            base=f"/v1/generations/{kept.result.generation_id}",
        )


def _ended(job: Job) -> bool:
    return job.state.ended


def _refused(request: Request, tokens: tuple[Token, ...], scope: Scope) -> Response | None:
    """The login page for whoever has no token of that scope, where tokens are needed."""
    if not tokens:
        return None
    token = presented(tokens, request)
    if token is None or scope not in token.scopes:
        return RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    return None


async def _fields(request: Request) -> dict[str, str]:
    """Fields of a form, the last value of each. Raises HTTPException 415 for any other body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a form is needed")
    text = (await request.body()).decode("utf-8", "replace")
    found: dict[str, Any] = parse_qs(text, keep_blank_values=True, max_num_fields=100)
    return {name: values[-1] for name, values in found.items()}
