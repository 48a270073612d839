"""A user's own names: a TOML or JSON file that says what they stand for.

[references."Aunt Vera's choir"]
kind = "artist"                          # or track, album, label, place; artist where not said
features = { tempo_bpm = 72, energy = [0.1, 0.3] }

[references."Studio Nine"]
kind = "label"
tracks = ["1Vd2…", "7aQ0…"]              # ids of tracks that the mapping was trained on
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mapping.predicting.learned import TrackInfo
from mapping.references.folding import key
from mapping.references.names import LONGEST_NAME, Known
from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec
from schemas.references import ReferenceKind

KINDS: tuple[ReferenceKind, ...] = ("artist", "track", "album", "label", "place")
MOST_BYTES = 16_000_000
NEAR = 0.1
"""A single number is taken for a range of so much either way of its typical range."""


def read_references(path: Path, tracks: Sequence[TrackInfo]) -> tuple[Known, ...]:
    """The names of the file at `path`.

    Raises
    ------
    ContractError
        Names the file, the entry and the value that is wrong, and what would be valid.
    """
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise ContractError(f"{path}: {len(content):,} bytes; valid is at most {MOST_BYTES:,}")
        text = content.decode("utf-8")
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{path}: neither TOML nor JSON by its name ({error})") from error
    entries = data.get("references") if isinstance(data, dict) else None
    if not isinstance(entries, dict):
        raise ContractError(f"{path}: has no table [references]")
    rows = {track.track_id: row for row, track in enumerate(tracks)}
    return tuple(_known(f"{path}: {name!r}", name, entry, rows) for name, entry in entries.items())


def _known(where: str, name: str, entry: Any, rows: Mapping[str, int]) -> Known:
    if not 1 <= len(key(name).split()) <= LONGEST_NAME:
        raise ContractError(f"{where}: a name has 1 to {LONGEST_NAME} words")
    if not isinstance(entry, dict) or set(entry) - {"kind", "features", "tracks"}:
        raise ContractError(f"{where}: valid are kind, features and tracks")
    kind = entry.get("kind", "artist")
    if kind not in KINDS:
        raise ContractError(f"{where}: kind {kind!r}; valid: {', '.join(KINDS)}")
    features, tracks = entry.get("features", {}), entry.get("tracks", [])
    if not isinstance(features, dict) or not isinstance(tracks, list) or not (features or tracks):
        raise ContractError(f"{where}: features is a table, tracks a list, and one must be there")
    found = tuple(rows[str(t)] for t in tracks if str(t) in rows)
    if tracks and not found:
        raise ContractError(f"{where}: the mapping knows none of its {len(tracks)} tracks")
    return Known(name, kind, found, {} if found else _ranges(where, features))


def _ranges(where: str, features: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    specs = {spec.name: spec for spec in FEATURES if spec.size == 1}
    found = {}
    for name, value in features.items():
        if name not in specs:
            raise ContractError(f"{where}: unknown feature {name!r}; valid: {', '.join(specs)}")
        found[name] = _range(f"{where}: {name}", specs[name], value)
    return found


def _range(where: str, spec: FeatureSpec, value: Any) -> tuple[float, float]:
    ends = value if isinstance(value, list) else [value]
    numbers = [v for v in ends if isinstance(v, int | float) and not isinstance(v, bool)]
    valid = len(numbers) == len(ends) and len(ends) in (1, 2) and numbers == sorted(numbers)
    if not valid or not all(spec.minimum <= v <= spec.maximum for v in numbers):
        raise ContractError(
            f"{where}: {value!r}; valid is a number, or two in order, "
            f"{spec.minimum} … {spec.maximum} {spec.unit}"
        )
    low, high = float(numbers[0]), float(numbers[-1])
    if low == high:
        typical = spec.typical or (spec.minimum, spec.maximum)
        margin = NEAR * (typical[1] - typical[0]) / 2
        low, high = max(spec.minimum, low - margin), min(spec.maximum, high + margin)
    return low, high
