"""A piece as a zip for a digital audio workstation: stems, mix, MIDI, tempo map, chords, README.

Everything but the sound is read off the piece's MIDI file, so that a bundle can be made of any
result that has one. The same piece gives the same bytes: entries are ordered, dated 1980 and stored
as they are.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from generation.sequencer.export.chart import Chart, chart, csv_text, lead_sheet
from generation.sequencer.export.wav import wav_bytes
from schemas.audio import Audio
from schemas.errors import InputError
from schemas.generation import Weights

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READ_WRITE = 0o644 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What goes into a bundle. Stems have the rate and length of the mix.

    `weights` are whose sounds or weights are heard, with their licences; `midi` may be None.
    """

    title: str
    mix: Audio
    stems: Mapping[str, Audio] = field(default_factory=dict)
    midi: bytes | None = None
    weights: tuple[Weights, ...] = ()
    comment: str = ""
    """Of every WAV file: how an ingest knows that it was generated."""


def daw_bundle(piece: Piece) -> bytes:
    """The zip's content.

    Raises
    ------
    InputError
        When a stem differs from the mix in rate or length, or the MIDI cannot be read.
    """
    for name, stem in piece.stems.items():
        if (stem.sample_rate_hz, stem.frames) != (piece.mix.sample_rate_hz, piece.mix.frames):
            raise InputError(
                f"stem {name!r} has {stem.frames} samples at {stem.sample_rate_hz} Hz; valid are "
                f"the mix's {piece.mix.frames} at {piece.mix.sample_rate_hz} Hz"
            )
    read = chart(piece.midi) if piece.midi is not None else None
    folder = safe_name(piece.title)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _entries(piece, read).items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            entry.external_attr = _READ_WRITE
            entry.create_system = 3
            archive.writestr(entry, content)
    return out.getvalue()


def safe_name(text: str, longest: int = 60) -> str:
    """A file name that every system takes: letters, digits, "-" and "_"; never empty."""
    words = re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")[:longest].strip("-")
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)", words)
    return words if words and not reserved else f"piece-{words}".strip("-")


def _entries(piece: Piece, read: Chart | None) -> dict[str, bytes]:
    out = {"README.txt": _readme(piece, read).encode(), "LICENCE.txt": _licence(piece).encode()}
    out["mix.wav"] = wav_bytes(piece.mix, comment=piece.comment)
    for number, (name, stem) in enumerate(piece.stems.items(), 1):
        out[f"stems/{number:02}_{safe_name(name)}.wav"] = wav_bytes(stem, comment=piece.comment)
    if read is not None and piece.midi is not None:
        out["midi/piece.mid"] = piece.midi
        out["midi/tempo_map.mid"] = first_track(piece.midi)
        out["tempo_map.csv"] = csv_text(read.tempi, "bpm").encode()
        out["sections.csv"] = csv_text(read.sections, "section").encode()
        out["chords.csv"] = csv_text(read.chords, "chord").encode()
        out["lead_sheet.txt"] = lead_sheet(read).encode()
    return out


def first_track(midi: bytes) -> bytes:
    """The file with its first track alone: tempi, signatures, markers."""
    import mido

    file = mido.MidiFile(file=io.BytesIO(midi), charset="utf-8")
    del file.tracks[1:]
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _readme(piece: Piece, read: Chart | None) -> str:
    title = " ".join("".join(c if c.isprintable() else " " for c in piece.title).split())
    lines = [title, "=" * min(len(title), 80), ""]
    if read is not None:
        more = ", then others: tempo_map.csv" * (len(read.tempi) > 1)
        lines += [
            f"Tempo           {read.tempo_bpm:g} BPM{more}",
            f"Time signature  {read.beats}/{read.unit}",
            f"Key             {read.key or 'unknown'}",
            f"Length          {read.bars} bars, {piece.mix.duration_s:.2f} s",
        ]
    else:
        lines += [f"Length          {piece.mix.duration_s:.2f} s", "", "There is no MIDI of it."]
    lines += [
        f"Audio           {piece.mix.sample_rate_hz} Hz, 24 bit; stems start with the mix, are as "
        "long and sum to it",
        "",
        _HOW_TO.strip() if read is not None else _HOW_TO_AUDIO.strip(),
        "",
    ]
    return "\n".join(lines)


_HOW_TO = """
Logic Pro
  1. New project; set its sample rate to that of the audio (File > Project Settings > Audio).
  2. File > Import > MIDI File: midi/tempo_map.mid, and accept its tempo information. It brings the
     tempo, signature and sections as markers.
  3. Drag the files of stems/ to bar 1, all at once; choose "Create new tracks".
  4. For the notes, drag midi/piece.mid to bar 1, too: one track for each part.

Ableton Live
  1. Type the tempo above into the field at the upper left, and the time signature beside it.
  2. Drag the files of stems/ into the Arrangement at 1.1.1 and hold Ctrl/Cmd for a track each;
     switch Warp off in each clip, so that they play as they are.
  3. Drag midi/piece.mid to 1.1.1 and, where Live asks, take its tempo and time signature. Where it
     does not and the tempo changes (tempo_map.csv), draw that into the tempo of the Main track.

Elsewhere: any workstation that takes WAV and Standard MIDI Files. Everything starts at bar 1.
"""

_HOW_TO_AUDIO = """
Drag the files into your workstation at one place, a track each.
"""


def _licence(piece: Piece) -> str:
    lines = ["Made by wordtone, a program; no right is claimed in it beyond what is said here.", ""]
    for used in piece.weights:
        lines.append(f"Heard or used: {used.id}, licence {used.licence}.")
    if any(used.id == "TimGM6mb" for used in piece.weights):
        lines += [
            "",
            "TimGM6mb is a bank of sampled instruments under the GNU General Public License,",
            "version 2. The bank itself is not in this folder. Whether its licence says anything",
            "of music played with it is for you to judge; with own sounds alone (--sounds own)",
            "nothing of it is heard.",
        ]
    if not piece.weights:
        lines.append("Composition and sounds are CC0-1.0: all sounds are wordtone's own.")
    return "\n".join(lines) + "\n"
