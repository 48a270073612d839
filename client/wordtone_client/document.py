"""What all documents of the service have in common; the documents are in `models`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A JSON document. Unchangeable; `model_copy(update=…)` makes another.

    What a newer service adds is kept, and sent back where it came from; what is misspelt reaches
    the service, which refuses it by name.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    def plain(self) -> dict[str, Any]:
        """As it came or was made, ready for JSON: what was left out stays out."""
        return self.model_dump(mode="json", exclude_unset=True)
