"""All payload builders by the id of their generator; a module is imported when it is asked for."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from typing import cast

from generation.payloads.base import Payload
from schemas.conditioning import ConditioningRequest
from schemas.errors import InputError
from schemas.generation import EngineManifest

BUILDERS: tuple[str, ...] = (
    "ace-step",
    "stable-audio-3",
    "stable-audio-open",
    "musicgen",
    "musicgen-melody",
    "magenta-rt2",
    "jasco",
    "mustango",
    "musecontrollite",
)
"""Ids, each a module of this package with hyphens as underscores."""


def manifest(engine: str) -> EngineManifest:
    """The manifest of a generator. Raises InputError as `build` does."""
    return cast(EngineManifest, vars(_module(engine))["MANIFEST"])


def build(engine: str, request: ConditioningRequest) -> Payload:
    """The request as the call of a generator.

    Raises
    ------
    InputError
        When there is no builder of that id (names the nearest), or the generator can make nothing
        of the request.
    """
    made = cast(Callable[[ConditioningRequest], Payload], vars(_module(engine))["build"])
    return made(request)


def _module(engine: str) -> object:
    if engine not in BUILDERS:
        near = difflib.get_close_matches(engine, BUILDERS, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(BUILDERS)}"
        raise InputError(f"payload: unknown generator {engine!r}; {hint}")
    return importlib.import_module(f"generation.payloads.{engine.replace('-', '_')}")
