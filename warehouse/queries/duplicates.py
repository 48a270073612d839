"""What finding duplicates asks: fingerprints, what was compared, links and what speaks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.lake import Lake
from warehouse.queries.reading import Row, listed, only, table


def without_fingerprint(lake: Lake, version: int) -> list[str]:
    """Tracks with a present file that have no fingerprint of this version yet."""
    found = table(lake, "without_fingerprint", {"version": version})
    return list(found["track_id"].to_pylist())


def fingerprinted(lake: Lake, version: int) -> list[tuple[str, str, bool]]:
    """(track_id, uri, whether it was compared before), first seen first."""
    found = table(lake, "fingerprinted", {"version": version})
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def not_compared(lake: Lake, version: int) -> int:
    """How many fingerprints have not been compared with the others."""
    return int(only(lake, "not_compared", {"version": version})["count"])


def fingerprint_codes(
    lake: Lake, version: int, tracks: Sequence[str]
) -> dict[str, npt.NDArray[np.uint32]]:
    """track_id → codes; a view of one array for all tracks."""
    found = table(lake, "fingerprint_codes", {"version": version, "tracks": list(tracks)})
    lists = found["codes"].combine_chunks()
    codes = np.asarray(lists.values, np.uint32)
    ends = np.asarray(lists.offsets)
    ids = found["track_id"].to_pylist()
    return {track: codes[start:end] for track, start, end in zip(ids, ends, ends[1:], strict=False)}


def duplicate_facts(lake: Lake, tracks: Sequence[str]) -> dict[str, dict[str, Any]]:
    """track_id → duration_s, tempo_bpm, key_name, chroma, mfcc_mean."""
    rows = listed(lake, "duplicate_facts", {"tracks": list(tracks)}) if tracks else []
    return {row["track_id"]: row for row in rows}


def duplicate_rows(lake: Lake) -> list[Row]:
    """Every link, undone or not: the columns of `duplicates`."""
    return listed(lake, "duplicate_rows")


def duplicate_links(lake: Lake, *, include_undone: bool = False) -> pa.Table:
    """Links with titles, durations and places of both tracks, by canonical track."""
    return table(lake, "duplicate_links", {"include_undone": include_undone})


def undone_links(lake: Lake) -> frozenset[tuple[str, str]]:
    """(track_id, canonical_id) of links that a person has undone."""
    found = table(lake, "undone_links")
    return frozenset(zip(*(column.to_pylist() for column in found.columns), strict=True))
