"""Casting: a style's seats are filled with the players that a plan asks for, or the style's own.

An asked player takes the seat of its stem whose own sounds hold its instrument, else the first one
that is still free; further ones bring a chair of their own. What is absent never plays: a seat
falls to its next sound, then to a stand-in, and without one it stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from generation.sequencer.composition.bars import generator
from generation.sequencer.composition.form import Section
from generation.sequencer.composition.player import Player
from generation.sequencer.plan import STEMS, PartPlan, Plan
from generation.sequencer.styles.entry import Bass, Drums, Lead, StyleEntry, Voice
from generation.sequencer.styles.library import entry as style_entry
from generation.sequencer.synthesis.sounds import sound, sounds

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
_Kind = Literal["comping", "pad", "riser", "counter", "atmosphere"]
_KIND_OF_FAMILY: dict[str, _Kind] = {
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
_SHORT_NAMES = {"sax": "saxophone", "keys": "electric_piano", "keyboard": "electric_piano",
    "keyboards": "electric_piano", "drum": "drums", "vibes": "vibraphone",
    "synthesizer": "synth", "strings section": "strings"}  # fmt: skip
_SOLO_SOUNDS = {"guitar": "lead_guitar", "electric guitar": "lead_guitar", "synth": "lead_saw"}
_FAVOURED = 0.5  # share of pieces in which a seat's first sound plays
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


def cast(plan: Plan, entry: StyleEntry, sections: Sequence[Section]) -> tuple[Seat, ...]:
    """Everyone who plays, in the order of STEMS; within a stem the first is the main one.

    A solo of an instrument that does not lead already brings it along.
    """
    seats: list[Seat] = []
    for stem in STEMS:
        asked = [part for part in plan.parts if part.stem == stem]
        chairs = [_liked(plan, one, i) for i, one in enumerate(_chairs(stem, entry))]
        seats += _stem(stem, asked, chairs, plan.absent)
        if stem == "lead":
            seats += _soloists(seats, entry, sections)
    return tuple(seats)


def _soloists(seats: Sequence[Seat], entry: StyleEntry, sections: Sequence[Section]) -> list[Seat]:
    leads = [seat.player.instrument for seat in seats if seat.player.stem == "lead"]
    brought: list[Seat] = []
    for name in solos(sections):
        if any(means(name, instrument) for instrument in leads):
            continue
        sounding = [seat.player.instrument for seat in seats if means(name, seat.player.instrument)]
        own = _SOLO_SOUNDS.get(name) or _SHORT_NAMES.get(name, name).replace(" ", "_")
        instrument = next((one for one in (own, *sounding) if one in sounds()), None)
        if instrument is None or sound(instrument).kit:
            continue
        spec = entry.lead if entry.lead.manner != "none" else style_entry(_ORDINARY).lead
        part = PartPlan(stem="lead", instrument=instrument, weight=0.9)
        index = len(leads) + len(brought)
        seat = _seat(_Chair("lead", spec, (instrument,)), part, index, asked=True)
        brought.append(replace(seat, player=replace(seat.player, soloist=True)))
    return brought


def means(name: str, instrument: str) -> bool:
    """Whether `name` is a word for the sound `instrument`: its id, its family, its stem's word
    "drums", or a word of its id ("guitar" means every guitar, "sax" every saxophone).
    """
    one = sound(instrument)
    wanted = _SHORT_NAMES.get(name, name).replace(" ", "_")
    words = {instrument, one.family, *instrument.split("_")}
    if one.kit and instrument != "percussion":
        words.add("drums")
    return wanted in words or (wanted == "saxophone" and "sax" in words)


def is_absent(instrument: str, absent: Iterable[str]) -> bool:
    """Whether a sound is meant by one of `absent`."""
    return any(means(name, instrument) for name in absent)


def solos(sections: Sequence[Section]) -> tuple[str, ...]:
    """Instruments of which a section's label or event asks for a solo, each once."""
    names = [one.name for section in sections for one in section.events]
    wanted = [name.removesuffix("solo").strip() for name in names if name.endswith("solo")]
    return tuple(dict.fromkeys(name for name in wanted if name))


def _liked(plan: Plan, chair: _Chair, index: int) -> _Chair:
    """The chair with the sound that this piece likes first: mostly the style's first."""
    rng = generator(plan, f"{chair.stem}:sound", index)
    if len(chair.sounds) < 2 or float(rng.random()) < _FAVOURED:
        return chair
    likes = chair.sounds[1 + int(rng.integers(len(chair.sounds) - 1))]
    others = (name for name in chair.sounds if name != likes)
    return replace(chair, sounds=(likes, *others))


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
    kind: _Kind = _KIND_OF_FAMILY.get(home.family, "comping")
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
