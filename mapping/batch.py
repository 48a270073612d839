"""Many prompts through one mapping, in order, in constant memory.

Every answer is the one that `Mapping.condition` gives: prompts are not put through the encoder or
the matrices together, because a vector would then depend on its neighbours (the int8 graph scales
activations by the batch, and BLAS sums a matrix in another order than a row). What is saved is work
that is asked for twice: a repeated prompt is answered once, as long as it is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapping.reading.wishes import Options
from schemas.errors import PromptError

if TYPE_CHECKING:
    from mapping.model import Mapping
    from schemas.answers import ConditioningVector

REMEMBERED = 2_048
"""Answers kept for prompts that come again; about 20 kB each."""

Columns = dict[str, npt.NDArray[np.float32]]
PARTS = ("values", "low", "high", "confidence", "key_probabilities")
"""Arrays of a batch, of T columns each, and 24 for the key; all between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A prompt and what is stated beside it."""

    prompt: str
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an `Ask`: a vector, or why there is none."""

    ask: Ask
    vector: ConditioningVector | None
    error: str | None = None


def condition_many(
    mapping: Mapping, prompts: Iterable[str | Ask], remember: int = REMEMBERED
) -> Iterator[Answer]:
    """Answer `prompts` one after the other; a prompt that cannot be is an answer with an `error`.

    `remember` is how many answers are kept for prompts that come again.
    """
    known: OrderedDict[str, Answer] = OrderedDict()
    for given in prompts:
        ask = given if isinstance(given, Ask) else Ask(given)
        key = repr(ask)
        if key in known:
            known.move_to_end(key)
        else:
            known[key] = _answered(mapping, ask)
            if len(known) > remember:
                known.popitem(last=False)
        yield known[key]


def _answered(mapping: Mapping, ask: Ask) -> Answer:
    try:
        return Answer(ask, mapping.condition(ask.prompt, ask.options))
    except PromptError as error:
        return Answer(ask, None, str(error))
    except Exception as error:  # one prompt that finds a fault must not end a run of a million
        return Answer(ask, None, f"unexpected {type(error).__name__}: {error}")


def columns(vectors: Sequence[ConditioningVector]) -> Columns:
    """The numbers of `vectors` as float32 arrays: q rows, T columns, 24 for `key_probabilities`."""
    return {
        part: np.array([getattr(v.vector, part) for v in vectors], np.float32) for part in PARTS
    }
