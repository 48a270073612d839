"""Which regions of an earlier result an edit makes anew."""

from __future__ import annotations

from schemas.conditioning import ConditioningRequest
from schemas.parts import Region


def made_anew(request: ConditioningRequest, source_s: float) -> tuple[Region, ...]:
    """The regions of an edit that change, in order and apart; empty when all of it may.

    Those that are named to be regenerated, else what is between those to be kept.
    """
    edit = request.edit
    end = max(request.duration_s or source_s, source_s)
    if edit is None:
        return ()
    if edit.regenerate_regions:
        return tuple(_merged([(r.start_s, min(r.end_s, end)) for r in edit.regenerate_regions]))
    if not edit.keep_regions:
        return ()
    spans, at = [], 0.0
    for kept in _merged([(r.start_s, r.end_s) for r in edit.keep_regions]):
        if kept.start_s > at:
            spans.append((at, kept.start_s))
        at = kept.end_s
    if at < end:
        spans.append((at, end))
    return tuple(_merged(spans))


def _merged(spans: list[tuple[float, float]]) -> list[Region]:
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return [Region(start_s=start, end_s=end) for start, end in found]
