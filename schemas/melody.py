"""A melody heard in a recording: what `wordtone transcribe --json` prints.

Times in seconds from the start of the recording, beats from the first beat of the grid, pitches as
MIDI numbers. A tempo is a suggestion until a person has stated or tapped it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.parts import Contract, Note, Ratio, Seconds, Tempo
from schemas.report import KeyCandidate

MELODY_VERSION: Literal["1"] = "1"
MOST_NOTES = 5_000

Beats = Annotated[float, Field(ge=0, le=24 * 60 * 30)]
"""A place or length on the grid: a day's worth at the slowest tempo."""


class HeardNote(Contract):
    """One note: as it sounded, and as it was meant."""

    start_s: Seconds
    end_s: Seconds
    pitch: int = Field(ge=0, le=127, description="the semitone that is meant, in its own tuning")
    sounded: float = Field(description="fractional MIDI number at A4 = 440 Hz")
    velocity: int = Field(ge=1, le=127)
    confidence: Ratio
    start_beat: Beats | None = Field(None, description="on the grid; null where there is no tempo")
    beats: Beats | None = Field(None, description="length on the grid")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end_s < self.start_s:
            raise ValueError(f"end_s {self.end_s} is before start_s {self.start_s}")
        return self


class PitchCurve(Contract):
    """What sounded, for a drawing: one value every `hop_s` from the start of the recording."""

    hop_s: float = Field(gt=0, le=60)
    pitch: tuple[Annotated[float, Field(ge=0, le=150)] | None, ...] = Field(
        max_length=10_000, description="fractional MIDI number at A4 = 440 Hz; null: no pitch"
    )


class TempoSuggestion(Contract):
    """One reading of the beat. `confidence` is its share among those that were considered."""

    bpm: Tempo
    confidence: Ratio
    first_beat_s: float


class Taps(Contract):
    """What was made of a person's taps."""

    bpm: Tempo
    first_beat_s: float
    used: int = Field(description="taps that keep the beat")
    dropped: int = Field(description="taps that do not: double, or far off it")
    spread_ms: float = Field(description="mean distance of the used taps from the beat")


class Transcription(Contract):
    """The melody of a recording."""

    version: Literal["1"] = MELODY_VERSION
    kind: Literal["line", "mix"] = Field(
        description="line: one voice or instrument alone; mix: the most salient line of several"
    )
    duration_s: Seconds
    tuning_cents: float = Field(description="of the singer, from A4 = 440 Hz")
    notes: tuple[HeardNote, ...] = Field(max_length=MOST_NOTES, description="in order")
    keys: tuple[KeyCandidate, ...] = Field((), description="most probable first, at most three")
    tempo_bpm: Tempo | None = Field(None, description="of the grid; null where there is none")
    tempo_from: Literal["stated", "tapped", "suggested"] | None = None
    tempi: tuple[TempoSuggestion, ...] = Field((), description="suggestions, most likely first")
    taps: Taps | None = None
    curve: PitchCurve | None = None
    warnings: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for i, (one, other) in enumerate(pairwise(self.notes), 1):
            if other.start_s < one.start_s:
                raise ValueError(f"notes.{i}: start_s {other.start_s} is before that of the last")
        return self

    @property
    def confirmed(self) -> bool:
        """Whether a person has said or tapped the tempo, and every note is on its grid."""
        on_grid = all(note.start_beat is not None for note in self.notes)
        return self.tempo_from in ("stated", "tapped") and on_grid

    @property
    def key(self) -> KeyCandidate | None:
        """The most probable key; None without notes."""
        return self.keys[0] if self.keys else None

    @property
    def melody(self) -> tuple[Note, ...]:
        """For `ConditioningRequest.melody`: on the grid where the tempo was stated or tapped.

        Otherwise as it was sung. The first beat, or the first note where that is earlier, is at 0.
        """
        if self.tempo_bpm is not None and self.confirmed:
            return self._on_grid(self.tempo_bpm)
        first = self.notes[0].start_s if self.notes else 0.0
        return tuple(
            Note(
                start_s=note.start_s - first,
                duration_s=note.end_s - note.start_s,
                pitch=note.pitch,
                velocity=note.velocity,
            )
            for note in self.notes
        )

    def _on_grid(self, bpm: float) -> tuple[Note, ...]:
        return tuple(
            Note(
                start_s=(note.start_beat or 0.0) * 60 / bpm,
                duration_s=(note.beats or 0.25) * 60 / bpm,
                pitch=note.pitch,
                velocity=note.velocity,
            )
            for note in self.notes
        )
