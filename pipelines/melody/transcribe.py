"""A recording's melody, from the file to a `Transcription`: notes, key, tempo and grid.

The file is decoded and heard in a worker process with limits, as every untrusted file is; what
comes back are notes, which cost nothing to read again with another tempo or other taps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.analyse import Analysed, Job
from pipelines.audio.isolate import Limits, Worker
from pipelines.isolated import analyse_isolated
from pipelines.melody.grid import Grid, gridded
from pipelines.melody.heard import KINDS, LONGEST_S, Heard, Sung
from pipelines.melody.key import keys_of
from pipelines.melody.tempo import FASTEST, SLOWEST, suggest, tapped
from schemas.errors import AudioError, InputError
from schemas.melody import HeardNote, PitchCurve, Taps, TempoSuggestion, Transcription
from schemas.outcomes import RejectReason, Stage
from schemas.settings import Settings

_VELOCITY = (110, 2.5)  # of the loudest note, and per decibel below it
_UNSURE = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says of the recording.

    Attributes
    ----------
    tempo_bpm : 30 … 300, or None
    taps : times of beats, seconds, rising; on the recording's own clock they also place the beat
    kind : auto, line (one voice or instrument) or mix

    Raises
    ------
    InputError
        For a tempo, taps or kind that cannot be, and for both a tempo and taps.
    """

    tempo_bpm: float | None = None
    taps: tuple[float, ...] = ()
    kind: str = "auto"

    def __post_init__(self) -> None:
        bpm = self.tempo_bpm
        if bpm is not None and not (math.isfinite(bpm) and SLOWEST <= bpm <= FASTEST):
            raise InputError(f"tempo {bpm:g}: valid is {SLOWEST:g} … {FASTEST:g} BPM")
        if bpm is not None and self.taps:
            raise InputError("tempo and taps: valid is one of them")
        if self.kind not in KINDS:
            raise InputError(f"kind {self.kind!r}; valid: {', '.join(KINDS)}")
        if self.taps:
            tapped(self.taps)


def transcribe_melody(
    settings: Settings,
    path: Path,
    wanted: Wanted = Wanted(),
) -> Transcription:
    """The melody of the audio file at `path`; `Transcription.melody` is what a request takes.

    Raises
    ------
    AudioError
        When the file cannot be decoded, is longer than ten minutes, or breaks the decoder.
    """
    return transcription(heard_in(settings, path, wanted.kind), wanted)


def heard_in(settings: Settings, path: Path, kind: str = "auto") -> Heard:
    """The notes of a file, by a worker process. Raises AudioError as `transcribe_melody` does."""
    if not path.is_file():
        what = "a folder; valid is an audio file" if path.is_dir() else "no such file"
        raise AudioError(RejectReason.UNREADABLE, f"{path}: {what}", Stage.PROBE)
    limits = Limits(settings.worker_memory_mb, settings.file_timeout_s, settings.file_timeout_s)
    with Worker(limits) as worker:
        return heard_by(worker, path.absolute(), kind, str(path), settings.max_duration_s)


def heard_by(
    worker: Worker, path: Path, kind: str, name: str, longest_s: float = LONGEST_S
) -> Heard:
    """The notes of the file at `path`, heard in `worker`; errors call it `name`.

    Raises
    ------
    AudioError
        As `transcribe_melody`.
    """
    job = Job(
        uri=name,
        source="",
        path=str(path),
        groups=(),
        max_duration_s=min(LONGEST_S, longest_s),
        melody=kind,
    )
    return _heard(name, analyse_isolated(worker, job, lambda _: {}))


def _heard(name: str, found: Analysed) -> Heard:
    if found.melody is None:
        reason, stage = found.reason or RejectReason.INTERNAL_ERROR, found.stage or Stage.ANALYSE
        detail = found.detail if name in found.detail else f"{name}: {found.detail}"
        raise AudioError(reason, detail, stage)
    try:
        return _read(found.melody)
    except (KeyError, TypeError, ValueError) as error:
        detail = f"{name}: the worker's answer is no melody ({type(error).__name__})"
        raise AudioError(RejectReason.WORKER_CRASHED, detail, Stage.ANALYSE) from error


def _read(melody: Mapping[str, Any]) -> Heard:
    curve = tuple(None if one is None else float(one) for one in melody["curve"])
    return Heard(
        kind=str(melody["kind"]),
        duration_s=float(melody["duration_s"]),
        tuning=float(melody["tuning"]),
        notes=tuple(_sung(note) for note in melody["notes"]),
        hop_s=float(melody["hop_s"]),
        curve=curve,
    )


def _sung(values: Mapping[str, Any]) -> Sung:
    numbers = {name: float(values[name]) for name in Sung.__dataclass_fields__}
    if not all(math.isfinite(number) for number in numbers.values()):
        raise ValueError("not finite")
    semitone = int(numbers.pop("semitone"))
    return Sung(semitone=semitone, **numbers)


def transcription(heard: Heard, wanted: Wanted = Wanted()) -> Transcription:
    """Key, tempo and grid of notes that were heard; fast enough to be asked at every tap."""
    onsets = [note.start_s for note in heard.notes]
    taps = tapped(wanted.taps) if wanted.taps else None
    tempi = suggest(onsets)
    bpm, phase = _tempo(wanted, taps, tempi, heard.duration_s)
    grid = gridded(onsets, bpm, phase) if bpm is not None and onsets else None
    source = "tapped" if taps else "stated" if wanted.tempo_bpm else "suggested"
    return Transcription(
        kind="mix" if heard.kind == "mix" else "line",
        duration_s=heard.duration_s,
        tuning_cents=round(100 * heard.tuning, 1),
        notes=_notes(heard.notes, grid),
        keys=keys_of(heard.notes),
        tempo_bpm=bpm,
        tempo_from=None if bpm is None else source,
        tempi=tempi,
        taps=taps,
        curve=PitchCurve(hop_s=heard.hop_s, pitch=heard.curve) if heard.curve else None,
        warnings=tuple(_warnings(heard, tempi, source)),
    )


def read_again(found: Transcription, wanted: Wanted) -> Transcription:
    """`found`, whose notes a person may have changed, on the grid of another tempo or of taps.

    Key, suggestions and beats are told anew; the notes stay as they are.
    """
    notes = tuple(
        Sung(note.start_s, note.end_s, note.pitch, note.sounded, 0.0, note.confidence)
        for note in found.notes
    )
    fresh = transcription(
        Heard(found.kind, found.duration_s, found.tuning_cents / 100, notes), wanted
    )
    kept = tuple(
        note.model_copy(update={"start_beat": read.start_beat, "beats": read.beats})
        for note, read in zip(found.notes, fresh.notes, strict=True)
    )
    return fresh.model_copy(update={"notes": kept, "curve": found.curve})


def _tempo(
    wanted: Wanted, taps: Taps | None, tempi: Sequence[TempoSuggestion], duration_s: float
) -> tuple[float | None, float | None]:
    """The tempo of the grid, and where one of its beats lies as far as a person has said."""
    if taps is not None:
        inside = wanted.taps[0] >= 0 and wanted.taps[-1] <= duration_s
        return taps.bpm, taps.first_beat_s if inside else None
    if wanted.tempo_bpm is not None:
        return wanted.tempo_bpm, None
    return (tempi[0].bpm, None) if tempi else (None, None)


def _notes(notes: Sequence[Sung], grid: Grid | None) -> tuple[HeardNote, ...]:
    loudest = max((note.level_db for note in notes), default=0.0)
    found = []
    for i, note in enumerate(notes):
        below = loudest - note.level_db
        start, beats = (None, None) if grid is None else _placed(notes, grid, i)
        found.append(
            HeardNote(
                start_s=round(note.start_s, 4),
                end_s=round(note.end_s, 4),
                pitch=min(127, max(0, note.semitone)),
                sounded=round(note.pitch, 2),
                velocity=max(1, min(127, round(_VELOCITY[0] - _VELOCITY[1] * below))),
                confidence=note.confidence,
                start_beat=start,
                beats=beats,
            )
        )
    return tuple(found)


def _placed(notes: Sequence[Sung], grid: Grid, i: int) -> tuple[float, float]:
    """Start and length in beats: a note ends by the next one, and is held to it over a breath."""
    step = grid.steps[i]
    length = max(1, round((notes[i].end_s - notes[i].start_s) / grid.step_s))
    if i + 1 < len(notes):
        room = grid.steps[i + 1] - step
        length = room if length >= 0.6 * room else min(length, room)
    return step / grid.division, length / grid.division


def _warnings(heard: Heard, tempi: Sequence[TempoSuggestion], source: str) -> list[str]:
    found = []
    if not heard.notes:
        found.append("no melody was heard: nothing with a steady pitch")
    elif heard.kind == "mix":
        found.append(
            "several sounds at once: this is the most salient line of the mix, and less sure than "
            "a hum or one instrument alone"
        )
    unsure = sum(note.confidence < _UNSURE for note in heard.notes)
    if unsure > 0.3 * len(heard.notes):
        found.append(f"{unsure} of {len(heard.notes)} notes are unsure")
    if source == "suggested" and tempi:
        others = " or ".join(f"{tempo.bpm:.0f}" for tempo in tempi[1:])
        found.append(
            f"the tempo ({tempi[0].bpm:.0f} BPM{f', or {others}' if others else ''}) is a "
            "suggestion: state it, or tap it"
        )
    return found
