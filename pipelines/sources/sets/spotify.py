"""Spotify-shaped audio features: tables, and documents as the Web API returned them.

    *.csv         id or track_id, the audio features; track, album, playlist and genre columns
    artists.csv   lookup: artist → genres, joined on the lower-cased name
    *.json        {"audio_features": [...]}, {"tracks": [...]}, one such object, or a list of them
    *.jsonl       one such object a line

Values derive from Spotify's Web API; those who publish such tables state no licence for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.sources.metadata import normalise
from pipelines.sources.sets import delimited, documents, echonest
from pipelines.sources.sets.contract import (
    Column,
    Entry,
    Finish,
    Layout,
    Part,
    Record,
    SetLicence,
    Use,
    Values,
    fact,
    number,
    terms,
    unused,
)
from pipelines.sources.sets.documents import Unreadable, listed
from pipelines.sources.sets.opening import chosen, files_beside, files_of, table_part
from pipelines.sources.sets.reading import words
from schemas.catalogue import TagKind
from schemas.errors import InputError
from schemas.outcomes import RejectReason

LICENCE = SetLicence(
    "no licence is stated; values derive from Spotify's Web API",
    None,
    "https://developer.spotify.com/terms",
)
_ARTIST_WEIGHT = 0.5  # genres are said of the artist, not of the track
_MOST_ARTISTS = 2_000_000
_ID = r"[0-9A-Za-z]{22}"
_DURATION = Column(
    name="duration_ms", use=Use.DURATION, unit="ms", minimum=0, maximum=86_400_000, factor=0.001
)
_NEEDED = ("danceability", "energy", "tempo", "valence")


def _finish(source: str) -> Finish:
    def finish(entry: Entry, values: Values, lookups: Mapping[str, list[str]] | None) -> None:
        artist = entry.facts.get("artist")
        for genre in (lookups or {}).get(normalise(artist), ()) if artist else ():
            entry.terms += words(genre, TagKind.GENRE, f"{source}:artist_genres", _ARTIST_WEIGHT)

    return finish


TABLE = Layout(
    source="spotify:table",
    version=1,
    columns=(
        Column(
            name="track_id", use=Use.IDENTIFIER, to="spotify", required=True, aliases=("id",)
        ),
        *(replace(column, required=column.name in _NEEDED) for column in echonest.AUDIO_FEATURES),
        _DURATION,
        fact("track_name", "title", "name"),
        fact("track_artist", "artist", "artists", "artist", "artist_name", split=listed),
        fact("track_album_name", "album", "album_name", "album"),
        fact("track_album_release_date", "date", "release_date"),
        Column(name="playlist_name", use=Use.PLAYLIST),
        terms("playlist_genre", TagKind.GENRE, "track_genre", "genre"),
        terms("playlist_subgenre", TagKind.GENRE),
        number("track_popularity", "spotify_popularity", "0 … 100", 0, 100,
               aliases=("popularity",)),
        Column(name="isrc", use=Use.IDENTIFIER, to="isrc"),
        *unused("track_album_id", "playlist_id", "year", "explicit", "Unnamed: 0", "uri",
                "track_href", "analysis_url", "type"),
    ),
    key=("track_id", "playlist_id", "playlist_subgenre"),
    valid_key=_ID,
    repeats=True,
    licence=LICENCE,
    finish=_finish("spotify:table"),
)  # fmt: skip

API = Layout(
    source="spotify:api",
    version=1,
    columns=(
        Column(name="id", use=Use.IDENTIFIER, to="spotify", required=True),
        *echonest.AUDIO_FEATURES,
        _DURATION,
        fact("name", "title"),
        fact("artists", "artist", split=listed),
        fact("album", "album"),
        fact("release_date", "date"),
        number("popularity", "spotify_popularity", "0 … 100", 0, 100),
        Column(name="isrc", use=Use.IDENTIFIER, to="isrc"),
        *unused("uri", "track_href", "analysis_url", "type"),
    ),
    key=("id", "object"),
    valid_key=_ID,
    repeats=True,
    licence=LICENCE,
    finish=_finish("spotify:api"),
)

LAYOUTS = (TABLE, API)


def open_parts(path: Path) -> list[Part]:
    """The parts of `path`, a folder of tables and documents or one of them.

    Raises
    ------
    InputError
        A file is none of the set's, or cannot be read.
    """
    files = files_of(path, (".csv", ".json", ".jsonl", ".json.gz"))
    lookup = next((f for f in files_beside(path) if f.name == "artists.csv"), None)
    genres = _artists(lookup) if lookup else {}
    rows = [file for file in files if file.name != "artists.csv"]
    if not rows:
        raise InputError(f"{path}: artists.csv gives genres to a table of tracks; give its folder")
    parts = [_table(f) if f.suffix == ".csv" else _document(f) for f in rows]
    for part in parts:
        part.lookups, part.stamp = genres, _stamp(genres)
    return parts


def _table(path: Path) -> Part:
    names = delimited.header(path)
    if len(names) == 1 and ";" in names[0]:
        names = delimited.header(path, ";")
        raise InputError(
            f"{path}: separated by ';' with columns {', '.join(names[:4])} …: averages of genres, "
            "not tracks; valid is one row a track, separated by commas"
        )
    return table_part(path, (TABLE,), names)


def _artists(path: Path) -> dict[str, list[str]]:
    names = delimited.header(path)
    if not {"artists", "genres"} <= set(names):
        raise InputError(f"{path}: columns artists and genres are needed, {', '.join(names)} found")
    found: dict[str, list[str]] = {}
    for record in delimited.records(path, names):
        if record.reason is None and len(found) < _MOST_ARTISTS:
            found[normalise(record.values["artists"])] = listed(record.values["genres"])
    return found


def _stamp(genres: Mapping[str, list[str]]) -> Callable[[Values], str]:
    def stamp(values: Values) -> str:
        artist = next((values[n] for n in ("track_artist", "artists", "artist") if n in values), "")
        return "|".join(genres.get(normalise(str(artist)), ()))

    return stamp


def _document(path: Path) -> Part:
    if path.suffix == ".jsonl":
        total = delimited.count_lines(path)
        return Part(API, str(path), lambda: _lines(path), (), total)
    rows = list(_objects(documents.whole(path)))
    names = tuple(dict.fromkeys(name for row in rows if row for name in row))
    if not any(rows):
        raise InputError(f"{path}: no audio_features and no tracks; valid is the Web API's answer")
    chosen(path, (API,), names)
    return Part(API, str(path), lambda: _records(rows), names, len(rows))


def _lines(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        for number_, line in enumerate(
            iter(lambda: file.readline(documents.MAX_SMALL_BYTES), b""), 1
        ):
            try:
                found = list(_objects(documents.parse(line)))
            except Unreadable as error:
                yield Record(number_, {}, RejectReason.INVALID_ROW, f"line {number_}: {error}")
                continue
            yield from _records(found, number_)


def _records(rows: list[dict[str, Any] | None], start: int = 1) -> Iterator[Record]:
    for number_, row in enumerate(rows, start):
        if row is None:
            # The API answers null for an id that it has nothing of.
            yield Record(number_, {}, RejectReason.INVALID_ROW, "null: the API had nothing")
        else:
            yield Record(number_, row)


def _objects(document: Any) -> Iterator[dict[str, Any] | None]:
    """Flat objects of an answer: audio features, tracks, or a mixture."""
    if isinstance(document, dict):
        for name in ("audio_features", "tracks", "items"):
            if isinstance(document.get(name), list):
                document = document[name]
                break
        else:
            document = [document]
    for item in document if isinstance(document, list) else [document]:
        yield _flat(item) if isinstance(item, dict) else None


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    inner = item.get("track")
    found = dict(inner) if isinstance(inner, dict) else dict(item)
    found["object"] = "features" if "danceability" in found else "track"
    album, ids = found.pop("album", None), found.pop("external_ids", None)
    if isinstance(album, dict):
        found |= {"album": album.get("name"), "release_date": album.get("release_date")}
    if isinstance(ids, dict) and isinstance(ids.get("isrc"), str):
        found["isrc"] = ids["isrc"]
    if isinstance(artists := found.get("artists"), list):
        found["artists"] = [a["name"] for a in artists if isinstance(a, dict) and "name" in a]
    return {name: value for name, value in found.items() if not isinstance(value, dict)}
