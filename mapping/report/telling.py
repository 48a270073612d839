"""The material of a mapping's page as a file: put together when it is trained, or moved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mapping.report import directions, material, moving

if TYPE_CHECKING:
    from mapping.model import Mapping
    from mapping.report.held import Held
    from schemas.protocols import TrainingExample

FILE = material.FILE


def of_training(mapping: Mapping, examples: Sequence[TrainingExample], held: Held) -> bytes:
    """What was held out, and which opposites the mapping tells apart."""
    return _file(material.gather(examples, held) | {"directions": directions.listed(mapping)})


def of_moving(before: Mapping, after: Mapping, examples: Sequence[TrainingExample]) -> bytes:
    """What is told of `before`, with what moving it to another catalogue was worth."""
    told = json.loads(before.read_beside(FILE) or b"{}")
    told["moved"] = moving.before_after(before.learned, examples, before.encoder)
    return _file(told | {"directions": directions.listed(after)})


def _file(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()
