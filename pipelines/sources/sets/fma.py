"""Free Music Archive (Defferrard et al. 2017): the tables of fma_metadata, and slices of them.

    tracks.csv        header of 2 rows and one that names the index; `set.`, `album.`, `artist.`,
                      `track.` columns
    raw_tracks.csv    header of 1 row
    echonest.csv      header of 3 rows and one that names the index
    *.csv             slices: track_id and some of tracks.csv's `track.` columns, by their last name
    *.json            echonest.csv's audio features as pandas writes a table, by column or record
    genres.csv        lookup: genre_id → title

Metadata is CC BY 4.0; each track states a licence of its own (layer recording).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.sources.sets import delimited, documents, echonest
from pipelines.sources.sets.contract import (
    Column,
    Entry,
    Finish,
    Layout,
    Part,
    SetLicence,
    Use,
    Values,
    fact,
    terms,
    unused,
)
from pipelines.sources.sets.documents import listed
from pipelines.sources.sets.opening import (
    chosen,
    files_beside,
    files_of,
    numbered,
    table_part,
)
from pipelines.sources.sets.reading import words
from schemas.catalogue import TagKind
from schemas.errors import InputError

LICENCE = SetLicence(
    "metadata of the FMA dataset: Creative Commons Attribution 4.0 International (CC BY 4.0)",
    "CC-BY-4.0",
    "https://github.com/mdeff/fma",
)
_TRACK = Column(name="track_id", use=Use.IDENTIFIER, to="fma", required=True)
_DICTS = re.compile(r"'genre_title': (?:'([^']*)'|\"([^\"]*)\")")
_OWN_GENRES = ("genres", "track.genres")
_ALL_GENRES = (*_OWN_GENRES, "genres_all", "track.genres_all")


def _duration(name: str) -> Column:
    return Column(name=name, use=Use.DURATION, unit="s", minimum=0, maximum=24 * 3600)


def _raw_genres(text: Any) -> list[str]:
    """Titles in how Python writes a list of dicts with genre_title."""
    return [a or b for a, b in _DICTS.findall(str(text)[:20_000])]


def _finish(source: str) -> Finish:
    def finish(entry: Entry, values: Values, lookups: Mapping[str, str] | None) -> None:
        """Genres by number, where genres.csv is beside; the path in the published archives.

        A track's own genres count whole, those above them in the tree (genres_all) half.
        """
        own = {i for name in _OWN_GENRES for i in listed(values.get(name) or "")}
        every = {i for name in _ALL_GENRES for i in listed(values.get(name) or "")}
        for genre in sorted(own | every):
            if title := (lookups or {}).get(genre):
                weight = 1.0 if genre in own else 0.5
                entry.terms += words(title, TagKind.GENRE, f"{source}:genres", weight)
        track = int(entry.identifiers[0][1])
        entry.paths.append(f"{track // 1000:03d}/{track:06d}.mp3")

    return finish


def _layout(source: str, *columns: Column, **more: Any) -> Layout:
    return Layout(
        source=source,
        version=1,
        columns=(_TRACK, *columns),
        key=("track_id",),
        licence=LICENCE,
        valid_key=r"\d{1,9}",
        finish=_finish(source),
        **more,
    )


ECHONEST = _layout(
    "fma:echonest",
    *echonest.AUDIO_FEATURES,
    fact("metadata.artist_name", "artist"),
    fact("metadata.album_name", "album"),
    fact("metadata.album_date", "date"),
    unused_prefixes=("metadata.", "ranks.", "social_features.", "temporal_features."),
)

TRACKS = _layout(
    "fma:tracks",
    fact("track.title", "title"),
    fact("artist.name", "artist"),
    fact("album.title", "album"),
    fact("album.date_released", "date"),
    _duration("track.duration"),
    terms("track.genre_top", TagKind.GENRE),
    terms("track.tags", TagKind.OTHER, split=listed),
    terms("artist.tags", TagKind.OTHER, split=listed, weight=0.5),
    terms("track.language_code", TagKind.LANGUAGE),
    terms("track.composer", TagKind.ARTIST),
    Column(name="track.license", use=Use.LICENCE),
    Column(name="track.genres", use=Use.EXTRA),
    Column(name="track.genres_all", use=Use.EXTRA),
    unused_prefixes=("track.", "album.", "artist.", "set."),
)

RAW_TRACKS = _layout(
    "fma:raw_tracks",
    fact("track_title", "title"),
    fact("artist_name", "artist"),
    fact("album_title", "album"),
    _duration("track_duration"),
    terms("track_genres", TagKind.GENRE, split=_raw_genres),
    terms("tags", TagKind.OTHER, split=listed),
    terms("track_language_code", TagKind.LANGUAGE),
    terms("track_composer", TagKind.ARTIST),
    Column(name="license_url", use=Use.LICENCE),
    Column(name="license_title", use=Use.LICENCE),
    unused_prefixes=("track_", "album_", "artist_", "license_"),
)

SLICE = _layout(
    "fma:slice",
    fact("title", "title", required=True),
    _duration("duration"),
    terms("genre_top", TagKind.GENRE, required=True),
    terms("tags", TagKind.OTHER, split=listed),
    terms("language_code", TagKind.LANGUAGE),
    terms("composer", TagKind.ARTIST),
    Column(name="license", use=Use.LICENCE),
    Column(name="genres", use=Use.EXTRA),
    Column(name="genres_all", use=Use.EXTRA),
    *unused(
        "bit_rate", "comments", "date_created", "date_recorded", "favorites", "information",
        "interest", "listens", "lyricist", "number", "publisher",
    ),
)  # fmt: skip

TITLES = _layout(
    "fma:titles",
    fact("title", "title", required=True),
    terms("genre", TagKind.GENRE, required=True),
)

LAYOUTS = (ECHONEST, TRACKS, RAW_TRACKS, SLICE, TITLES)


def open_parts(path: Path) -> list[Part]:
    """The parts of `path`, a folder of the set's files or one of them.

    Raises
    ------
    InputError
        A file is none of the set's, or cannot be read.
    """
    files = files_of(path, (".csv", ".json"))
    lookup = next((f for f in files_beside(path) if f.name == "genres.csv"), None)
    genres = _genres(lookup) if lookup else {}
    rows = [file for file in files if file.name != "genres.csv"]
    if not rows:
        raise InputError(f"{path}: genres.csv names genres of other files; give their folder")
    parts = [_json(file) if file.suffix == ".json" else _table(file) for file in rows]
    for part in parts:
        part.lookups, part.stamp = genres, _stamp(genres)
    return parts


def _stamp(genres: Mapping[str, str]) -> Callable[[Values], str]:
    def stamp(values: Values) -> str:
        found = {i for name in _ALL_GENRES for i in listed(values.get(name) or "")}
        return "|".join(f"{i}:{genres.get(i, '')}" for i in sorted(found))

    return stamp


def _genres(path: Path) -> dict[str, str]:
    names = delimited.header(path)
    if not {"genre_id", "title"} <= set(names):
        raise InputError(f"{path}: columns genre_id and title are needed, {', '.join(names)} found")
    rows = (record.values for record in delimited.records(path, names))
    return {row["genre_id"]: row["title"] for row in rows if "title" in row}


def _table(path: Path) -> Part:
    names = delimited.header(path)
    skip = 1
    if "track_id" not in names and not names[0]:  # pandas writes an index without a name
        skip = next((rows for rows in (3, 4) if _ends_header(path, rows)), 1)
        names = delimited.header(path, rows=skip)
    names = tuple(name.removeprefix("echonest.").removeprefix("audio_features.") for name in names)
    return table_part(path, LAYOUTS, names, skip=skip)


def _ends_header(path: Path, rows: int) -> bool:
    return delimited.header(path, rows=rows)[0] == "track_id"


def _json(path: Path) -> Part:
    document = documents.whole(path)
    if isinstance(document, dict) and all(isinstance(v, dict) for v in document.values()):
        names = tuple(document)
        rows = _by_column(document)
    elif isinstance(document, list) and all(isinstance(row, dict) for row in document):
        names = tuple(dict.fromkeys(name for row in document for name in row))
        rows = iter(document)
    else:
        raise InputError(f"{path}: no table; valid is column → index → value, or a list of records")
    held = list(rows)
    layout = chosen(path, (ECHONEST, SLICE, TITLES), names)
    return Part(layout, str(path), lambda: numbered(held), names, len(held))


def _by_column(document: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    indices = dict.fromkeys(index for column in document.values() for index in column)
    for index in indices:
        yield {name: column.get(index) for name, column in document.items()}
