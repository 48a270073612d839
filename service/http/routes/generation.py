"""Routes that make music: jobs, their progress, and what they made.

POST /v1/generate ─▶ 202 and a job ─events─▶ /v1/generations/ID: result, mix, stems, notes, bundle.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse
from pydantic import Discriminator, Field, Tag
from starlette.exceptions import HTTPException

from mapping.model import Mapping
from schemas.answers import ConditioningVector
from schemas.conditioning import ConditioningRequest
from schemas.errors import InputError
from schemas.generation import EngineManifest
from schemas.melody import Transcription
from schemas.parts import Contract, Region
from schemas.report import FileReport
from schemas.settings import Settings
from service.http.routes.conditioning import ConditioningQuestion
from service.http.routes.generations import add_generations, kept_generation
from service.http.shell.tokens import Scope
from service.jobs.job import Job, Task
from service.jobs.runner import Runner
from service.operations import Heard, conditioned

_WATCHERS = anyio.CapacityLimiter(200)
"""Callers that may wait for a job at once; further ones are told later."""

_BEAT_S = 10.0
"""At least so often something is sent, so that no proxy takes a stream for dead."""


def _which(given: object) -> str:
    """A vector of the mapping, or a request of the caller's own: told apart, an error names one."""
    has = "vector" in given if isinstance(given, dict) else hasattr(given, "vector")
    return "vector" if has else "request"


Made = Annotated[ConditioningVector, Tag("vector")]
Plain = Annotated[ConditioningRequest, Tag("request")]


class GenerateQuestion(Contract):
    """What is to be made: a question that the mapping answers, or a request or vector as it is.

    With either goes a `melody`; with a question a clip that it should sound `like`.
    """

    question: ConditioningQuestion | None = None
    request: Annotated[Made | Plain, Discriminator(_which)] | None = None
    melody: Transcription | None = Field(
        None, description="as /v1/transcribe answered; notes may be left out or changed"
    )
    like: FileReport | None = Field(None, description="as /v1/analyse answered")
    engine: str = "embedded"
    preset: str | None = None
    candidates: int | None = Field(None, ge=1, le=16)
    seed: int | None = Field(None, ge=0, lt=2**63)
    correct: bool = True


class EditQuestion(Contract):
    """What is to become of a piece; what is not named stays, sample for sample where it can."""

    words: str | None = Field(None, max_length=2_000)
    locks: tuple[str, ...] = Field((), max_length=100)
    keep_stems: tuple[str, ...] = Field((), max_length=20)
    regenerate_stems: tuple[str, ...] = Field((), max_length=20)
    keep_regions: tuple[Region, ...] = Field((), max_length=100)
    regenerate_regions: tuple[Region, ...] = Field((), max_length=100)
    vary: bool = False
    length_s: float | None = Field(None, gt=0, le=600)
    seed: int | None = Field(None, ge=0, lt=2**63)


def served_engines(settings: Settings) -> dict[str, str | None]:
    """Engine → its weights, of the setting `engines`. Raises InputError for an unknown engine."""
    from generation.registry import entry

    found: dict[str, str | None] = {}
    for part in settings.engines.split(","):
        name, _, weights = part.strip().partition("=")
        entry(name)
        found[name] = weights or None
    return found


def add_generation(
    app: FastAPI,
    settings: Settings,
    mapping: Callable[[], Mapping],
    runner: Runner,
    guard: Callable[[Scope], list[Any]],
) -> None:
    """Put the routes on `app`; `runner` does the work."""
    engines = served_engines(settings)
    _add_jobs(app, runner, guard)
    add_generations(app, settings, guard)

    @app.get("/v1/engines", dependencies=guard(Scope.READ), response_model=list[EngineManifest])
    def list_engines() -> list[EngineManifest]:
        """Engines that this service runs, with all that each takes."""
        from generation.registry import manifest

        return [manifest(name) for name in engines]

    @app.post("/v1/generate", dependencies=guard(Scope.GENERATE), status_code=202)
    def generate(asked: GenerateQuestion, response: Response) -> Job:
        """Queue a piece. `Location` names the job, which ends with a generation."""
        if asked.engine not in engines:
            raise InputError(f"engine {asked.engine!r}; this service runs {', '.join(engines)}")
        task = Task(
            request=_request(asked, mapping),
            engine=asked.engine,
            weights=engines[asked.engine],
            preset=asked.preset,
            correct=asked.correct,
        )
        return _accepted(runner.submit(task), response)

    @app.post(
        "/v1/generations/{generation_id}/edit",
        dependencies=guard(Scope.GENERATE),
        status_code=202,
    )
    def edit(generation_id: str, asked: EditQuestion, response: Response) -> Job:
        """Queue a change of a piece; what is not named stays."""
        from service.edits import Change, edited

        kept = kept_generation(settings, generation_id)
        engine = kept.result.provenance.engine
        if engine not in engines:
            raise InputError(f"made by {engine!r}; this service runs {', '.join(engines)}")
        change = Change(
            **{name: getattr(asked, name) for name in EditQuestion.model_fields if name != "seed"}
        )
        request = edited(settings, kept, change)
        if asked.seed is not None:
            request = request.model_copy(update={"seed": asked.seed})
        task = Task(request=request, engine=engine, weights=engines[engine])
        return _accepted(runner.submit(task), response)


def _accepted(job: Job, response: Response) -> Job:
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return job


def _request(asked: GenerateQuestion, mapping: Callable[[], Mapping]) -> ConditioningRequest:
    if (asked.question is None) == (asked.request is None):
        raise InputError("give question or request, one of the two")
    if asked.question is not None:
        found: ConditioningRequest = conditioned(
            mapping(),
            asked.question.prompt,
            asked.question.options(),
            Heard(asked.melody, asked.like),
        )
    else:
        assert asked.request is not None
        found = _as_given(asked, asked.request)
    drawn = {"candidates": asked.candidates, "seed": asked.seed}
    return found.model_copy(update={k: v for k, v in drawn.items() if v is not None})


def _as_given(asked: GenerateQuestion, request: ConditioningRequest) -> ConditioningRequest:
    if asked.like is not None:
        raise InputError("like: goes with a question")
    if asked.melody is None:
        return request
    from service.melodies import with_notes

    return with_notes(request, asked.melody)


def _add_jobs(app: FastAPI, runner: Runner, guard: Callable[[Scope], list[Any]]) -> None:
    needed = guard(Scope.GENERATE)

    @app.get("/v1/jobs/{job_id}", dependencies=needed)
    def get_job(job_id: str) -> Job:
        """A job: how far it is, and what it made."""
        return _there(runner.job(job_id), job_id)

    @app.delete("/v1/jobs/{job_id}", dependencies=needed)
    def cancel_job(job_id: str) -> Job:
        """Cancel a job that has not ended; one that has stays as it is."""
        return _there(runner.cancel(job_id), job_id)

    @app.get(
        "/v1/jobs/{job_id}/events",
        dependencies=needed,
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def job_events(job_id: str) -> StreamingResponse:
        """Each change of a job as a server-sent event: `progress`, then `end`; data is the job."""
        first = _there(runner.job(job_id), job_id)
        return StreamingResponse(
            _events(runner, first),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


async def _events(runner: Runner, job: Job) -> AsyncIterator[str]:
    """Each change of a job as a server-sent event, until it has ended."""
    yield _event(job)
    while not job.state.ended and not runner.is_stopping:
        # Threads of their own: who only waits must not take those that answer.
        later = await anyio.to_thread.run_sync(
            runner.wait, job.job_id, job, _BEAT_S, abandon_on_cancel=True, limiter=_WATCHERS
        )
        if later is None:
            return
        yield ": still here\n\n" if later == job else _event(later)
        job = later


def _event(job: Job) -> str:
    return f"event: {'end' if job.state.ended else 'progress'}\ndata: {job.model_dump_json()}\n\n"


def _there(job: Job | None, job_id: str) -> Job:
    if job is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no job {job_id[:80]!r}")
    return job
