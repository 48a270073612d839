"""Many prompts in one request: lines of JSON there, lines of JSON back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from wordtone_client.document import Document
from wordtone_client.errors import UnexpectedAnswer
from wordtone_client.models import ConditioningVector

Asked = str | Mapping[str, Any]
"""A prompt, or {"prompt": …, "id": …, "bpm": …} with what is stated beside it."""


class BatchAnswer(Document):
    """What became of one line: a vector, or the reason why there is none."""

    line: int
    id: str | None = None
    conditioning: ConditioningVector | None = None
    reason: str | None = None


def sent_lines(prompts: Iterable[Asked]) -> Iterator[bytes]:
    """A line for each prompt."""
    for asked in prompts:
        given = asked if isinstance(asked, str) else dict(asked)
        yield json.dumps(given, ensure_ascii=False).encode() + b"\n"


def answers_of(address: str, lines: Iterable[str]) -> Iterator[BatchAnswer]:
    """The answers as they come. Raises UnexpectedAnswer for a line that is none."""
    for line in lines:
        if not line.strip():
            continue
        try:
            yield BatchAnswer.model_validate_json(line)
        except ValidationError as error:
            raise UnexpectedAnswer(
                f"{address}: {line[:80]!r} answers no line of a batch"
            ) from error
