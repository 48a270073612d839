"""The block of the page that takes recordings, as its templates read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.melody import Transcription
from schemas.report import FileReport
from service.operations import Heard
from service.web.generate import hearing, hearing_drawing
from service.web.generate.hearing_drawing import Roll, Wish

_SAME = 0.01
_MOST_CARRIED = 40
"""Other fields of the page that a recording's form carries along, for a page without scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`kept` goes with every form of the block, `used` with the prompt; both (name, value).

    `tempi` are (BPM, share as words), the chosen one first; `listed`: whether notes are shown one
    by one.
    """

    heard: Heard
    melody: Transcription | None
    like: FileReport | None
    trouble: str
    kept: tuple[tuple[str, str], ...]
    used: tuple[tuple[str, str], ...]
    packed_melody: str
    packed_like: str
    tempi: tuple[tuple[float, str], ...]
    listed: bool
    told: Callable[[Transcription], str] = hearing_drawing.told
    wishes: Callable[[FileReport], tuple[Wish, ...]] = hearing_drawing.wishes
    roll: Callable[[Transcription], Roll] = hearing_drawing.roll


def block(given: Mapping[str, str]) -> Block:
    """The block of a form's fields."""
    now = hearing.hearing(given)
    held = now.fields()
    used = tuple((name, held[name]) for name in (hearing.MELODY, hearing.LIKE) if name in held)
    others = tuple(
        (name, value)
        for name, value in given.items()
        if name not in (*hearing.FIELDS, hearing.TROUBLE) and value
    )
    return Block(
        heard=now.heard,
        melody=now.melody,
        like=now.like,
        trouble=now.trouble,
        kept=(*used, *others[:_MOST_CARRIED]),
        used=used,
        packed_melody=held.get(hearing.PENDING_MELODY, ""),
        packed_like=held.get(hearing.PENDING_LIKE, ""),
        tempi=() if now.melody is None else _tempi(now.melody),
        listed=now.melody is not None and len(now.melody.notes) <= hearing.MOST_SHOWN,
    )


def _share(confidence: float) -> str:
    return f"{confidence:.0%}" if confidence >= 0.005 else ""


def _tempi(found: Transcription) -> tuple[tuple[float, str], ...]:
    """The tempo of the grid, then the suggestions that are another."""
    shares = [(tempo.bpm, _share(tempo.confidence)) for tempo in found.tempi]
    if found.tempo_bpm is None:
        return tuple(shares)
    how = {"tapped": "tapped", "stated": "chosen"}.get(found.tempo_from or "", "")
    now = next((pair for pair in shares if pair[0] == found.tempo_bpm), (found.tempo_bpm, how))
    others = [pair for pair in shares if abs(pair[0] / now[0] - 1) > _SAME]
    return (now, *others)
