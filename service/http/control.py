"""Routes that ask again: move an earlier vector by words, take an answer apart, say it better."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import Field

from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.control import Explanation, Refinement
from schemas.guidance import Guidance
from schemas.parts import Contract


class RefineQuestion(Contract):
    """An earlier vector, how it should change, and what may not."""

    vector: ConditioningVector
    words: str = Field(max_length=2_000)
    locks: tuple[str, ...] = Field((), max_length=100)


class ExplainQuestion(Contract):
    """A prompt and what is stated beside it."""

    prompt: str = Field(max_length=20_000)
    bpm: float | None = None
    key: str | None = None
    duration_s: float | None = None
    vocals: Literal["on", "off", "open"] | None = None

    def options(self) -> Options:
        return Options(**self.model_dump(exclude={"prompt"}))


def add_control(app: FastAPI, mapping: Callable[[], Mapping], guard: list[Any]) -> None:
    """Put the routes on `app`; `mapping` gives the mapping in use."""

    @app.post("/v1/refine", dependencies=guard)
    def refine(question: RefineQuestion) -> Refinement:
        return mapping().refine(question.vector, question.words, question.locks)

    @app.post("/v1/explain", dependencies=guard)
    def explain(question: ExplainQuestion) -> Explanation:
        return mapping().explain(question.prompt, question.options())

    @app.post("/v1/guidance", dependencies=guard)
    def guidance(question: ExplainQuestion) -> Guidance:
        return mapping().guide(question.prompt, question.options())
