"""Server-sent events: lines of a stream, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its kind, "message" where none is named, and its data."""

    kind: str
    data: str


def events_of(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a stream, as the WHATWG's standard reads them; comments keep it alive.

    An event that was cut off by the end of the stream is none.
    """
    kind = ""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield Event(kind or "message", "\n".join(data))
            kind, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)
