"""Chords as an instrument plays them: which pitches, how close, where.

Voicings lie as near as can be to a centre, whatever came before. Two that lie around one centre are
near each other, so parts move little from chord to chord, and a bar drawn anew never changes how
its neighbours are voiced.
"""

from __future__ import annotations

from functools import lru_cache

from generation.sequencer.score import ScoreChord

LOWEST_CLOSE = 52
"""E3: thirds and seconds lower than this are mud."""

TUNINGS: dict[str, tuple[int, ...]] = {
    "ukulele": (60, 64, 67, 69),
    "mandolin": (55, 62, 69, 76),
    "banjo": (50, 55, 59, 62),
    "": (40, 45, 50, 55, 59, 64),
}
"""Open strings; "" is the guitar's."""

_FRETS = 4  # that a hand spans
_NECK = 9  # highest position


def voiced(
    chord: ScoreChord, kind: str, centre: int, reach: tuple[int, int], instrument: str = ""
) -> tuple[int, ...]:
    """MIDI pitches of a chord, ascending, all within `reach` (lowest, highest).

    `kind` is one of styles.entry.Voicing.
    """
    classes = chord.pitch_classes
    return _voiced(classes, kind, centre, reach, instrument if instrument in TUNINGS else "")


@lru_cache(maxsize=16384)
def _voiced(
    classes: tuple[int, ...], kind: str, centre: int, reach: tuple[int, int], strings: str
) -> tuple[int, ...]:
    root = classes[0]
    if kind == "guitar" or (strings and kind != "single"):
        found = _strummed(classes, TUNINGS[strings], reach)
        if found:
            return found
    if kind in {"power", "octaves", "single"}:
        low = _near(root, centre, reach)
        steps = {"power": (0, _fifth(classes), 12), "octaves": (0, 12), "single": (0,)}[kind]
        return tuple(low + step for step in steps if low + step <= reach[1])
    members = {"shell": _shell, "quartal": _quartal}.get(kind, _full)(classes)
    close = _close(members, centre, reach)
    return _dropped(close, reach) if kind == "open" else close


def _near(pitch_class: int, centre: int, reach: tuple[int, int]) -> int:
    inside = [p for p in range(reach[0], reach[1] + 1) if p % 12 == pitch_class]
    return min(inside or [centre], key=lambda pitch: (abs(pitch - centre), pitch))


def _fifth(classes: tuple[int, ...]) -> int:
    steps = {(pc - classes[0]) % 12 for pc in classes}
    return next((step for step in (7, 6, 8) if step in steps), 7)


def _full(classes: tuple[int, ...]) -> tuple[int, ...]:
    """At most four: of a bigger chord the fifth goes first, then the root."""
    members = list(dict.fromkeys(classes))
    for gone in ((classes[0] + _fifth(classes)) % 12, classes[0]):
        if len(members) > 4 and gone in members:
            members.remove(gone)
    return tuple(members[:4])


def _shell(classes: tuple[int, ...]) -> tuple[int, ...]:
    """Without the root: third, seventh and what is above; a triad stays whole."""
    if len(classes) < 4:
        return classes
    above = [pc for pc in classes[1:] if (pc - classes[0]) % 12 != _fifth(classes)]
    return tuple(above) if len(above) > 2 else classes[1:]


def _quartal(classes: tuple[int, ...]) -> tuple[int, ...]:
    """Three notes a fourth apart: root, fourth, seventh; of a major chord third, sixth, ninth."""
    major = (classes[0] + 4) % 12 in classes and (classes[0] + 10) % 12 not in classes
    return tuple((classes[0] + step) % 12 for step in ((4, 9, 14) if major else (0, 5, 10)))


def _close(members: tuple[int, ...], centre: int, reach: tuple[int, int]) -> tuple[int, ...]:
    """The inversion whose mean lies nearest to `centre`, none of it below LOWEST_CLOSE."""
    floor = max(reach[0], min(LOWEST_CLOSE, reach[1] - 12))
    best: tuple[int, ...] = ()
    for low in range(floor, reach[1] + 1):
        if low % 12 not in members:
            continue
        chord = tuple(sorted(low + (pc - low) % 12 for pc in members))
        if chord[-1] <= reach[1] and (not best or _off(chord, centre) < _off(best, centre)):
            best = chord
    return best or (_near(members[0], centre, reach),)


def _off(chord: tuple[int, ...], centre: int) -> float:
    return abs(sum(chord) / len(chord) - centre)


def _dropped(close: tuple[int, ...], reach: tuple[int, int]) -> tuple[int, ...]:
    """Drop 2: the second voice from above an octave lower, where the instrument has it."""
    if len(close) < 3 or close[-2] - 12 < max(reach[0], 43):
        return close
    return tuple(sorted((*close[:-2], close[-2] - 12, close[-1])))


def _strummed(
    classes: tuple[int, ...], strings: tuple[int, ...], reach: tuple[int, int]
) -> tuple[int, ...]:
    """The lowest position on the neck where a hand gets all of the chord, its root lowest."""
    wanted = set(_full(classes)) if len(strings) > 4 else set(_full(classes)[: len(strings)])
    best: tuple[int, ...] = ()
    for position in range(_NECK + 1):
        chord = _gripped(classes[0], wanted, strings, position)
        chord = tuple(pitch for pitch in chord if reach[0] <= pitch <= reach[1])
        got = {pitch % 12 for pitch in chord}
        if got == wanted:
            return chord
        if len(got) > len({pitch % 12 for pitch in best}):
            best = chord
    return best if {pitch % 12 for pitch in best} >= {classes[0]} else ()


def _gripped(
    root: int, wanted: set[int], strings: tuple[int, ...], position: int
) -> tuple[int, ...]:
    """A note a string, missing members first; the root lowest, on four strings any."""
    found: list[int] = []
    missing = set(wanted)
    for string in strings:
        frets = [string + fret for fret in range(position, position + _FRETS)]
        frets = [string, *frets] if position else frets
        allowed = wanted if found or len(strings) == 4 else {root}
        fitting = [pitch for pitch in frets if pitch % 12 in allowed and pitch not in found]
        if fitting:
            new = [pitch for pitch in fitting if pitch % 12 in missing] or fitting
            found.append(new[0])
            missing.discard(new[0] % 12)
    return tuple(sorted(found))
