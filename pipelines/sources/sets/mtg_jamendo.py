"""MTG-Jamendo (Bogdanov et al. 2019): tables of tags, one row a track, one cell a tag.

    autotagging….tsv   TRACK_ID ARTIST_ID ALBUM_ID PATH DURATION TAGS …; splits have the same shape
    raw.meta.tsv       TRACK_ID ARTIST_ID ALBUM_ID TRACK_NAME ARTIST_NAME ALBUM_NAME RELEASEDATE URL
    tag_map.json       lookup: category → spelling → tag

Metadata is CC BY-NC-SA 4.0. Artists and albums are numbers where no raw.meta.tsv names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pipelines.sources.sets import documents
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
)
from pipelines.sources.sets.opening import files_beside, files_of, table_part
from pipelines.sources.sets.reading import words
from schemas.catalogue import TagKind
from schemas.errors import InputError

LICENCE = SetLicence(
    "metadata of MTG-Jamendo: Creative Commons Attribution-NonCommercial-ShareAlike 4.0 "
    "International (CC BY-NC-SA 4.0)",
    "CC-BY-NC-SA-4.0",
    "https://github.com/MTG/mtg-jamendo-dataset",
)
Lookup = Mapping[str, Mapping[str, str]]
_KINDS = {
    "genre": TagKind.GENRE,
    "instrument": TagKind.INSTRUMENT,
    "mood/theme": TagKind.MOOD,
}
_BETWEEN = "---"


def _finish(source: str) -> Finish:
    def finish(entry: Entry, values: Values, lookups: Lookup | None) -> None:
        for tag in values.get("TAGS") or []:
            category, between, name = tag.strip().partition(_BETWEEN)
            if not between or category not in _KINDS or not name:
                entry.problems.append(
                    f"TAGS: {tag[:60]!r} is no CATEGORY---TAG; categories are {', '.join(_KINDS)}"
                )
                continue
            name = (lookups or {}).get(category, {}).get(name, name)
            entry.terms += words(name, _KINDS[category], f"{source}:{category}")
        if path := values.get("PATH"):
            entry.paths += [path, path.removesuffix(".mp3") + ".low.mp3"]

    return finish


_IDENTITY = (
    Column(name="TRACK_ID", use=Use.IDENTIFIER, to="jamendo", required=True),
    fact("ARTIST_ID", "artist", placeholder=True),
    fact("ALBUM_ID", "album", placeholder=True),
)


def _tags(source: str) -> Layout:
    return Layout(
        source=source,
        version=1,
        columns=(
            *_IDENTITY,
            Column(name="PATH", use=Use.EXTRA, required=True),
            Column(name="DURATION", use=Use.DURATION, unit="s", minimum=0, maximum=24 * 3600),
            Column(name="TAGS", use=Use.EXTRA, required=True),
        ),
        key=("TRACK_ID",),
        valid_key=r"track_\d{1,9}",
        licence=LICENCE,
        finish=_finish(source),
    )


GENRE, INSTRUMENT = _tags("mtg_jamendo:genre"), _tags("mtg_jamendo:instrument")
MOOD_THEME, ALL = _tags("mtg_jamendo:mood_theme"), _tags("mtg_jamendo:all")
META = Layout(
    source="mtg_jamendo:meta",
    version=1,
    columns=(
        *_IDENTITY,
        fact("TRACK_NAME", "title", required=True),
        fact("ARTIST_NAME", "artist"),
        fact("ALBUM_NAME", "album"),
        fact("RELEASEDATE", "date"),
        Column(name="URL", use=Use.UNUSED),
    ),
    key=("TRACK_ID",),
    valid_key=r"track_\d{1,9}",
    licence=LICENCE,
)

LAYOUTS = (GENRE, INSTRUMENT, MOOD_THEME, ALL, META)


def open_parts(path: Path) -> list[Part]:
    """The parts of `path`, a folder of tables or one of them.

    Raises
    ------
    InputError
        A file is none of the set's, or cannot be read.
    """
    beside = next((file for file in files_beside(path) if file.name == "tag_map.json"), None)
    lookup = _tag_map(beside) if beside else {}
    parts = [_table(file) for file in files_of(path, (".tsv",))]
    for part in parts:
        part.lookups, part.stamp = lookup, _stamp(lookup)
    return parts


def _table(path: Path) -> Part:
    name = path.name
    if "meta" in name:
        return table_part(path, (META,), delimiter="\t")
    by_name = {"genre": GENRE, "instrument": INSTRUMENT, "moodtheme": MOOD_THEME}
    layout = next((layout for part, layout in by_name.items() if part in name), ALL)
    return table_part(path, (layout,), delimiter="\t", rest="TAGS")


def _tag_map(path: Path) -> Lookup:
    document = documents.whole(path)
    if not isinstance(document, dict) or not all(isinstance(v, dict) for v in document.values()):
        raise InputError(f"{path}: valid is category → spelling → tag")
    return {
        category: {str(old): str(new) for old, new in pairs.items()}
        for category, pairs in document.items()
    }


def _stamp(lookup: Lookup) -> Callable[[Values], str]:
    def stamp(values: Values) -> str:
        pairs = (tag.partition(_BETWEEN) for tag in values.get("TAGS") or [])
        return "|".join(lookup.get(category, {}).get(name, "") for category, _, name in pairs)

    return stamp
