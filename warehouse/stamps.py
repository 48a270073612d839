"""What a commit carries, and what a snapshot says of itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from warehouse import attach
from warehouse.sqltext import literal


@dataclass(frozen=True, slots=True)
class RunStamp:
    """What every commit carries: the run that made it, its flow, and one line for a person."""

    run_id: str
    flow: str
    message: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One committed state of the warehouse; `author` is the run id, `extra` is JSON."""

    version: int
    at: datetime
    author: str | None
    message: str | None
    extra: str | None


def stamp_sql(stamp: RunStamp) -> str:
    extra = json.dumps({"flow": stamp.flow, "run_id": stamp.run_id}, sort_keys=True)
    author, message = literal(stamp.run_id), literal(stamp.message)
    values = f"{author}, {message}, extra_info => {literal(extra)}"
    return f"CALL {attach.NAME}.set_commit_message({values})"
