"""AcousticBrainz (2014–2022): one JSON document a submission, low level or high level.

    MBID….json, .json.gz     in a folder tree of any depth
    bulk answers             MBID → submission → document

Low level is Essentia's music extractor; danceability (Streich & Herrera) and dynamic complexity
(Streich) are defined as ours. High level holds the probabilities of classifiers: numbers, not
words, because words made from the audio would teach a mapping its own features. CC0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.sources.sets.contract import (
    Column,
    Entry,
    Layout,
    Part,
    Record,
    SetLicence,
    Use,
    Values,
    fact,
    number,
    ratio,
    terms,
)
from pipelines.sources.sets.documents import (
    MAX_SMALL_BYTES,
    Unreadable,
    files_below,
    listed,
    load,
    whole,
)
from schemas.catalogue import TagKind
from schemas.errors import InputError
from schemas.outcomes import RejectReason

LICENCE = SetLicence(
    "AcousticBrainz data: CC0 1.0 Universal", "CC0-1.0", "https://acousticbrainz.org/data"
)
_MBID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PITCH = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFT = {"": 0, "#": 1, "b": -1}
_TAGS = "metadata.tags."


def _first(value: Any) -> list[str]:
    return listed(value)[:1]


def _key(entry: Entry, values: Values, lookups: object) -> None:
    name, scale = values.get("tonal.key_key"), values.get("tonal.key_scale")
    if name is None and scale is None:
        return
    name, scale = str(name), str(scale)
    if name[:1] in _PITCH and name[1:] in _SHIFT and scale in ("major", "minor"):
        pitch = (_PITCH[name[0]] + _SHIFT[name[1:]]) % 12
        entry.metrics["key_pitch_class"] = (float(pitch), "pitch class")
        entry.metrics["key_mode"] = (float(scale == "major"), "1 major, 0 minor")
    else:
        entry.problems.append(f"tonal: key {name[:20]!r} {scale[:20]!r} is none; valid is C# minor")


_SHARED = (
    Column(name="mbid", use=Use.IDENTIFIER, to="musicbrainz_recording", required=True),
    Column(name=f"{_TAGS}isrc", use=Use.EXTRA),
    Column(
        name="metadata.audio_properties.length", use=Use.DURATION, unit="s", minimum=0,
        maximum=24 * 3600,
    ),
    fact(f"{_TAGS}title", "title", split=_first),
    fact(f"{_TAGS}artist", "artist", split=listed),
    fact(f"{_TAGS}album", "album", split=_first),
    fact(f"{_TAGS}date", "date", split=_first),
    terms(f"{_TAGS}genre", TagKind.GENRE, split=listed),
)  # fmt: skip

LOW_LEVEL = Layout(
    source="acousticbrainz:lowlevel",
    version=1,
    columns=(
        *_SHARED,
        number("rhythm.bpm", "tempo_bpm", "BPM", 0, 500, unknown=(0.0,), required=True),
        number("rhythm.danceability", "danceability", "1", 0, 10),
        number("rhythm.onset_rate", "essentia_onset_rate", "Hz", 0, 100, feature="onset_rate_hz"),
        number("lowlevel.dynamic_complexity", "dynamic_complexity", "dB", 0, 100),
        ratio("lowlevel.average_loudness", "essentia_average_loudness", feature="loudness_lufs"),
        number("lowlevel.spectral_centroid.mean", "essentia_spectral_centroid", "Hz", 0, 24_000,
               feature="brightness_hz"),
        ratio("tonal.key_strength", "essentia_key_strength", feature="key_strength"),
        Column(name="tonal.key_key", use=Use.EXTRA),
        Column(name="tonal.key_scale", use=Use.EXTRA),
    ),
    key=("mbid", "submission"),
    valid_key=_MBID.pattern,
    repeats=True,
    licence=LICENCE,
    finish=_key,
)  # fmt: skip


def _class(model: str, name: str, to: str, **more: Any) -> Column:
    return ratio(f"highlevel.{model}.all.{name}", to, **more)


HIGH_LEVEL = Layout(
    source="acousticbrainz:highlevel",
    version=1,
    columns=(
        *_SHARED,
        _class("mood_acoustic", "acoustic", "acousticness"),
        _class("voice_instrumental", "instrumental", "instrumentalness"),
        _class("danceability", "danceable", "essentia_danceable", feature="danceability"),
        _class("timbre", "bright", "essentia_timbre_bright", feature="brightness_hz"),
        *(
            _class(f"mood_{mood}", mood, f"essentia_mood_{mood}")
            for mood in ("aggressive", "electronic", "happy", "party", "relaxed", "sad")
        ),
        _class("tonal_atonal", "tonal", "essentia_tonal"),
    ),
    key=("mbid", "submission"),
    valid_key=_MBID.pattern,
    repeats=True,
    licence=LICENCE,
)

LAYOUTS = (LOW_LEVEL, HIGH_LEVEL)
_SUFFIXES = (".json", ".json.gz")


def open_parts(path: Path) -> list[Part]:
    """Two parts of a folder tree or document, low and high level; one where the other has no row.

    Raises
    ------
    InputError
        There is no such file or folder, or no document in it.
    """
    if not path.is_dir() and not path.is_file():
        raise InputError(f"{path}: no such file or folder")
    files = list(files_below(path, _SUFFIXES)) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: no file that ends in {' or '.join(_SUFFIXES)}")
    if path.is_file():
        whole(path)  # that it is JSON at all is a question of the request, not of a row
    high = [file for file in files if "high" in "/".join(file.parts[-3:]).lower()]
    low = [file for file in files if file not in set(high)]
    if path.is_file() or not high:
        high, low = _told_apart(files)
    parts = []
    for layout, members in ((LOW_LEVEL, low), (HIGH_LEVEL, high)):
        if members:
            parts.append(_part(path, layout, members))
    return parts


def _told_apart(files: list[Path]) -> tuple[list[Path], list[Path]]:
    """High and low level by what the first document says; a folder that mixes both has rejects."""
    for file in files:
        try:
            documents_ = list(_documents(load(file, MAX_SMALL_BYTES), file))
        except Unreadable:
            continue
        if any("highlevel" in document for _, _, document in documents_):
            return files, []
        return [], files
    return [], files


def _part(path: Path, layout: Layout, files: list[Path]) -> Part:
    return Part(layout, str(path), lambda: _records(path, layout, files), (), len(files))


def _records(path: Path, layout: Layout, files: list[Path]) -> Iterator[Record]:
    level = layout.source.rpartition(":")[2]
    number_ = 0
    for file in files:
        try:
            found = list(_documents(load(file, MAX_SMALL_BYTES), file))
        except Unreadable as error:
            found, problem = [], f"{file.name}: {error}"
        else:
            problem = f"{file.name}: no document of a recording"
        if not found:
            number_ += 1
            yield Record(number_, {"submission": file.name}, RejectReason.UNREADABLE, problem)
        for mbid, submission, document in found:
            number_ += 1
            values = _values(layout, mbid, submission, document)
            if level in document:
                yield Record(number_, values)
            else:
                problem = f"{file.name}: no {level} in the document"
                yield Record(number_, values, RejectReason.INVALID_ROW, problem)


def _documents(document: Any, file: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(MBID, submission, document): of one document, or of a bulk answer."""
    if not isinstance(document, dict):
        return
    if "metadata" in document or "lowlevel" in document or "highlevel" in document:
        tagged = _first(_at(document, f"{_TAGS}musicbrainz_recordingid") or "")
        named = _MBID.search(file.name.lower())
        mbid = tagged[0].lower() if tagged else named[0] if named else ""
        yield mbid, file.name.removesuffix(".gz").removesuffix(".json"), document
        return
    for mbid, submissions in document.items():
        if _MBID.fullmatch(mbid.lower()) and isinstance(submissions, dict):
            for submission, inner in submissions.items():
                if isinstance(inner, dict):
                    yield mbid.lower(), f"{mbid.lower()}-{submission}", inner


def _values(
    layout: Layout, mbid: str, submission: str, document: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that the layout reads, by path; frames and histograms are left where they are."""
    values: dict[str, Any] = {"mbid": mbid, "submission": submission}
    for column in layout.columns:
        found = _at(document, column.name)
        if found is not None:
            values[column.name] = found
    return values


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document
