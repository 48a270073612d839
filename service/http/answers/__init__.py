"""What routes answer, as models: for the OpenAPI document, and for those who read the code.

An answer may get further fields in a later version; a caller leaves alone what it does not know.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(extra="allow", frozen=True)


def file_answers(kind: str) -> dict[int | str, dict[str, Any]]:
    """What a route that gives a file answers: all of it, a range of it, or no such range."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"content": content},
        206: {"description": "The range that was asked for", "content": content},
        416: {"description": "No such range"},
    }
