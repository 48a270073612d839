"""Dynamics of a form: builds, crescendi and fades, bar by bar."""

from __future__ import annotations

from generation.sequencer.composition.form import Section

LEVELS: dict[str, tuple[float, float]] = {
    "fade out": (1.0, 0.1), "fade in": (0.1, 1.0), "crescendo": (0.7, 1.0),
    "diminuendo": (1.0, 0.7), "decrescendo": (1.0, 0.7),
}  # fmt: skip
"""Event → factors on velocities where it begins and ends."""


def intensity_at(section: Section, bar: int, following: Section | None) -> float:
    """0 … 1, of bar `bar` of the section: its own, with builds, crescendi and fades.

    The last bar leads to a louder section; a build, or an event of that name, rises to what comes.
    """
    value = section.intensity
    target = following.intensity if following else value
    share = (bar + 1) / section.bars
    names = section.names_at(bar)
    if section.role == "build" or {"build", "crescendo", "rise"} & set(names):
        value += (max(target, value + 0.2) - value) * share
    elif bar == section.bars - 1 and target > value and section.bars > 1:
        value += 0.4 * (target - value)
    elif section.role == "intro" and section.bars > 1:
        value -= 0.1 * (1 - share)
    if "drop" in names:
        value = max(value, 0.9)
    return min(1.0, max(0.0, value))


def level_at(section: Section, bar: int) -> tuple[float, float]:
    """Factors on velocities at the start and end of a bar that fades, swells or dies away."""
    start = end = 1.0
    for event in section.events:
        if event.name in LEVELS and event.first <= bar <= event.last:
            low, high = LEVELS[event.name]
            bars = event.last - event.first + 1
            start *= low + (high - low) * (bar - event.first) / bars
            end *= low + (high - low) * (bar + 1 - event.first) / bars
    return start, end
