"""Fingerprints on their way from a worker into the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from schemas.analysis import FINGERPRINT_VERSION, FingerprintRow
from schemas.outcomes import NullReason

if TYPE_CHECKING:
    from pipelines.audio.fingerprint import Codes


def plain_fingerprint(found: Codes | NullReason | None) -> dict[str, Any] | None:
    """JSON values of a fingerprint, as `pipelines.analyse.Analysed` has them."""
    if found is None:
        return None
    return {"null": found.value} if isinstance(found, NullReason) else {"codes": found.tolist()}


def fingerprint_rows(track_id: str, found: Mapping[str, Any] | None) -> list[FingerprintRow]:
    """The row of a track's fingerprint, or none where none was asked for."""
    if found is None:
        return []
    codes, reason = found.get("codes", []), found.get("null")
    version = FINGERPRINT_VERSION
    return [FingerprintRow(track_id=track_id, version=version, codes=codes, reason=reason)]
