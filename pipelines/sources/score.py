"""Scores: MIDI and MusicXML, checked, never played. What they say of title and rights is read.

MIDI as in the Standard MIDI File 1.0 (1988), parsed by mido; MusicXML as in W3C MusicXML 4.0, told
by its root element and not parsed, so that no entity is ever expanded.
"""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.sources.patience import OutOfPatience, cpu_at_most
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

MAX_MIDI_BYTES = 2 << 20
"""A million events or so; the longest symphonies take a tenth of it."""

MAX_XML_BYTES = 64 << 20
_PATIENCE_S = 20.0
_HEAD = 1 << 16
_MAX_ENTRIES = 1_000
_ROOT = re.compile(r"<(?:\w+:)?score-(?:partwise|timewise)\b")
_TITLES = re.compile(r"<(?:work-title|movement-title)>([^<]{1,1000})<")
_RIGHTS = re.compile(r"<rights[^<>]{0,100}>([^<]{1,5000})<")


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """What a score is and says: `format` is midi or musicxml; texts are raw, empty where none."""

    format: str
    title: str = ""
    copyright: str = ""


def is_score(name: str, path: Path) -> bool:
    """Whether a file is taken for a score: by its suffix, and XML by its root element."""
    suffix = name.lower().rpartition(".")[2]
    if suffix != "xml":
        return suffix in ("mid", "midi", "kar", "musicxml", "mxl")
    try:
        with path.open("rb") as stream:
            return is_score_xml(stream.read(_HEAD))
    except OSError:
        return False


def is_score_xml(head: bytes) -> bool:
    """Whether the first bytes of an XML file are those of MusicXML."""
    return _ROOT.search(_text(head)) is not None


def read_score(path: Path) -> ScoreFacts:
    """Check a score and read what it says of itself.

    Raises
    ------
    AudioError
        At stage PROBE: EMPTY_FILE, UNREADABLE, TOO_LARGE, TIMED_OUT, UNDECODABLE (broken), or
        NO_SAMPLES (a MIDI file without a note).
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise _refused(RejectReason.UNREADABLE, error.strerror or str(error)) from error
    if not head:
        raise _refused(RejectReason.EMPTY_FILE, "0 bytes")
    if head.startswith(b"MThd"):
        _at_most(size, MAX_MIDI_BYTES)
        return _midi(path)
    _at_most(size, MAX_XML_BYTES)
    if head.startswith(b"PK"):
        head = _unpacked(path)
    if is_score_xml(head):
        text = _text(head)
        return ScoreFacts("musicxml", _first(_TITLES, text), _first(_RIGHTS, text))
    raise _refused(RejectReason.UNDECODABLE, "neither MIDI nor MusicXML by its content")


def _refused(reason: RejectReason, detail: str) -> AudioError:
    return AudioError(reason, f"score: {detail}", Stage.PROBE)


def _at_most(size: int, limit: int) -> None:
    if size > limit:
        detail = f"{size} bytes; at most {limit} are read"
        raise _refused(RejectReason.TOO_LARGE, detail)


def _midi(path: Path) -> ScoreFacts:
    import mido

    try:
        with cpu_at_most(_PATIENCE_S):
            song = mido.MidiFile(path)
            names = [track.name for track in song.tracks if track.name.strip()]
            said = [m.text for t in song.tracks for m in t if m.type == "copyright"]
            notes = any(m.type == "note_on" and m.velocity for t in song.tracks for m in t)
    except OutOfPatience as error:
        raise _refused(RejectReason.TIMED_OUT, str(error)) from error
    except Exception as error:  # mido lets Value, Key, Index and EOF errors of broken files through
        detail = f"broken MIDI ({type(error).__name__}: {str(error)[:100]})"
        raise _refused(RejectReason.UNDECODABLE, detail) from error
    if not notes:
        raise _refused(RejectReason.NO_SAMPLES, "MIDI without a note")
    return ScoreFacts("midi", _recoded(names[0] if names else ""), _recoded("\n".join(said)))


def _recoded(latin: str) -> str:
    # mido reads text as Latin-1; most of what is written today is UTF-8.
    try:
        return latin.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return latin


def _unpacked(path: Path) -> bytes:
    """First bytes of the score in a compressed MusicXML file."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = [name for name in packed.namelist()[:_MAX_ENTRIES] if _is_root(name)]
            if not names:
                raise _refused(RejectReason.UNDECODABLE, "an archive without a score")
            with packed.open(names[0]) as stream:
                return stream.read(_HEAD)
    except AudioError:
        raise
    except Exception as error:  # zipfile lets zlib, struct and not-implemented errors through
        raise _refused(RejectReason.UNDECODABLE, f"broken archive ({error})"[:200]) from error


def _is_root(name: str) -> bool:
    return name.lower().endswith((".xml", ".musicxml")) and not name.startswith("META-INF/")


def _text(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8", "replace")


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return html.unescape(match[1]).strip() if match else ""
