"""A synthetic catalogue in a warehouse, for the benchmark of search.

Tracks come in styles: each draws its features around a point that its style and a few latent
factors decide, and its terms mostly from a dozen that its style prefers. So neighbours mean
something, and the features are correlated as measured ones are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.features import FEATURES, FeatureSpec, group_version, groups
from schemas.scales import typical_range
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location

TERMS_PER_TRACK = 5
_FACTORS = 12
_STYLES = 300
_BATCH = 50_000
_UNKNOWN = 0.03
_COUNTS = frozenset({"beats", "sections", "labels", "pitch class", "1 major, 0 minor"})
# fmt: off
_LEAD = [
    "dark", "warm", "bright", "slow", "fast", "heavy", "soft", "dreamy", "noisy", "minimal",
    "melodic", "raw", "vintage", "modern", "lush", "sparse", "tense", "calm", "angry", "happy",
    "sad", "epic", "hypnotic", "groovy", "acoustic", "electric", "orchestral", "tribal", "lo-fi",
    "cinematic",
]
_NOUN = [
    "ambient", "techno", "house", "jazz", "metal", "folk", "rock", "pop", "soul", "funk",
    "reggae", "blues", "punk", "disco", "trance", "dub", "drone", "waltz", "tango", "samba",
    "choir", "piano", "guitar", "strings", "synth", "bass", "drums", "flute", "trumpet", "organ",
    "ballad", "anthem", "march", "lullaby", "soundtrack", "swing", "gospel", "country", "opera",
    "noise",
]
# fmt: on


def vocabulary() -> list[str]:
    """1,200 terms of two words."""
    return [f"{lead} {noun}" for lead in _LEAD for noun in _NOUN]


class Catalogue:
    """Generator of `tracks` tracks; the same seed gives the same."""

    def __init__(self, tracks: int, seed: int = 0) -> None:
        self.tracks = tracks
        self._rng = np.random.default_rng(seed)
        self._specs = FEATURES
        dims = sum(spec.size for spec in self._specs)
        self._centres = self._rng.normal(size=(_STYLES, _FACTORS))
        self._loading = self._rng.normal(size=(_FACTORS, dims)) / np.sqrt(_FACTORS)
        self._terms = np.array(vocabulary())
        self._preferred = self._rng.integers(0, len(self._terms), (_STYLES, 12))

    def write(self, location: Location, first: int = 0) -> None:
        """Append the tracks, numbered from `first`, in one commit."""
        with Lake.open(location) as lake, lake.commit(RunStamp("bench", "bench", "synthetic")):
            for start in range(first, first + self.tracks, _BATCH):
                count = min(_BATCH, first + self.tracks - start)
                for name, table in self._tables(start, count):
                    with lake.registered(batch=table):
                        lake.execute(f"INSERT INTO {name} BY NAME SELECT * FROM batch")  # noqa: S608
            lake.execute("UPDATE write_guards SET writes = writes + 1")

    def _tables(self, start: int, count: int) -> Iterator[tuple[str, pa.Table]]:
        ids = pa.array([track_id(i) for i in range(start, start + count)])
        style = self._rng.integers(0, _STYLES, count)
        stamp = {
            "run_id": pa.repeat("bench", count),
            "recorded_at": pa.repeat(pa.scalar(0, pa.timestamp("us", tz="UTC")), count),
        }
        yield (
            "tracks",
            pa.table(
                {
                    "track_id": ids,
                    "title": [
                        f"{self._terms[i % 1200].split()[1]} piece {i}"
                        for i in range(start, start + count)
                    ],
                    "artist": [f"artist {i % 20_011}" for i in range(start, start + count)],
                    "duration_s": self._rng.uniform(60, 400, count),
                    "origin": pa.repeat("recording", count),
                    **stamp,
                }
            ),
        )
        yield "tags", self._tags(ids, style)
        values = self._values(style)
        offset = 0
        columns: dict[str, pa.Array] = {}
        for spec in self._specs:
            columns[spec.name] = self._column(spec, values[:, offset : offset + spec.size])
            offset += spec.size
        for group, members in groups().items():
            yield (
                f"features_{group}",
                pa.table(
                    {
                        "track_id": ids,
                        "group_version": pa.repeat(group_version(group), count),
                        "extractor": pa.repeat("wordtone", count),
                        "status": pa.repeat("complete", count),
                        "null_reasons": pa.repeat("{}", count),
                        **{spec.name: columns[spec.name] for spec in members},
                        **stamp,
                    }
                ),
            )

    def _tags(self, ids: pa.Array, style: npt.NDArray[np.int64]) -> pa.Table:
        count = len(style)
        own = self._preferred[style][np.arange(count)[:, None], self._rng.permuted(
            np.tile(np.arange(12), (count, 1)), axis=1)[:, :TERMS_PER_TRACK]]  # fmt: skip
        strange = self._rng.random(own.shape) < 0.15
        own = np.where(strange, self._rng.integers(0, len(self._terms), own.shape), own)
        row = np.repeat(np.arange(count), TERMS_PER_TRACK)
        pairs = np.unique(np.column_stack([row, own.ravel()]), axis=0)
        terms = pa.array(self._terms[pairs[:, 1]].tolist())
        return pa.table(
            {
                "track_id": ids.take(pa.array(pairs[:, 0])),
                "term": terms,
                "kind": pa.repeat("genre", len(pairs)),
                "source": pa.repeat("bench", len(pairs)),
                "raw": terms,
                "weight": pa.repeat(1.0, len(pairs)),
                "run_id": pa.repeat("bench", len(pairs)),
                "recorded_at": pa.repeat(pa.scalar(0, pa.timestamp("us", tz="UTC")), len(pairs)),
            }
        )

    def _values(self, style: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Standard-normal-like values (tracks, dimensions), correlated through latent factors."""
        latent = self._centres[style] + 0.5 * self._rng.normal(size=(len(style), _FACTORS))
        values = latent @ self._loading
        values += 0.35 * self._rng.normal(size=values.shape)
        return np.asarray(values / 1.2)

    def _column(self, spec: FeatureSpec, values: npt.NDArray[np.float64]) -> pa.Array:
        low, high = typical_range(spec)
        if spec.scale == "log2":
            scaled = np.exp2(
                np.log2(max(low, 1)) + (np.log2(high) - np.log2(max(low, 1))) * _squashed(values)
            )
        else:
            scaled = low + (high - low) * _squashed(values)
        scaled = np.clip(scaled, spec.minimum, spec.maximum)
        if spec.unit in _COUNTS:
            scaled = np.rint(scaled)
        unknown = self._rng.random(len(scaled)) < _UNKNOWN
        if spec.size == 1:
            return pa.array(scaled[:, 0], mask=unknown)
        flat = pa.array(scaled.astype(np.float32).ravel())
        offsets = pa.array(np.arange(len(scaled) + 1, dtype=np.int32) * spec.size)
        return pa.ListArray.from_arrays(offsets, flat)


def _squashed(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """To 0 … 1, a normal value mostly between 0.1 and 0.9."""
    return 1 / (1 + np.exp(-1.5 * values))


def track_id(index: int) -> str:
    """22 characters that do not sort by time of writing, as drawn ids do not."""
    return f"{(index * 2_654_435_761) % 2**32:010d}{index:012d}"


def new_catalogue(folder: Path, tracks: int) -> Location:
    """A warehouse in `folder` with a catalogue of `tracks` tracks."""
    location = Location(str(folder / "catalogue.sqlite"), str(folder / "data"))
    Catalogue(tracks).write(location)
    return location
