"""The page that takes a prompt, and the one that shows jobs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from schemas.answers import ConditioningVector
from schemas.errors import BusyError, ContractError, InputError, PromptError
from service.http.routes.generation import served_engines
from service.http.shell.tokens import Scope
from service.jobs.job import Job, Task
from service.web.generate import advice, form, reading, understood
from service.web.generate.answering import answered
from service.web.generate.hearing_block import block
from service.web.generate.hearing_routes import add_hearing_pages
from service.web.generate.song import add_song_pages, piece
from service.web.generate.songs import add_songs_page
from service.web.generate.values import plainly
from service.web.rendering import page
from service.web.site import HIDDEN, PageMissing, Site, fields

EXAMPLES = (
    "UK garage track with trumpets, 130 BPM, no vocals",
    "High instrumentality and energy with bright timbre, 120 BPM, in the key of C minor",
    "It's like house music, but much darker",
    "Slow waltz for strings, warm and sad",
    "Busy drum and bass, 174 BPM, with a saxophone",
    "Calm ambient in D major, half a minute long",
)
MOST_JOBS = 4
"""Jobs that one page follows."""


def add_generate_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    _add_generate(app, site)
    add_hearing_pages(app, site, partial(_generate_page, site))
    _add_making(app, site)
    add_song_pages(app, site)
    add_songs_page(app, site)


def _add_generate(app: FastAPI, site: Site) -> None:
    engines = served_engines(site.settings)

    @app.get("/", dependencies=site.needs(Scope.CONDITION), **HIDDEN)
    def generate(request: Request) -> Response:
        return _generate_page(site, dict(request.query_params))

    @app.post("/", dependencies=site.needs(Scope.CONDITION), **HIDDEN)
    async def understand(request: Request) -> Response:
        from anyio.to_thread import run_sync

        given = await fields(request)
        return await run_sync(_generate_page, site, given)

    @app.post("/generate", dependencies=site.needs(Scope.GENERATE), **HIDDEN)
    async def make(request: Request) -> Response:
        from anyio.to_thread import run_sync

        given = await fields(request)
        try:
            task = await run_sync(_task, site, engines, given)
            job = site.runner.submit(task)
        except InputError as error:
            return await run_sync(_generate_page, site, given, str(error))
        except BusyError as error:
            return await run_sync(_generate_page, site, given, f"The queue is full: {error}.")
        return RedirectResponse(f"/making/{job.job_id}", HTTPStatus.SEE_OTHER)


def _task(site: Site, engines: Mapping[str, str | None], given: Mapping[str, str]) -> Task:
    """What a filled form asks to be made. Raises InputError."""
    asked = form.read(given)
    if not asked.says_something:
        raise PromptError("prompt: say what you want to hear")
    engine = asked.engine or next(iter(engines))
    if engine not in engines:
        raise InputError(f"engine {engine[:40]!r}; this service runs {', '.join(engines)}")
    if asked.preset is not None:
        from generation.sequencer.presets import preset

        preset(asked.preset)
    vector = answered(site.mapping(), asked)
    vector = vector.model_copy(update={"candidates": asked.candidates})
    return Task(request=vector, engine=engine, weights=engines[engine], preset=asked.preset)


def _generate_page(site: Site, given: Mapping[str, str], trouble: str = "") -> Response:
    asked, vector, found, why = form.Asked(prompt=given.get("prompt", "")), None, None, None
    show = given.get("show", "")
    try:
        asked = form.read(given)
        if asked.says_something and not trouble:
            mapping = site.mapping()
            vector = answered(mapping, asked)
            if show == "advice" and asked.prompt:
                found = advice.advise(mapping, vector, asked.prompt, asked.options())
            if show == "why" and asked.prompt:
                why = advice.reasons(mapping, asked.prompt, asked.options())
    except InputError as error:
        trouble = str(error)
    return page(
        "generate.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        here="/",
        asked=asked,
        limits=form,
        trouble=trouble,
        examples=EXAMPLES,
        engines=list(served_engines(site.settings)),
        presets=_presets(),
        advice=found,
        reasons=why,
        hum=block(given),
        **_understood(vector),
        **_shown(site, given),
    )


def _understood(vector: ConditioningVector | None) -> dict[str, object]:
    if vector is None:
        return {
            "vector": None,
            "marked": [],
            "kinds": set(),
            "choices": [],
            "unknowns": [],
            "rows": [],
            "tempi": [],
            "keys": [],
            "key_told": "",
            "key_names": [],
        }
    marked = reading.marked(vector)
    return {
        "vector": vector,
        "warnings": [plainly(text) for text in vector.warnings],
        "marked": marked,
        "kinds": reading.kinds(marked),
        "choices": reading.choices(vector),
        "unknowns": reading.unknowns(vector),
        "rows": understood.rows(vector),
        "tempi": understood.tempi(vector),
        "keys": understood.keys(vector),
        "key_told": understood.key_told(vector),
        "key_names": understood.key_names(),
    }


def _shown(site: Site, given: Mapping[str, str]) -> dict[str, object]:
    """The piece that the page goes back to, where it names one that is there."""
    if given.get("song"):
        from service.generations import generation

        try:
            return {"shown": True, **piece(site, generation(site.settings, given["song"]))}
        except (InputError, ContractError):
            pass
    return {"shown": False}


def _presets() -> list[tuple[str, str]]:
    from generation.sequencer.presets import presets

    return [(one.id, one.title) for one in presets().values()]


def _add_making(app: FastAPI, site: Site) -> None:
    needed = site.needs(Scope.GENERATE)

    @app.get("/making/{job_ids}", dependencies=needed, **HIDDEN)
    def making(job_ids: str) -> Response:
        jobs = _jobs(site, job_ids)
        made = [job.generation_id for job in jobs if job.generation_id]
        if len(made) == len(jobs):
            return RedirectResponse(f"/song/{made[0]}", HTTPStatus.SEE_OTHER)
        ended = all(job.state.ended for job in jobs)
        return page("making.html", here="/", jobs=jobs, ids=job_ids, ended=ended, made=made)

    @app.post("/making/{job_ids}/cancel", dependencies=needed, **HIDDEN)
    def cancel(job_ids: str) -> Response:
        for job in _jobs(site, job_ids):
            site.runner.cancel(job.job_id)
        return RedirectResponse(f"/making/{job_ids}", HTTPStatus.SEE_OTHER)


def _jobs(site: Site, job_ids: str) -> list[Job]:
    """Raises PageMissing where one of them is none."""
    names = job_ids.split(",")
    found = [site.runner.job(name) for name in names[:MOST_JOBS]]
    if len(names) > MOST_JOBS or not all(found):
        raise PageMissing(
            f"There is no job {job_ids[:80]!r}; jobs are forgotten some time after their end."
        )
    return [job for job in found if job is not None]
