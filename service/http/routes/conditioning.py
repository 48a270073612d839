"""Routes from a prompt: its vector, refined, taken apart, said better.

An answer is made in threads of its own, as many as there are cores: with more, each would wait for
the interpreter while it holds the caches of the others, and all be slower. What takes long has
a thread apart, so that short questions do not queue behind it. Answers are valid by the way they
are made: they are sent as they are, and not checked once more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import anyio
import anyio.to_thread
from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import Field

from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.control import Explanation, Refinement
from schemas.guidance import Guidance
from schemas.parts import Contract
from schemas.settings import cores
from service.http.shell.tokens import Scope

LONG = 1_000
"""Characters of a prompt that takes more than one pass of the text encoder."""


class Stated(Contract):
    """A prompt and what is stated beside it."""

    prompt: str = Field(max_length=20_000)
    bpm: float | None = Field(None, description="30 … 300")
    key: str | None = Field(None, description="as in C minor, F#m, c-moll")
    duration_s: float | None = Field(None, description="above 0, at most 3600")
    vocals: Literal["on", "off", "open"] | None = Field(
        None, description="open: the prompt's word is ignored; null: it decides"
    )

    @property
    def is_long(self) -> bool:
        return len(self.prompt) > LONG

    def options(self) -> Options:
        return Options(**self.model_dump(exclude={"prompt"}))


class ConditioningQuestion(Stated):
    """A prompt, what is stated beside it, and how the answer is drawn."""

    samples: int = Field(0, description="joint samples to draw, 0 … 1000")
    seed: int | None = Field(None, description="of the samples, and of the engine")
    sides: dict[str, int] = Field(
        default_factory=dict, max_length=50, description="name → the side of it that is meant"
    )
    senses: dict[str, str] = Field(
        default_factory=dict, max_length=50, description="ambiguous word → its sense"
    )
    locks: dict[str, float] = Field(
        default_factory=dict, max_length=50, description="feature → the value it must have"
    )


class RefineQuestion(Contract):
    """An earlier vector, how it should change, and what may not."""

    vector: ConditioningVector
    words: str = Field(max_length=2_000)
    locks: tuple[str, ...] = Field((), max_length=100)


def add_conditioning(
    app: FastAPI, mapping: Callable[[], Mapping], guard: Callable[[Scope], list[Any]]
) -> None:
    """Put the routes on `app`; `mapping` gives the mapping in use."""
    needed = guard(Scope.CONDITION)
    short, long = anyio.CapacityLimiter(cores()), anyio.CapacityLimiter(1)

    async def answered(question: Callable[[], Contract], is_long: bool) -> Response:
        text = await anyio.to_thread.run_sync(
            lambda: question().model_dump_json().encode(), limiter=long if is_long else short
        )
        return Response(text, media_type="application/json")

    @app.post("/v1/conditioning", dependencies=needed, response_model=ConditioningVector)
    async def conditioning(question: ConditioningQuestion) -> Response:
        """What a prompt asks for: a distribution over every feature, and the reasons for it."""
        return await answered(
            lambda: mapping().condition(question.prompt, question.options()), question.is_long
        )

    @app.post("/v1/refine", dependencies=needed, response_model=Refinement)
    async def refine(question: RefineQuestion) -> Response:
        """An earlier vector moved by words; what is locked stays."""
        return await answered(
            lambda: mapping().refine(question.vector, question.words, question.locks),
            len(question.vector.prompt.text) > LONG,
        )

    @app.post("/v1/explain", dependencies=needed, response_model=Explanation)
    async def explain(question: Stated) -> Response:
        """What each phrase of a prompt contributed to the answer."""
        # It asks once for each phrase that is left out.
        return await answered(lambda: mapping().explain(question.prompt, question.options()), True)

    @app.post("/v1/guidance", dependencies=needed, response_model=Guidance)
    async def guidance(question: Stated) -> Response:
        """What a prompt leaves open, and how to say it better."""
        return await answered(
            lambda: mapping().guide(question.prompt, question.options()), question.is_long
        )
