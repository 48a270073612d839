"""Players beside rhythm and chords: pads, drones, counter lines, risers, hits, atmospheres.

`play_voice` is the one entry for players of the stems "chords" and "extra".
"""

from __future__ import annotations

from collections.abc import Callable

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.bass import chord_at
from generation.sequencer.composition.comping import comp, nth
from generation.sequencer.composition.patterns import between, let_through, velocity
from generation.sequencer.composition.player import Player
from generation.sequencer.composition.voicing import voiced
from generation.sequencer.score import ScoreNote
from generation.sequencer.styles.entry import Voice

_PAD, _DRONE, _LINE, _EFFECT, _STIR = 66, 60, 72, 88, 56
_STIRRED = 0.55  # density from which held chords are not enough
_ROUND = 4  # bars after which drones and atmospheres begin again
_ARRIVALS = frozenset({"chorus", "drop"})


def play_voice(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    """The notes of one bar; positions from its start, pitches within the player's range.

    Held sounds (drone, riser, atmosphere) last beyond the bar that they begin in.
    """
    if player.stem in bar.silent:
        return []
    if not player.asked and (bar.intensity < voice.enters or not _has_turn(bar, voice)):
        return []
    return _KINDS[voice.kind](bar, player, voice)


def _has_turn(bar: Bar, voice: Voice) -> bool:
    return not voice.roles or bar.label in voice.roles


def _pad(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    notes = []
    reach = (player.low, player.high)
    for chord in bar.chords:
        pitches = voiced(chord, voice.voicing, voice.centre, reach, player.instrument)
        loud = velocity(_PAD * voice.loud, bar)
        notes += [ScoreNote(chord.start, chord.length * voice.gate, p, loud) for p in pitches]
    return notes + _stirred(bar, player, voice)


def _stirred(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    """What a held player of the chords adds where more is asked than the style has: single notes
    of the chord, softly, one after the other.
    """
    if player.stem != "chords":
        return []
    added = between([one.start for one in bar.chords], bar, bar.rng(player.name), start=_STIRRED)
    reach = (player.low, player.high)
    notes = []
    for index, one in enumerate(let_through(added, bar.density)):
        chord = chord_at(bar, one.at)
        pitches = voiced(chord, "close", voice.centre, reach)
        pitch = nth(pitches, index % (len(pitches) + 1) + 1, player.high)
        notes.append(ScoreNote(one.at, one.length * 2, pitch, velocity(_STIR * voice.loud, bar)))
    return notes


def _held(bar: Bar) -> float | None:
    """Length of a sound that is renewed every few bars, if it begins here; quarter notes."""
    if bar.bar_of_section % _ROUND:
        return None
    return min(_ROUND, bar.section_bars - bar.bar_of_section) * bar.quarters


def _drone(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    length = _held(bar)
    if length is None:
        return _stirred(bar, player, voice)
    root = voice.centre - 6 + (bar.tonic - voice.centre + 6) % 12
    inside = [p for p in (root, root + 7) if player.low <= p <= player.high]
    loud = velocity(_DRONE * voice.loud, bar)
    held = [ScoreNote(0.0, length * voice.gate, pitch, loud) for pitch in inside]
    return held + _stirred(bar, player, voice)


def _atmosphere(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    length = _held(bar)
    pitch = min(max(voice.centre, player.low), player.high)
    loud = velocity(_PAD * voice.loud, bar)
    return [] if length is None else [ScoreNote(0.0, length, pitch, loud)]


def _riser(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    """One rise over a build; at the end of any other section, over its last bar."""
    whole = bar.label == "build" or "build" in bar.events
    begins = bar.first if whole else bar.last and bar.section_bars > 1 and bar.label != "outro"
    if not begins or bar.next_chord is None:
        return []
    length = (bar.section_bars if whole else 1) * bar.quarters
    pitch = min(max(voice.centre, player.low), player.high)
    return [ScoreNote(0.0, length, pitch, velocity(_EFFECT * voice.loud, bar))]


def _hit(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    """One stroke where a loud section begins."""
    if not (bar.first and (bar.label in _ARRIVALS or "drop" in bar.events)):
        return []
    pitch = voice.centre - 6 + (bar.tonic - voice.centre + 6) % 12
    pitch = min(max(pitch, player.low), player.high)
    return [ScoreNote(0.0, bar.quarters, pitch, velocity(_EFFECT * voice.loud, bar))]


def _counter(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    """A slow line of chord tones, a note a half-bar or chord, that moves by the smallest step."""
    rng = bar.rng(player.name)
    near = voice.centre + int(rng.integers(-2, 3))
    notes: list[ScoreNote] = []
    for chord in bar.chords:
        parts = 2 if chord.length > bar.quarters * 0.75 and bar.density >= 0.35 else 1
        for part in range(parts):
            own = [p for p in range(player.low, player.high + 1) if p % 12 in chord.pitch_classes]
            near = min(own or [near], key=lambda p: (abs(p - near - 2 * part), p))
            length = chord.length / parts
            loud = velocity(_LINE * voice.loud, bar)
            start = chord.start + part * length
            notes.append(ScoreNote(start, length * voice.gate, near, loud))
    return notes


_KINDS: dict[str, Callable[[Bar, Player, Voice], list[ScoreNote]]] = {
    "comping": comp,
    "arp": comp,
    "pad": _pad,
    "drone": _drone,
    "riser": _riser,
    "hit": _hit,
    "counter": _counter,
    "atmosphere": _atmosphere,
}
