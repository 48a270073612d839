"""Routes from a prompt: its vector, refined, taken apart, said better."""

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
from service.http.shell.tokens import Scope


class Stated(Contract):
    """A prompt and what is stated beside it."""

    prompt: str = Field(max_length=20_000)
    bpm: float | None = None
    key: str | None = None
    duration_s: float | None = None
    vocals: Literal["on", "off", "open"] | None = None

    def options(self) -> Options:
        return Options(**self.model_dump(exclude={"prompt"}))


class ConditioningQuestion(Stated):
    """A prompt, what is stated beside it, and how the answer is drawn."""

    samples: int = 0
    seed: int | None = None
    sides: dict[str, int] = Field(default_factory=dict, max_length=50)
    senses: dict[str, str] = Field(default_factory=dict, max_length=50)
    locks: dict[str, float] = Field(default_factory=dict, max_length=50)


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

    @app.post("/v1/conditioning", dependencies=needed)
    def conditioning(question: ConditioningQuestion) -> ConditioningVector:
        return mapping().condition(question.prompt, question.options())

    @app.post("/v1/refine", dependencies=needed)
    def refine(question: RefineQuestion) -> Refinement:
        return mapping().refine(question.vector, question.words, question.locks)

    @app.post("/v1/explain", dependencies=needed)
    def explain(question: Stated) -> Explanation:
        return mapping().explain(question.prompt, question.options())

    @app.post("/v1/guidance", dependencies=needed)
    def guidance(question: Stated) -> Guidance:
        return mapping().guide(question.prompt, question.options())
