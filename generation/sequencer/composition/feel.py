"""Half-time and double-time: the drums go at half or twice the pace that all else keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.player import PlayBar
from generation.sequencer.score import ScoreNote


def felt(play: PlayBar, feel: Literal["half-time", "double-time"] | None) -> PlayBar:
    """A drummer's `play` at that feel."""
    if feel == "half-time":
        return lambda bar: _half(play, bar)
    if feel == "double-time":
        return lambda bar: _double(play, bar)
    return play


def _half(play: PlayBar, bar: Bar) -> list[ScoreNote]:
    """Half of a bar that takes two: the first in even bars of the section, the second in odd."""
    place, second = divmod(bar.bar_of_section, 2)
    slow = replace(bar, bar_of_section=place, section_bars=(bar.section_bars + 1) // 2)
    begins = bar.quarters / 2 * second
    return [
        replace(note, start=2 * (note.start - begins), length=2 * note.length)
        for note in play(slow)
        if begins <= note.start < begins + bar.quarters / 2
    ]


def _double(play: PlayBar, bar: Bar) -> list[ScoreNote]:
    """Two bars in the time of one."""
    notes: list[ScoreNote] = []
    for half in (0, 1):
        fast = replace(
            bar, bar_of_section=2 * bar.bar_of_section + half, section_bars=2 * bar.section_bars
        )
        notes += [
            replace(note, start=note.start / 2 + half * bar.quarters / 2, length=note.length / 2)
            for note in play(fast)
        ]
    return notes
