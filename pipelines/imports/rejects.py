"""Rows that were not accepted whole, as the file has them now; written only where that changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schemas.catalogue import RejectRow
from schemas.outcomes import RejectReason, Stage

_LONGEST_DETAIL = 1_000


class Rejects:
    """Reasons of the rows of one file, by row number."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[str, tuple[RejectReason, str]] = {}

    def add(self, number: int, reason: RejectReason, detail: str) -> None:
        """Row `number`, from 1, was not accepted whole."""
        self._found[f"{self.file}#{number}"] = (reason, detail[:_LONGEST_DETAIL])

    def rows(self, stored: dict[str, dict[str, Any]], now: datetime) -> list[RejectRow]:
        """What differs from the stored, unresolved ones; those that are gone are resolved."""
        changed = []
        for uri, (reason, detail) in self._found.items():
            before = stored.get(uri)
            if before is None or (before["reason"], before["detail"]) != (reason.value, detail):
                first = before["first_seen"] if before else now
                changed.append(_row(uri, reason, detail, first, now))
        for uri, before in stored.items():
            if uri not in self._found:
                reason = RejectReason(before["reason"])
                row = _row(uri, reason, before["detail"], before["first_seen"], now, resolved=True)
                changed.append(row)
        return changed


def _row(
    uri: str,
    reason: RejectReason,
    detail: str,
    first: datetime,
    last: datetime,
    *,
    resolved: bool = False,
) -> RejectRow:
    return RejectRow(
        uri=uri,
        stage=Stage.IMPORT,
        reason=reason,
        detail=detail,
        first_seen=first,
        last_seen=last,
        resolved=resolved,
    )
