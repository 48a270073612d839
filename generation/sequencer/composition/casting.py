"""Casting: a style's seats are filled with the players that a plan asks for, or the style's own.

An asked player takes the seat of its stem whose own sounds hold its instrument, else the first one
that is still free; further ones bring a chair of their own. What is absent never plays: a seat
falls to its next sound, then to a stand-in, and without one it stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from generation.sequencer.composition.player import Player
from generation.sequencer.plan import STEMS, PartPlan, Plan
from generation.sequencer.styles.entry import Bass, Drums, Lead, StyleEntry, Voice
from generation.sequencer.styles.library import entry as style_entry
from generation.sequencer.synthesis.sounds import sound

Spec = Drums | Bass | Voice | Lead

STAND_INS: dict[str, tuple[str, ...]] = {
    "drums": ("kit_acoustic", "kit_808"),
    "bass": ("electric_bass", "upright_bass", "synth_bass"),
    "chords": ("piano", "electric_piano", "organ", "clean_guitar", "strings", "poly_synth"),
    "lead": ("flute", "piano", "lead_soft", "violin", "clean_guitar", "vibraphone"),
    "extra": (),
}
"""Stem → who sits in when all sounds of a seat are absent."""

_ORDINARY = "pop"  # the style that lends a seat to a player whom the own style has none for
_KIND_OF_FAMILY = {
    "strings": "pad",
    "voice": "pad",
    "synth": "pad",
    "brass": "counter",
    "reed": "counter",
    "wind": "counter",
    "bells": "counter",
    "effect": "riser",
    "atmosphere": "atmosphere",
}
_ROOM = 7  # semitones that a voicing needs on either side of its centre


@dataclass(frozen=True, slots=True)
class Seat:
    """A player and how it plays."""

    player: Player
    spec: Spec


@dataclass(frozen=True, slots=True)
class _Chair:
    stem: str
    spec: Spec
    sounds: tuple[str, ...]


def cast(plan: Plan, entry: StyleEntry) -> tuple[Seat, ...]:
    """Everyone who plays, in the order of STEMS; within a stem the first is the main one."""
    seats: list[Seat] = []
    for stem in STEMS:
        asked = [part for part in plan.parts if part.stem == stem]
        seats += _stem(stem, asked, _chairs(stem, entry), plan.absent)
    return tuple(seats)


def is_absent(instrument: str, absent: Iterable[str]) -> bool:
    """Whether a sound is meant by one of `absent`: its id, its family, its stem, or a word of it
    ("guitar" means every guitar).
    """
    one = sound(instrument)
    words = {instrument, one.family, *instrument.split("_")}
    if one.kit:
        words |= {"drums"} if instrument != "percussion" else set()
    return any(name in words for name in absent)


def _chairs(stem: str, entry: StyleEntry) -> list[_Chair]:
    if stem == "drums":
        return [_Chair(stem, entry.drums, (entry.drums.kit,))] if entry.drums.grooves else []
    if stem == "bass":
        plays = entry.bass.manner != "none"
        return [_Chair(stem, entry.bass, entry.bass.sounds)] if plays else []
    if stem == "lead":
        plays = entry.lead.manner != "none"
        return [_Chair(stem, entry.lead, entry.lead.sounds)] if plays else []
    voices = entry.chords if stem == "chords" else entry.extra
    return [_Chair(stem, voice, voice.sounds) for voice in voices]


def _stem(
    stem: str, asked: Sequence[PartPlan], chairs: list[_Chair], absent: Sequence[str]
) -> list[Seat]:
    if stem in absent:
        return []
    taken: dict[int, PartPlan] = {}
    joining: list[PartPlan] = []
    for part in asked:
        free = [i for i in range(len(chairs)) if i not in taken]
        own = [i for i in free if part.instrument in chairs[i].sounds]
        first = [0] if 0 in free else []
        if own or first:
            taken[(own or first)[0]] = part
        else:
            joining.append(part)
    filled = [
        (chair, taken[i] if i in taken else _own(chair, absent)) for i, chair in enumerate(chairs)
    ]
    filled += [(_joined(stem, part, chairs), part) for part in joining]
    seated = [(chair, part) for chair, part in filled if part is not None]
    return [
        _seat(chair, part, index, asked=part in asked) for index, (chair, part) in enumerate(seated)
    ]


def _own(chair: _Chair, absent: Sequence[str]) -> PartPlan | None:
    """The style's own player of a chair, or who stands in; None when nobody may."""
    free = [name for name in (*chair.sounds, *STAND_INS[chair.stem]) if not is_absent(name, absent)]
    loud = chair.spec.loud if isinstance(chair.spec, Voice) else 1.0
    weight = 0.8 if chair.stem == "lead" else min(1.0, 0.7 * loud)
    return PartPlan(stem=chair.stem, instrument=free[0], weight=weight) if free else None


def _joined(stem: str, part: PartPlan, chairs: Sequence[_Chair]) -> _Chair:
    """A chair for a player beyond those that the style has."""
    own = (part.instrument,)
    if stem == "drums":
        ordinary = chairs[0].spec if chairs else style_entry(_ORDINARY).drums
        return _Chair(stem, ordinary, own)
    if stem == "bass":
        return _Chair(stem, chairs[0].spec if chairs else style_entry(_ORDINARY).bass, own)
    if stem == "lead":
        return _Chair(stem, chairs[0].spec if chairs else style_entry(_ORDINARY).lead, own)
    home = sound(part.instrument)
    kind = _KIND_OF_FAMILY.get(home.family, "comping")
    model = next((chair.spec for chair in chairs if isinstance(chair.spec, Voice)), None)
    model = model or style_entry(_ORDINARY).chords[0]
    voice = replace(
        model, sounds=own, kind=kind, centre=home.centre, enters=0.0, roles=(), loud=0.8
    )
    return _Chair(stem, voice, own)


def _seat(chair: _Chair, part: PartPlan, index: int, asked: bool) -> Seat:
    home = sound(part.instrument)
    low, high = (0, 127) if home.kit else home.range
    player = Player(
        stem=chair.stem,
        name=chair.stem if index == 0 else f"{chair.stem}:{index}",
        instrument=part.instrument,
        low=low,
        high=high,
        weight=part.weight,
        asked=asked,
    )
    return Seat(player, _reached(chair.spec, low, high))


def _reached(spec: Spec, low: int, high: int) -> Spec:
    """The spec moved, by octaves where it is a line, to where the sound can play it."""
    if isinstance(spec, Voice):
        centre = min(max(spec.centre, low + _ROOM), max(low + _ROOM, high - _ROOM))
        return replace(spec, centre=centre)
    if isinstance(spec, Lead):
        return _reached_lead(spec, low, high)
    return spec


def _reached_lead(lead: Lead, low: int, high: int) -> Lead:
    shift = 0
    while lead.high + shift > high and lead.low + shift - 12 >= low - 5:
        shift -= 12
    while lead.low + shift < low and lead.high + shift + 12 <= high + 5:
        shift += 12
    bottom, top = max(low, lead.low + shift), min(high, lead.high + shift)
    if top - bottom < 10:
        bottom, top = low, min(high, low + 24)
    return replace(lead, low=bottom, high=top)
