"""Million Song Dataset (Bertin-Mahieux et al. 2011): HDF5 as published, and the CORGIS table.

    *.h5              one song a file, or the summary file of all; see `hdf5`
    music-meta.csv    beside a table without header: names of its columns, in order
    *.csv             the table: artist.…, song.…, with or without header

Energy and danceability of the published set are 0 throughout: not analysed. The licence of the
metadata is not stated.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.sources.sets import delimited, hdf5_process
from pipelines.sources.sets.contract import (
    Column,
    Entry,
    Layout,
    Part,
    SetLicence,
    Use,
    Values,
    fact,
    number,
    ratio,
    terms,
    unused,
)
from pipelines.sources.sets.documents import files_below
from pipelines.sources.sets.opening import files_beside, files_of, table_part
from pipelines.sources.sets.reading import words
from schemas.catalogue import TagKind
from schemas.errors import InputError

LICENCE = SetLicence(
    "no licence of the Million Song Dataset's values is stated; published for research",
    None,
    "http://millionsongdataset.com",
)
_ARTIST_WEIGHT = 0.5  # terms are said of the artist, not of the song
_NO_TEXT = ("0", "0.0", "Unknown")


def _columns(song: str, artist: str) -> tuple[Column, ...]:
    """What both shapes have; `song` and `artist` begin the names of their columns."""
    return (
        number(f"{song}tempo", "tempo_bpm", "BPM", 0, 500, unknown=(0.0,)),
        number(f"{song}key", "key_pitch_class", "pitch class", 0, 11, unknown=(-1.0,)),
        number(f"{song}mode", "key_mode", "1 major, 0 minor", 0, 1, unknown=(-1.0,)),
        number(f"{song}time_signature", "time_signature", "beats", 0, 7, unknown=(0.0,)),
        number(f"{song}loudness", "echonest_loudness", "dB", -100, 20, feature="loudness_lufs"),
        ratio(f"{song}key_confidence", "echonest_key_confidence"),
        ratio(f"{song}mode_confidence", "echonest_mode_confidence"),
        ratio(f"{song}time_signature_confidence", "echonest_time_signature_confidence"),
        Column(name=f"{song}duration", use=Use.DURATION, unit="s", minimum=0, maximum=24 * 3600),
        fact(f"{artist}name", "artist", unknown=_NO_TEXT),
        fact(f"{song}title", "title", unknown=_NO_TEXT),
        fact(f"{song}year", "date", unknown=_NO_TEXT),
    )


TABLE = Layout(
    source="million_song:table",
    version=1,
    columns=(
        Column(name="song.id", use=Use.IDENTIFIER, to="echonest_song", required=True),
        *_columns("song.", "artist."),
        ratio("song.hotttnesss", "echonest_song_hotttnesss", unknown=(-1.0,)),
        fact("release.name", "album", unknown=_NO_TEXT),
        terms("artist.terms", TagKind.GENRE, weight=_ARTIST_WEIGHT, unknown=_NO_TEXT),
        *unused("artist.terms_freq", "release.id"),
    ),
    key=("song.id",),
    valid_key=r"SO[0-9A-Z]{16}",
    licence=LICENCE,
    unused_prefixes=("artist.", "song."),
)


def _artist_terms(entry: Entry, values: Values, lookups: object) -> None:
    weights = values.get("artist_terms_weight") or []
    for name, weight in zip(values.get("artist_terms") or [], weights, strict=False):
        if 0 < float(weight) <= 1:
            source = "million_song:hdf5:artist_terms"
            weighed = round(_ARTIST_WEIGHT * float(weight), 3)
            entry.terms += words(str(name), TagKind.GENRE, source, weighed)


HDF5 = Layout(
    source="million_song:hdf5",
    version=1,
    columns=(
        Column(name="song_id", use=Use.IDENTIFIER, to="echonest_song", required=True),
        Column(name="track_id", use=Use.IDENTIFIER, to="msd"),
        *_columns("", "artist_"),
        ratio("song_hotttnesss", "echonest_song_hotttnesss"),
        fact("release", "album", unknown=_NO_TEXT),
        number("energy", "echonest_energy", "ratio", 0, 1, unknown=(0.0,), feature="energy"),
        number("danceability", "echonest_danceability", "ratio", 0, 1, unknown=(0.0,),
               feature="danceability"),
        Column(name="artist_terms", use=Use.EXTRA),
        Column(name="artist_terms_weight", use=Use.EXTRA),
    ),
    key=("song_id",),
    valid_key=r"SO[0-9A-Z]{16}",
    licence=LICENCE,
    finish=_artist_terms,
    unused_prefixes=("artist_", "idx_", "analy", "release_", "track_", "end_of", "start_of",
                     "audio_md5", "genre"),
)  # fmt: skip

LAYOUTS = (TABLE, HDF5)


def open_parts(path: Path) -> list[Part]:
    """The parts of `path`: HDF5 files of a folder tree as one part, each table as one.

    Raises
    ------
    InputError
        A file is none of the set's, or cannot be read.
    """
    if path.is_dir():
        songs = list(files_below(path, (".h5", ".hdf5")))
        if songs:
            return [hdf5_process.folder_part(path, songs, HDF5)]
    if path.suffix in (".h5", ".hdf5"):
        return [hdf5_process.file_part(path, HDF5)]
    tables = [f for f in files_of(path, (".csv",)) if not _is_meta(f)]
    if not tables:
        raise InputError(f"{path}: no table; it names the columns of one beside it")
    return [_table(file) for file in tables]


def _is_meta(path: Path) -> bool:
    return path.name.endswith("-meta.csv")


def _table(path: Path) -> Part:
    first = delimited.header(path)
    if "song.id" in first:
        return table_part(path, (TABLE,), first)
    meta = next((file for file in files_beside(path) if _is_meta(file)), None)
    if meta is None:
        raise InputError(f"{path}: no header, and no …-meta.csv beside it that names the columns")
    return table_part(path, (TABLE,), _names(meta), skip=0)


def _names(meta: Path) -> tuple[str, ...]:
    """Names below "Properties,Name,…": the second cell of each row to the end."""
    names: list[str] = []
    for record in delimited.records(meta, [str(i) for i in range(5)], skip=0):
        cells = [str(cell) for cell in record.values.values()]
        if cells[0] == "Properties" and cells[1:2] == ["Name"]:
            names = []
        elif len(cells) == 5 and not cells[0] and cells[1]:
            names.append(cells[1])
    if "song.id" not in names:
        raise InputError(f"{meta}: names no column song.id below Properties")
    return tuple(names)
