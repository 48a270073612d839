"""Patterns as text, one sign a step: "X...x..." is a bar of eight steps with two hits.

A bar has as many steps as it is written with, evenly spread over its length, so that 16 signs are
semiquavers of 4/4 and 12 are its quaver triplets. Spaces are for the eye, "|" ends a bar, "." rests
and "-" holds the sign before it.
"""

from __future__ import annotations

from generation.sequencer.styles.pattern import Pattern, Step

DRUM_SIGNS = "Xxogrtq"
BASS_SIGNS = "12345678nxal"
CHORD_SIGNS = "Xxomdub123456Nn"

DRUM_KEYS: dict[str, int] = {
    "kick": 36, "kick2": 35, "snare": 38, "snare2": 40, "rim": 37, "clap": 39, "hat": 42,
    "pedal": 44, "open": 46, "crash": 49, "crash2": 57, "ride": 51, "ride2": 59, "bell": 53,
    "china": 52, "splash": 55, "tom1": 50, "tom2": 47, "tom3": 43, "tom4": 41, "tambourine": 54,
    "cowbell": 56, "bongo1": 60, "bongo2": 61, "conga_mute": 62, "conga1": 63, "conga2": 64,
    "timbale1": 65, "timbale2": 66, "agogo1": 67, "agogo2": 68, "cabasa": 69, "maracas": 70,
    "whistle": 71, "guiro": 73, "guiro_long": 74, "claves": 75, "block1": 76, "block2": 77,
    "cuica_mute": 78, "cuica": 79, "triangle_mute": 80, "triangle": 81, "shaker": 82,
    "surdo_mute": 86, "surdo": 87,
}  # fmt: skip
"""Voice of a groove → General MIDI (level 2) drum key."""


def read_pattern(text: str, bar_quarters: float, signs: str) -> Pattern:
    """The pattern that `text` writes down; `signs` are those that the player knows.

    Raises
    ------
    ValueError
        When a sign is unknown, bars have different numbers of steps, or a hold holds nothing.
    """
    bars = ["".join(bar.split()) for bar in text.split("|")]
    counts = {len(bar) for bar in bars}
    if counts == {0} or len(counts) != 1:
        raise ValueError(f"{text!r}: bars of {sorted(counts)} steps; valid is one number above 0")
    if unknown := sorted(set("".join(bars)) - set(signs) - set(".-")):
        raise ValueError(f"{text!r}: unknown sign {unknown[0]!r}; valid are {signs} . -")
    grid = bar_quarters / len(bars[0])
    steps: list[Step] = []
    for index, sign in enumerate("".join(bars)):
        if sign == "-":
            steps[-1:] = [_held(steps, index, grid, text)]
        elif sign != ".":
            steps.append(Step(index * grid, grid, sign))
    return Pattern(text, bar_quarters, len(bars), grid, tuple(steps))


def _held(steps: list[Step], index: int, grid: float, text: str) -> Step:
    if not steps or abs(steps[-1].at + steps[-1].length - index * grid) > 1e-9:
        raise ValueError(f"{text!r}: step {index + 1} is a hold after a rest; write the note first")
    last = steps[-1]
    return Step(last.at, last.length + grid, last.symbol)


def quarters(metre: str) -> float:
    """Length of a bar of `metre` ("6/8": 3.0), quarter notes. Raises ValueError when it is none."""
    beats, slash, unit = metre.partition("/")
    if not (slash and beats.isdigit() and unit in {"2", "4", "8", "16"} and int(beats) > 0):
        raise ValueError(f"metre {metre!r}; valid is as in 4/4, 6/8")
    return int(beats) * 4 / int(unit)
