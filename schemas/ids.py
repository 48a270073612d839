"""Ids of what a person makes here: generations and jobs. They sort by time and are file names."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")


def new_id(now: datetime | None = None) -> str:
    """An id that sorts by time."""
    at = now or datetime.now(UTC)
    return f"{at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id; what has not may be a hostile path."""
    return _ID.fullmatch(text) is not None
