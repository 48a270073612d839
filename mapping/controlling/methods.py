"""Refine, explain and guide as methods of a mapping; what they do is imported when it is asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, cast

from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector

if TYPE_CHECKING:
    from mapping.model import Mapping
    from schemas.control import Explanation, Refinement
    from schemas.guidance import Guidance


class Control:
    """What can be asked of a mapping beside a vector. Only `mapping.model.Mapping` derives."""

    def refine(
        self, vector: ConditioningVector, words: str, locks: Collection[str] = ()
    ) -> Refinement:
        """An earlier `vector` moved by `words`; see `mapping.controlling.refining.refine`."""
        from mapping.controlling.refining import refine

        return refine(cast("Mapping", self), vector, words, locks)

    def explain(self, prompt: str, options: Options = Options()) -> Explanation:  # noqa: B008 — frozen
        """What each phrase of `prompt` contributed; see `mapping.controlling.explaining`."""
        from mapping.controlling.explaining import explain

        return explain(cast("Mapping", self), prompt, options)

    def guide(self, prompt: str, options: Options = Options()) -> Guidance:  # noqa: B008 — frozen
        """What `prompt` leaves open and how to say it better; see `mapping.controlling.guiding`."""
        from mapping.controlling.guiding import guide

        return guide(cast("Mapping", self), prompt, options)
