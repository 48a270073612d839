"""How a piece is laid out in time, as the page shows it: sections, metre, tempo, key, chords."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from schemas.errors import ContractError, InputError

if TYPE_CHECKING:
    from generation.around.keeping import Kept

_LEAST_APART = 9.0
"""Percent of the width below which the name of a section would run into the one before."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section that begins `at` percent of the piece; `name` is empty where there is no room."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Layout:
    """`told` is metre, tempo, key and the first chords, in words."""

    parts: tuple[Part, ...]
    told: str


def layout(kept: Kept) -> Layout | None:
    """None where the engine does not know its notes, or they cannot be read."""
    try:
        midi = kept.midi()
    except (OSError, ContractError):
        return None
    length = kept.result.audio[0].duration_s if kept.result.audio else 0.0
    return None if midi is None or not length else _layout(midi, length)


# A kept file never changes, so that it is read once for all views of its page.
@lru_cache(maxsize=128)
def _layout(midi: bytes, length_s: float) -> Layout | None:
    from generation.sequencer.export.chart import chart

    try:
        found = chart(midi)
    except InputError:
        return None
    parts: list[Part] = []
    free_from = 0.0
    for section in found.sections:
        at = round(100 * section.time_s / length_s, 2)
        if at >= 100:
            break
        parts.append(Part(at, section.text[:24] if at >= free_from else ""))
        free_from = at + _LEAST_APART if parts[-1].name else free_from
    chords = list(dict.fromkeys(chord.text for chord in found.chords))[:6]
    words = [f"{found.beats}/{found.unit}", f"{found.tempo_bpm:.0f} BPM", found.key]
    words += [" ".join(chords)] if chords else []
    return Layout(tuple(parts), " · ".join(word for word in words if word))
