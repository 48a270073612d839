"""Retry: inputs that were not accepted whole are looked at again, changed or not.

A run of ingest is made for exactly these inputs, each through the source it was found by, so that
the counts of the run sum to them. Words that only a manifest or a pattern gives are not known here:
an input with such words and a track is left to its own ingest, which would otherwise lose them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.ingest import IngestReport, ingest
from pipelines.progress import Observer
from schemas.errors import InputError
from schemas.outcomes import RejectReason
from schemas.settings import Settings
from warehouse import queries
from warehouse.lake import Lake
from warehouse.location import Location

_ALWAYS = frozenset(
    {
        RejectReason.UNREADABLE,
        RejectReason.WORKER_CRASHED,
        RejectReason.TIMED_OUT,
        RejectReason.OUT_OF_MEMORY,
        RejectReason.UNREACHABLE,
        RejectReason.INTERNAL_ERROR,
    }
)
_SETTINGS = {
    RejectReason.TIMED_OUT: "WORDTONE_FILE_TIMEOUT_S",
    RejectReason.OUT_OF_MEMORY: "WORDTONE_WORKER_MEMORY_MB",
    RejectReason.TOO_LONG: "WORDTONE_MAX_DURATION_S",
    RejectReason.TOO_LARGE: "WORDTONE_MAX_DOWNLOAD_MB",
    RejectReason.REFUSED_ADDRESS: "WORDTONE_HTTP_ALLOW",
}


def advice(reason: str) -> str:
    """Whether looking again can help, in a few words."""
    known = RejectReason(reason) if reason in set(RejectReason) else None
    if known in _SETTINGS:
        return f"with a higher {_SETTINGS[known]}" if known in _ALWAYS else _SETTINGS[known]
    if known in _ALWAYS:
        return "yes, as it is"
    return "once the file is mended, or by a newer wordtone"


@dataclass(frozen=True, slots=True)
class Retryable:
    """Inputs of one reason: those that are looked at again, by source, and those that are not."""

    reason: RejectReason
    by_source: Mapping[str, Sequence[str]]
    left: Mapping[str, str]  # uri → why

    @property
    def uris(self) -> frozenset[str]:
        return frozenset(uri for uris in self.by_source.values() for uri in uris)


def parse_reason(text: str) -> RejectReason:
    """The reason called `text`. Raises InputError with the nearest name."""
    names = [reason.value for reason in RejectReason]
    if text in names:
        return RejectReason(text)
    near = difflib.get_close_matches(text, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"valid: {', '.join(names)}"
    raise InputError(f"no reason {text!r}; {hint}")


def retryable(settings: Settings, reason: RejectReason) -> Retryable:
    """What an unresolved reject for `reason` is about. Raises WarehouseError."""
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        rows = queries.rejected_inputs(lake, [reason.value]).to_pylist()
    by_source: dict[str, list[str]] = {}
    left: dict[str, str] = {}
    for row in rows:
        source, why = _source(row)
        if source is None:
            left[row["uri"]] = why
        else:
            by_source.setdefault(source, []).append(row["uri"])
    return Retryable(reason, by_source, left)


def _source(row: Mapping[str, Any]) -> tuple[str | None, str]:
    """What to list to find the input again; None and why, where that would lose something."""
    source = row["source"]
    if source is None:
        return None, "it could not be listed: ingest its source again"
    if row["track_id"] is not None and row["words"] is not None:
        return None, f"its words are known to the ingest of {source} only: mend the file instead"
    if "://" not in source and Path(source).is_file() and source != row["uri"]:
        return row["uri"], ""  # a manifest: its next ingest adds its words
    return source, ""


def retry(
    settings: Settings, found: Retryable, *, tagger: str = "", observer: Observer | None = None
) -> IngestReport:
    """Look again at `found` in a run of ingest.

    Raises
    ------
    InputError
        There is nothing to look at again, or a source is gone.
    WarehouseBusy, WarehouseError
        As `pipelines.ingest.ingest`.
    """
    if not found.uris:
        raise InputError(f"no input to look at again for {found.reason.value}")
    sources = list(found.by_source)
    return ingest(settings, sources, tagger=tagger, observer=observer, again=found.uris)
