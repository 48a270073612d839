"""What an engine is to the rest: it takes a request and gives sound in memory.

    request ─Generator.generate─▶ Generated ─generation.around─▶ measured, judged, saved: a result

An engine neither measures nor judges nor saves; that is done once, around any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Weights
from schemas.parts import Applied

Progress = Callable[[float, str], None]
"""Called with the share that is done, 0 … 1, and what is being done."""


def silent(_share: float, _what: str) -> None:
    """A Progress that tells nobody."""


@dataclass(frozen=True, slots=True)
class Application:
    """How an engine took one feature ("key" included): what it aimed for, in the feature's unit.

    `aimed` differs from what was asked where the engine cannot reach it.
    """

    applied: Applied
    aimed: float | str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """One piece as an engine made it. Stems have the rate and length of the mix and sum to it."""

    mix: Audio
    seed: int
    applied: Mapping[str, Application]
    stems: Mapping[str, Audio] = field(default_factory=dict)
    stem_seeds: Mapping[str, int] = field(default_factory=dict)
    midi: bytes | None = None
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    weights: tuple[Weights, ...] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    parents: tuple[str, ...] = ()


@runtime_checkable
class Generator(Protocol):
    """An engine. One object may be used again and again, by one thread at a time."""

    @property
    def manifest(self) -> EngineManifest: ...

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        """Make one piece; the same request and seed give the same samples on the same machine.

        Raises
        ------
        GenerationError
            When it cannot: what is missing (weights, an extra, memory) and what would help.
        InputError
            When the request asks for what no value of this engine can be (named with what is
            valid).
        """
