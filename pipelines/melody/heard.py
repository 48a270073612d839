"""What was heard in a recording: notes as they were sung, before key, tempo and grid."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("auto", "line", "mix")
LONGEST_S = 600.0


@dataclass(frozen=True, slots=True)
class Sung:
    """One note as it was sung.

    Attributes
    ----------
    start_s, end_s : float
    semitone : int
        In the singer's tuning: what is meant.
    pitch : float
        What sounded, as fractional MIDI number at A4 = 440 Hz.
    level_db : float
        Of its loud part, dBFS.
    confidence : float
        0 … 1: how surely its frames are voiced, times how steadily they keep to the semitone.
    """

    start_s: float
    end_s: float
    semitone: int
    pitch: float
    level_db: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """The notes of a recording; `kind` is line or mix, `tuning` in semitones from A4 = 440 Hz.

    `curve` is what sounded every `hop_s` seconds, as fractional MIDI numbers, None without a pitch:
    coarse, for a drawing.
    """

    kind: str
    duration_s: float
    tuning: float
    notes: tuple[Sung, ...]
    hop_s: float = 0.0
    curve: tuple[float | None, ...] = ()
