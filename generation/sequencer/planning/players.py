"""Who plays: instruments that are wanted, in front or left out, as players of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from generation.sequencer.plan import PartPlan
from generation.sequencer.planning.log import Log
from generation.sequencer.styles.entry import StyleEntry
from generation.sequencer.synthesis.sounds import sounds
from schemas.parts import Instrument

PRESENT, PROMINENT = 0.75, 1.0
_SINGERS = frozenset({"vocals", "voice", "singer", "rap"})
_OTHER_NAMES = {
    "sax": "saxophone", "cellos": "cello", "horns": "brass", "horn": "french_horn",
    "keys": "piano", "keyboard": "piano", "synthesizer": "synth", "vibes": "vibraphone",
    "double_bass": "upright_bass",
}  # fmt: skip


def choose_players(
    instruments: Sequence[Instrument], entry: StyleEntry, log: Log
) -> tuple[tuple[PartPlan, ...], tuple[str, ...]]:
    """(players asked for, ids that play nowhere); the style's own players are not listed.

    A prominent melodic instrument takes the lead; one that is merely present plays where it is at
    home. What has no sound here is in the log.
    """
    absent = tuple(sorted({_id(i) for i in instruments if i.presence == "absent"}))
    parts: list[PartPlan] = []
    for wanted in sorted(instruments, key=lambda i: i.presence != "prominent"):
        if wanted.presence == "absent":
            continue
        if wanted.id in _SINGERS:
            log.ignore(f"instrument {wanted.id}: it does not sing")
        elif _id(wanted) not in sounds():
            log.ignore(f"instrument {wanted.id}: there is no sound for it")
        else:
            parts += _players(_id(wanted), wanted.presence == "prominent", parts, entry)
    return tuple(parts), absent


def _id(instrument: Instrument) -> str:
    return _OTHER_NAMES.get(instrument.id, instrument.id)


def _players(
    sound: str, prominent: bool, before: Sequence[PartPlan], entry: StyleEntry
) -> list[PartPlan]:
    """The part of one sound; none where the style's own player is what was meant."""
    weight = PROMINENT if prominent else PRESENT
    stem = sounds()[sound].stem
    if stem == "drums":
        return _drummers(sound, weight, entry)
    if sound == "bass":
        own = entry.bass.manner != "none" and bool(entry.bass.sounds)
        return [PartPlan(stem="bass", instrument=entry.bass.sounds[0] if own else sound,
                         weight=weight)]  # fmt: skip
    led = any(part.stem == "lead" for part in before)
    if prominent and not led and stem in ("chords", "extra"):
        stem = "lead"
    return [PartPlan(stem=stem, instrument=sound, weight=weight)]


def _drummers(sound: str, weight: float, entry: StyleEntry) -> list[PartPlan]:
    kit = entry.drums.kit
    if sound == "percussion":
        return [PartPlan(stem="drums", instrument=kit, weight=weight),
                PartPlan(stem="drums", instrument=sound, weight=weight)]  # fmt: skip
    return [PartPlan(stem="drums", instrument=kit if sound == "drums" else sound, weight=weight)]
