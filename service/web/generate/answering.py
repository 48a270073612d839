"""What the mapping answers to a filled form, with the length that the page makes of it."""

from __future__ import annotations

from mapping.model import Mapping
from schemas.answers import ConditioningVector
from service.operations import conditioned
from service.web.generate.form import LONGEST_S, USUAL_S, Asked


def answered(mapping: Mapping, asked: Asked) -> ConditioningVector:
    """The vector of a form that says something. Raises PromptError as the mapping does."""
    vector = conditioned(mapping, asked.prompt, asked.options(), asked.heard)
    length = vector.duration_s
    if length is None:
        # A preset has a length of its own.
        return vector if asked.preset else vector.model_copy(update={"duration_s": float(USUAL_S)})
    if length <= LONGEST_S:
        return vector
    told = f"{length:g} s are asked; this page makes {LONGEST_S} s at most"
    update = {"duration_s": float(LONGEST_S), "warnings": (*vector.warnings, told)}
    return vector.model_copy(update=update)
