"""Options given by name, as a notebook gives them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from mapping.reading.wishes import Options
from schemas.errors import PromptError

_NAMES = tuple(f.name for f in fields(Options))
_OTHER = {"tempo": "bpm", "tempo_bpm": "bpm", "length": "duration_s", "duration": "duration_s"}
"""What people write for some of them; named in the error, never taken silently."""


def named_options(options: Options | None, stated: Mapping[str, Any]) -> Options:
    """`options` with what is `stated` by name in their place.

    Raises
    ------
    PromptError
        For an unknown name, with the nearest, and for a value that is out of range or no value of
        that kind.
    """
    for name in stated:
        if name not in _NAMES:
            raise PromptError(f"{name}: no such option; {_hint(name)}")
    try:
        return replace(options or Options(), **stated)
    except (TypeError, ValueError, AttributeError) as error:
        raise PromptError(f"{', '.join(stated)}: of the wrong kind ({error})") from error


def _hint(name: str) -> str:
    near = [_OTHER[name]] if name in _OTHER else difflib.get_close_matches(name, _NAMES, 1)
    return f"did you mean {near[0]}?" if near else f"valid: {', '.join(_NAMES)}"
