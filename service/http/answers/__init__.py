"""What routes answer, as models: for the OpenAPI document, and for those who read the code.

An answer may get further fields in a later version; a caller leaves alone what it does not know.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(extra="allow", frozen=True)
