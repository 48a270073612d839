"""SETS: the metadata sets that can be imported."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.sources.sets import (
    acousticbrainz,
    fma,
    million_song,
    mtg_jamendo,
    musiccaps,
    spotify,
)
from pipelines.sources.sets.contract import Layout, Part
from schemas.errors import ContractError


@dataclass(frozen=True, slots=True)
class MetadataSet:
    """A set: its contracts, and how its files are found and opened."""

    name: str
    description: str
    layouts: tuple[Layout, ...]
    open_parts: Callable[[Path], list[Part]]


SETS: dict[str, MetadataSet] = {
    found.name: found
    for found in (
        MetadataSet(
            "fma", "Free Music Archive: tracks.csv, echonest.csv, raw_tracks.csv, slices, JSON",
            fma.LAYOUTS, fma.open_parts,
        ),
        MetadataSet(
            "million_song", "Million Song Dataset: HDF5 as published, or the CORGIS table",
            million_song.LAYOUTS, million_song.open_parts,
        ),
        MetadataSet(
            "acousticbrainz", "AcousticBrainz: low-level and high-level JSON documents",
            acousticbrainz.LAYOUTS, acousticbrainz.open_parts,
        ),
        MetadataSet(
            "mtg_jamendo", "MTG-Jamendo: tables of genre, instrument and mood/theme tags",
            mtg_jamendo.LAYOUTS, mtg_jamendo.open_parts,
        ),
        MetadataSet(
            "spotify", "Spotify-shaped audio features: CSV, or JSON as the Web API returned it",
            spotify.LAYOUTS, spotify.open_parts,
        ),
        MetadataSet(
            "musiccaps", "MusicCaps: captions and aspect lists of ten-second clips",
            musiccaps.LAYOUTS, musiccaps.open_parts,
        ),
    )
}  # fmt: skip


def metadata_set(name: str) -> MetadataSet:
    """The set called `name`. Raises ContractError with the nearest valid name."""
    if name not in SETS:
        near = difflib.get_close_matches(name, SETS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ContractError(f"no metadata set {name!r}; {hint}valid are {', '.join(SETS)}")
    return SETS[name]


def calibration_targets() -> dict[str, str]:
    """Metric of a set → the feature that it may be calibrated to, where it has another name."""
    columns = (c for s in SETS.values() for layout in s.layouts for c in layout.columns)
    return {column.to: column.feature for column in columns if column.feature}
