"""MusicCaps (Agostinelli et al. 2023): captions and aspects of ten-second clips of videos.

    *.csv   ytid start_s end_s audioset_positive_labels aspect_list caption author_id …

CC BY-SA 4.0. The clip is the track: its identifier is the video's with a media fragment.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.sources.metadata import Term, term
from pipelines.sources.sets.contract import (
    Column,
    Entry,
    Layout,
    Part,
    SetLicence,
    Use,
    Values,
    unused,
)
from pipelines.sources.sets.documents import listed
from pipelines.sources.sets.opening import files_of, table_part
from pipelines.sources.sets.reading import words
from pipelines.sources.words import known_words
from schemas.catalogue import TagKind

LICENCE = SetLicence(
    "MusicCaps: Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0)",
    "CC-BY-SA-4.0",
    "https://huggingface.co/datasets/google/MusicCaps",
)
_SOURCE = "musiccaps:captions"


def _finish(entry: Entry, values: Values, lookups: object) -> None:
    start, end = str(values["start_s"]).strip(), str(values["end_s"]).strip()
    scheme, video = entry.identifiers[0]
    entry.identifiers[0] = (scheme, f"{video}#t={start},{end}")
    try:
        length = float(end) - float(start)
    except ValueError:
        length = 0.0
    if 0 < length <= 3600:
        entry.facts["duration_s"] = length
    else:
        entry.problems.append(f"start_s={start[:20]!r}, end_s={end[:20]!r} are no part of a video")
    for aspect in listed(values.get("aspect_list") or ""):
        entry.terms += _aspect(aspect)
    caption = term(str(values["caption"]), TagKind.DESCRIPTION, f"{_SOURCE}:caption")
    if caption is None:
        entry.problems.append("caption is empty")
    else:
        entry.terms.append(caption)


def _aspect(text: str) -> list[Term]:
    """The aspect as a term of the kind that the vocabulary knows it as, and the words in it."""
    source = f"{_SOURCE}:aspect_list"
    whole = list(words(text, TagKind.OTHER, source))
    return whole + [w for w in known_words(text, source) if w.term not in {t.term for t in whole}]


CAPTIONS = Layout(
    source=_SOURCE,
    version=1,
    columns=(
        Column(name="ytid", use=Use.IDENTIFIER, to="youtube", required=True),
        Column(name="start_s", use=Use.EXTRA, required=True),
        Column(name="end_s", use=Use.EXTRA, required=True),
        Column(name="aspect_list", use=Use.EXTRA, required=True),
        Column(name="caption", use=Use.EXTRA, required=True),
        *unused("audioset_positive_labels", "author_id", "is_balanced_subset", "is_audioset_eval"),
    ),
    key=("ytid", "start_s", "end_s"),
    valid_key=r"[0-9A-Za-z_-]{11}",
    licence=LICENCE,
    finish=_finish,
)

LAYOUTS = (CAPTIONS,)


def open_parts(path: Path) -> list[Part]:
    """Each table of `path`. Raises InputError when one is not the set's."""
    return [table_part(file, LAYOUTS) for file in files_of(path, (".csv",))]
