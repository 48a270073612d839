"""Tags inside an audio file, in every format that mutagen reads, and in RIFF and AIFF chunks.

Each family spells its fields in its own way; the tables below give each spelling its meaning.
Frames that are not in a table (pictures, encoder settings, replay gain, lyrics) are not read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import mutagen
from mutagen.aac import AAC
from mutagen.ac3 import AC3
from mutagen.apev2 import APENoHeaderError, APEv2
from mutagen.asf import ASFTags
from mutagen.id3 import ID3, ID3NoHeaderError
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4Tags
from mutagen.trueaudio import TrueAudio

from pipelines.sources.chunks import read_chunks
from pipelines.sources.fields import Field, Gathered
from pipelines.sources.licences import mentions_licence
from pipelines.sources.patience import cpu_at_most

Found = tuple[Field, str, list[str]]

# Vorbis comments, APE keys, ID3 TXXX descriptions, MP4 freeform names: one free namespace in use.
_FREE = {
    "title": Field.TITLE,
    "artist": Field.ARTIST,
    "album": Field.ALBUM,
    "date": Field.DATE,
    "year": Field.DATE,
    "genre": Field.GENRE,
    "style": Field.GENRE,
    "mood": Field.MOOD,
    "instrument": Field.INSTRUMENT,
    "comment": Field.COMMENT,
    "description": Field.COMMENT,
    "language": Field.LANGUAGE,
    "composer": Field.COMPOSER,
    "bpm": Field.TEMPO,
    "tempo": Field.TEMPO,
    "key": Field.KEY,
    "initialkey": Field.KEY,
    "initial key": Field.KEY,
    "license": Field.LICENCE,
    "licence": Field.LICENCE,
    "copyright": Field.COPYRIGHT,
    "rights": Field.COPYRIGHT,
    "isrc": Field.ISRC,
    # Named "track" for what MusicBrainz has called a recording since 2011.
    "musicbrainz_trackid": Field.RECORDING_ID,
    "musicbrainz track id": Field.RECORDING_ID,
}
_ID3 = {
    "TIT2": Field.TITLE,
    "TPE1": Field.ARTIST,
    "TALB": Field.ALBUM,
    "TDRC": Field.DATE,
    "TCON": Field.GENRE,
    "TMOO": Field.MOOD,
    "COMM": Field.COMMENT,
    "TLAN": Field.LANGUAGE,
    "TCOM": Field.COMPOSER,
    "TBPM": Field.TEMPO,
    "TKEY": Field.KEY,
    "TCOP": Field.COPYRIGHT,
    "WCOP": Field.LICENCE,
    "TSRC": Field.ISRC,
}
_MP4 = {
    "©nam": Field.TITLE,
    "©ART": Field.ARTIST,
    "©alb": Field.ALBUM,
    "©day": Field.DATE,
    "©gen": Field.GENRE,
    "©cmt": Field.COMMENT,
    "desc": Field.COMMENT,
    "©wrt": Field.COMPOSER,
    "tmpo": Field.TEMPO,
    "cprt": Field.COPYRIGHT,
}
_ASF = {
    "title": Field.TITLE,
    "author": Field.ARTIST,
    "description": Field.COMMENT,
    "copyright": Field.COPYRIGHT,
    "copyrighturl": Field.LICENCE,
    "wm/albumtitle": Field.ALBUM,
    "wm/year": Field.DATE,
    "wm/genre": Field.GENRE,
    "wm/mood": Field.MOOD,
    "wm/language": Field.LANGUAGE,
    "wm/composer": Field.COMPOSER,
    "wm/beatsperminute": Field.TEMPO,
    "wm/initialkey": Field.KEY,
    "musicbrainz/track id": Field.RECORDING_ID,
    "wm/isrc": Field.ISRC,
}
_PATIENCE_S = 5.0
_MAX_VALUES = 1_000  # of one field
# Comments under these descriptions are numbers for one player.
_MACHINE_COMMENTS = ("itun", "songs-db", "mp3gain", "replaygain", "id3v1")


def read_embedded(path: Path, gathered: Gathered) -> None:
    """Add what the tags of `path` say. A damaged tag is a problem noted, never an error."""
    try:
        with cpu_at_most(_PATIENCE_S):
            # Frames are read one by one so that a bad one does not cost those before it.
            for tags in _all_tags(path):
                for what, source, values in _fields(tags):
                    gathered.add(what, source, values[:_MAX_VALUES])
    except Exception as error:  # mutagen lets struct, Unicode and index errors of bad tags through
        gathered.problems.append(f"{gathered.name}: tags cannot be read ({_reason(error)})")
    for what, source, text in read_chunks(path):
        gathered.add(what, source, [text])


def _all_tags(path: Path) -> list[Any]:
    """The file's tags: those of its container, and those before and behind a bare stream.

    mutagen reads ID3 alone from MPEG and True Audio, and nothing from AAC and AC-3.
    """
    trouble, opened = None, None
    try:
        opened = mutagen.File(path)
    except mutagen.MutagenError as error:  # as of AAC behind an ID3 tag, which it takes for MPEG
        trouble = error
    found = [opened.tags] if opened is not None and opened.tags is not None else []
    if opened is None or isinstance(opened, MP3 | TrueAudio | AAC | AC3):
        for kind in (APEv2,) if found else (ID3, APEv2):
            with contextlib.suppress(ID3NoHeaderError, APENoHeaderError):
                found.append(kind(path))
    if trouble is not None and not found:
        raise trouble
    return found


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _fields(tags: Any) -> Iterator[Found]:
    if isinstance(tags, ID3):
        yield from _id3(tags)
    elif isinstance(tags, MP4Tags):
        yield from _mp4(tags)
    elif isinstance(tags, ASFTags):
        yield from _keyed(_pairs(tags), _ASF, "asf")
    elif isinstance(tags, APEv2):
        yield from _keyed(_text_items(tags), _FREE, "ape")
    else:
        yield from _keyed(_pairs(tags), _FREE, "vorbis")


def _id3(tags: Any) -> Iterator[Found]:
    for frame in tags.values():
        kind, source = frame.FrameID, f"id3:{frame.FrameID}"
        if kind == "TXXX":
            name = frame.desc.strip().lower()
            if name in _FREE:
                yield _FREE[name], f"{source}:{name}", _texts(frame.text)
        elif kind == "UFID":
            if frame.owner == "http://musicbrainz.org":
                yield Field.RECORDING_ID, source, _texts([frame.data])
        elif kind == "WXXX":
            if mentions_licence(f"{frame.desc} {frame.url}") or "licen" in frame.desc.lower():
                yield Field.LICENCE, source, [frame.url]
        elif kind == "COMM" and _for_a_machine(frame.desc):
            continue
        elif kind in _ID3:
            values = [frame.url] if kind.startswith("W") else _texts(frame.text)
            yield _ID3[kind], source, values


def _for_a_machine(description: str) -> bool:
    name = description.strip().lower()
    # "ID3v1 Comment" is mutagen's name for a person's comment in an old tag.
    return name.startswith(_MACHINE_COMMENTS) and name != "id3v1 comment"


def _mp4(tags: Any) -> Iterator[Found]:
    for key, values in tags.items():
        if key in _MP4:
            yield _MP4[key], f"mp4:{key}", _texts(values)
        elif key.startswith("----:"):
            name = key.rpartition(":")[2].strip().lower()
            if name in _FREE:
                yield _FREE[name], f"mp4:{name}", _texts(values)


def _keyed(
    pairs: Iterable[tuple[str, list[str]]], meanings: Mapping[str, Field], family: str
) -> Iterator[Found]:
    for key, values in pairs:
        name = key.strip().lower()
        if name in meanings:
            yield meanings[name], f"{family}:{name}", values


def _pairs(tags: Any) -> Iterator[tuple[str, list[str]]]:
    for key in dict.fromkeys(tags.keys()):
        value = tags[key]
        yield str(key), _texts(value if isinstance(value, list) else [value])


def _text_items(tags: Any) -> Iterator[tuple[str, list[str]]]:
    for key, value in tags.items():
        if value.kind == 0:  # text; 1 is binary (a cover), 2 a link
            yield key, _texts(list(value))


def _texts(values: Iterable[Any]) -> list[str]:
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]
