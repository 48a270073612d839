"""Public sets as training examples, and a cache of their embeddings. Nothing of them is shipped."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.errors import InputError
from schemas.protocols import TextEncoder, TrainingExample

SPOTIFY_FEATURES = {
    "tempo_bpm": "tempo",
    "energy": "energy",
    "danceability": "danceability",
    "valence": "valence",
    "acousticness": "acousticness",
    "instrumentalness": "instrumentalness",
    "speechiness": "speechiness",
    "liveness": "liveness",
    "loudness_lufs": "loudness",
}
"""Our feature → the set's column. Its loudness is in dBFS, not LUFS: near enough to rank by."""


@dataclass(frozen=True, slots=True)
class SpotifyTracks:
    """Tracks as examples; `playlists` and `subgenres` run parallel, several a track are possible.

    A track's group "playlist" is all of its playlists.
    """

    examples: tuple[TrainingExample, ...]
    playlists: tuple[frozenset[str], ...]
    subgenres: tuple[str, ...]


def read_spotify(folder: Path) -> SpotifyTracks:
    """Every track with a tempo: text is subgenre, genre, playlist name, artist terms (T4).

    Terms are found by the artist's name in lower case; an artist who has none there (42% of the
    tracks in the public tenths) leaves the first three.

    Raises
    ------
    InputError
        When spotify_songs/tracks.csv or artists.csv is not in `folder`.
    """
    tracks = _read(folder / "spotify_songs" / "tracks.csv").dropna(subset=["track_artist"])
    artists = _read(folder / "spotify_songs" / "artists.csv").dropna(subset=["artists"])
    names = artists["artists"].str.lower()
    terms = dict(zip(names, artists["genres"].map(ast.literal_eval), strict=True))
    tracks = tracks[tracks["tempo"] > 0]
    examples, playlists, subgenres = [], [], []
    for track_id, rows in tracks.groupby("track_id", sort=True):
        row = rows.iloc[0]
        of_artist = terms.get(str(row["track_artist"]).lower()) or []
        examples.append(_example(str(track_id), rows, of_artist))
        playlists.append(frozenset(rows["playlist_id"]))
        subgenres.append(min(rows["playlist_subgenre"]))
    return SpotifyTracks(tuple(examples), tuple(playlists), tuple(subgenres))


def _example(track_id: str, rows: pd.DataFrame, terms: Sequence[str]) -> TrainingExample:
    row = rows.iloc[0]
    columns = ("playlist_subgenre", "playlist_genre", "playlist_name")
    words = [", ".join(sorted(set(rows[column].astype(str)))) for column in columns]
    groups: dict[str, str | tuple[str, ...] | None] = {
        "playlist": tuple(sorted(set(rows["playlist_id"]))),
        "artist": str(row["track_artist"]),
        "album": str(row["track_album_id"]),
    }
    return TrainingExample(
        track_id=track_id,
        text=", ".join([*words, *terms]),
        groups=groups,
        features={name: float(row[column]) for name, column in SPOTIFY_FEATURES.items()},
        title=str(row["track_name"]),
        artist=str(row["track_artist"]),
    )


def read_captions(folder: Path) -> list[str]:
    """MusicCaps captions, or none when the set is not in `folder`."""
    path = folder / "musiccaps" / "captions.csv"
    return [] if not path.is_file() else [str(text) for text in _read(path)["caption"]]


def cells(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Rows of a table by column name."""
    names = [str(name) for name in table.columns]
    for row in table.itertuples(index=False, name=None):
        yield dict(zip(names, row, strict=True))


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file; --data names the folder of the public sets")
    return pd.read_csv(path)


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "wordtone" / "embeddings"


class CachedEncoder:
    """A text encoder that remembers on disk what it embedded (npz, no pickle)."""

    def __init__(self, inner: TextEncoder, folder: Path) -> None:
        self._inner = inner
        name = hashlib.sha256(inner.id.encode()).hexdigest()[:16]
        self._path = folder / f"{name}.npz"
        self._rows: dict[str, int] = {}
        self._vectors = np.empty((0, inner.dimensions), np.float32)
        if self._path.is_file():
            with np.load(self._path, allow_pickle=False) as stored:
                self._vectors = stored["vectors"]
                self._rows = {str(key): row for row, key in enumerate(stored["keys"])}

    @property
    def id(self) -> str:
        return self._inner.id

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
        if new:
            self._add(new)
        return self._vectors[[self._rows[key] for key in keys]]

    def _add(self, new: dict[str, str]) -> None:
        vectors = self._inner.encode(list(new.values()))
        for key in new:
            self._rows[key] = len(self._rows)
        self._vectors = np.vstack([self._vectors, vectors])
        if len(new) >= 64:  # a prompt is embedded faster than the file is written
            self._save(self._rows)

    def _save(self, keys: Iterable[str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(f".{os.getpid()}.partial.npz")
        np.savez(partial, keys=np.array(list(keys)), vectors=self._vectors)
        partial.replace(self._path)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
