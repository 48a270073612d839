"""Public tables beside the tracks: artists, genres and FMA as training examples. None ships."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pandas as pd

from benchmarks._mapping_data import SPOTIFY_FEATURES, cells
from schemas.errors import InputError
from schemas.protocols import TrainingExample


def read_artists(folder: Path) -> tuple[tuple[TrainingExample, ...], tuple[int, ...]]:
    """Artists with terms, as examples of their mean features, and the tracks behind each mean."""
    table = _csv(folder / "spotify_songs" / "artists.csv").dropna(subset=["artists"])
    table = table[table["tempo"] > 0].reset_index(drop=True)
    found, counts = [], []
    columns = [*SPOTIFY_FEATURES.values(), "artists", "genres", "count"]
    for row in cells(table[columns]):
        if terms := ast.literal_eval(str(row["genres"])):
            found.append(_means(str(row["artists"]), ", ".join(terms), row))
            counts.append(int(str(row["count"])))
    return tuple(found), tuple(counts)


def read_genres(folder: Path) -> tuple[TrainingExample, ...]:
    """Genres as examples of their mean features; group "family" is the last word of the name."""
    table = _csv(folder / "spotify_by_genre" / "genres.csv", ";")
    table = table[(table["genres"] != "[]") & (table["tempo"] > 0)]
    columns = [*SPOTIFY_FEATURES.values(), "genres"]
    return tuple(
        _means(name := str(row["genres"]), name, row, family=_family(name))
        for row in cells(table[columns].dropna())
    )


def _family(genre: str) -> str:
    return genre.lower().rsplit(maxsplit=1)[-1]


def _means(
    name: str, text: str, row: dict[str, object], family: str | None = None
) -> TrainingExample:
    features = {feature: float(str(row[column])) for feature, column in SPOTIFY_FEATURES.items()}
    # A mean of tempi of one slow artist may lie below the range of the feature.
    features["tempo_bpm"] = max(30.0, features["tempo_bpm"])
    return TrainingExample(track_id=name, text=text, groups={"family": family}, features=features)


def read_fma(folder: Path) -> tuple[TrainingExample, ...]:
    """FMA tracks with Echonest features: text is their genres and tags. Metadata: CC BY 4.0."""
    base = folder / "fma"
    try:
        measured = pd.DataFrame(json.loads((base / "echonest-metrics.json").read_text()))
    except OSError as error:
        raise InputError(f"{base}: echonest-metrics.json cannot be read") from error
    titles = cells(_csv(base / "genres.csv")[["genre_id", "title"]])
    names = {int(str(row["genre_id"])): str(row["title"]) for row in titles}
    texts: dict[int, str] = {}
    for row in cells(_csv(base / "final_tracks.csv")[["track_id", "genre"]]):
        texts[int(str(row["track_id"]))] = str(row["genre"])
    columns = ["track_id", "genre_top", "genres_all", "tags"]
    for row in cells(_csv(base / "fma-rock-vs-hiphop.csv")[columns]):
        genres = [names.get(number, "") for number in ast.literal_eval(str(row["genres_all"]))]
        words = [str(row["genre_top"]), *genres, *ast.literal_eval(str(row["tags"]))]
        texts[int(str(row["track_id"]))] = ", ".join(dict.fromkeys(w for w in words if w))
    known = [name for name, column in SPOTIFY_FEATURES.items() if column in measured.columns]
    return tuple(
        TrainingExample(
            track_id=str(row["track_id"]),
            text=text,
            groups={},
            features={name: float(str(row[SPOTIFY_FEATURES[name]])) for name in known},
        )
        for row in cells(measured)
        if (text := texts.get(int(float(str(row["track_id"])))))
    )


def _csv(path: Path, separator: str = ",") -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file; --data names the folder of the public sets")
    return pd.read_csv(path, sep=separator)
