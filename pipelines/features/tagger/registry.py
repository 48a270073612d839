"""The taggers that there are, by the name that `--tagger` and WORDTONE_TAGGER take.

A new one is an entry here: its id, which must be had without loading anything, and what loads it.
Imports nothing heavy: planning a run reads it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from schemas.errors import ContractError

if TYPE_CHECKING:
    from pipelines.features.tagger.model import Tagger

GROUP = "perceptual"
"""The feature group that taggers fill."""

SOURCE = "tagger"
"""What the source of every tagger's tags begins with: tagger:NAME:VOCABULARY."""


@dataclass(frozen=True, slots=True)
class TaggerEntry:
    """`module` has load() -> Tagger and check() -> str, which says what is installed.

    Both raise TaggerError when the weights are not there or not the published ones.
    """

    id: str
    module: str


TAGGERS: dict[str, TaggerEntry] = {
    "musicnn": TaggerEntry("musicnn-0.1.0", "pipelines.features.tagger.musicnn"),
}


def tagger_id(name: str) -> str | None:
    """What rows of the tagger called `name` are marked with; None for no name.

    Raises
    ------
    ContractError
        There is no such tagger.
    """
    return _entry(name).id if name else None


@cache
def load_tagger(name: str) -> Tagger | None:
    """The tagger called `name`, loaded once a process; None for no name.

    Raises
    ------
    ContractError
        There is no such tagger.
    TaggerError
        Its weights are not installed, or not the published ones.
    """
    if not name:
        return None
    module = importlib.import_module(_entry(name).module)
    return cast("Callable[[], Tagger]", module.load)()


def check_tagger(name: str) -> str:
    """What of the tagger called `name` is installed, in words; raises as `load_tagger`."""
    module = importlib.import_module(_entry(name).module)
    return cast(Callable[[], str], module.check)()


def _entry(name: str) -> TaggerEntry:
    if name not in TAGGERS:
        raise ContractError(f"tagger: {name!r}; valid: {', '.join(TAGGERS)}")
    return TAGGERS[name]
