"""Sections that were asked for, laid into the form of the style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from generation.sequencer.composition.fitting import FormPart, fit
from generation.sequencer.composition.form import role_of
from generation.sequencer.controlling.asking import asked_value
from generation.sequencer.plan import SectionPlan
from generation.sequencer.planning.key_choice import scale_of
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.timing import FASTEST_BPM, SLOWEST_BPM
from generation.sequencer.styles.entry import StyleEntry
from schemas.conditioning import ConditioningRequest, FeatureCondition, Section
from schemas.parts import Event


@dataclass(frozen=True, slots=True)
class Frame:
    """What a layout must fit: bars in all, seconds a bar, and whether it opens and closes."""

    bars: int
    bar_s: float
    ends: bool


def plan_sections(
    request: ConditioningRequest, entry: StyleEntry, frame: Frame, log: Log
) -> tuple[SectionPlan, ...]:
    """Sections that fill `frame.bars` exactly; empty where none was asked: the style decides.

    Where every section has its place or length they follow each other as asked. Otherwise each
    is laid over the section of its label in the style's form, nearest to its place.
    """
    if not request.sections:
        return ()
    placed = [s for s in request.sections if s.bars or s.start_s is not None]
    if len(placed) == len(request.sections) and (len(placed) > 1 or placed[0].bars):
        return _in_turn(placed, frame, log)
    base = _form(entry, frame)
    for section in request.sections:
        base = _laid_over(base, section, frame, log)
    return tuple(base)


def stated_bars(sections: Sequence[Section]) -> int | None:
    """Bars of all sections together, where each states them."""
    bars = [section.bars for section in sections]
    return sum(b for b in bars if b) if bars and all(bars) else None


def _in_turn(sections: Sequence[Section], frame: Frame, log: Log) -> tuple[SectionPlan, ...]:
    ordered = sorted(sections, key=lambda s: s.start_s or 0.0) if all(
        s.start_s is not None for s in sections
    ) else list(sections)  # fmt: skip
    lengths = []
    for index, section in enumerate(ordered):
        after = ordered[index + 1].start_s if index + 1 < len(ordered) else None
        until = frame.bars * frame.bar_s if after is None else after
        spans = max(1, round((until - (section.start_s or 0.0)) / frame.bar_s))
        lengths.append(section.bars or spans)
    plans = [_plan(s, n, frame, log) for s, n in zip(ordered, lengths, strict=True)]
    return tuple(_filling(plans, frame.bars, set()))


def _form(entry: StyleEntry, frame: Frame) -> list[SectionPlan]:
    written = [FormPart(s.label, s.bars, s.intensity) for s in entry.form.sections]
    details = {s.label: s for s in reversed(entry.form.sections)}
    return [
        SectionPlan(
            label=part.label,
            bars=part.bars,
            intensity=part.intensity,
            absent=details[part.label].silent,
            events=tuple(Event(name=name) for name in details[part.label].events),
        )
        for part in fit(written, frame.bars, frame.bar_s, ends=frame.ends, hook=entry.form.hook)
    ]


def _laid_over(
    base: list[SectionPlan], section: Section, frame: Frame, log: Log
) -> list[SectionPlan]:
    centres = _centres(base)
    role = role_of(section.label)
    same = [i for i, one in enumerate(base) if role_of(one.label) == role]
    place = section.position
    if place is None and section.start_s is not None:
        place = section.start_s / (frame.bars * frame.bar_s)
    if not same:
        wanted = 0.5 if place is None else place
        same = [min(range(len(base)), key=lambda i: abs(centres[i] - wanted))]
    elif place is not None and len(same) > 1:
        same = [min(same, key=lambda i: abs(centres[i] - place))]
    found = list(base)
    for i in same:
        asked = _plan(section, section.bars or base[i].bars, frame, log)
        intensity = base[i].intensity if asked.intensity is None else asked.intensity
        absent = tuple(dict.fromkeys((*base[i].absent, *asked.absent)))
        playing = {one.id for one in section.instruments if one.presence != "absent"}
        silent = tuple(name for name in absent if name not in playing)
        found[i] = replace(asked, intensity=intensity, absent=silent)
    return _filling(found, frame.bars, set(same)) if section.bars else found


def _centres(sections: Sequence[SectionPlan]) -> list[float]:
    total, passed, centres = sum(s.bars for s in sections), 0.0, []
    for section in sections:
        centres.append((passed + section.bars / 2) / total)
        passed += section.bars
    return centres


def _filling(sections: list[SectionPlan], bars: int, fixed: set[int]) -> list[SectionPlan]:
    """Lengthened, shortened or cut off until they sum to `bars`; `fixed` ones last of all."""
    found = sections[:bars]
    while (missing := bars - sum(s.bars for s in found)) != 0:
        free = [i for i in range(len(found)) if i not in fixed] or list(range(len(found)))
        index = max(free, key=lambda i: (found[i].bars, i))
        length = max(1, found[index].bars + missing)
        if length == found[index].bars:  # all free ones are down to a bar
            fixed = set()
            index = max(range(len(found)), key=lambda i: found[i].bars)
            length = max(1, found[index].bars + missing)
        found[index] = replace(found[index], bars=length)
    return found


def _plan(section: Section, bars: int, frame: Frame, log: Log) -> SectionPlan:
    tempo = section.tempo_bpm
    if tempo is not None and not SLOWEST_BPM <= tempo <= FASTEST_BPM:
        tempo = min(max(tempo, SLOWEST_BPM), FASTEST_BPM)
        log.note(f"section {section.label}: tempo {section.tempo_bpm:g} BPM → {tempo:g} BPM")
    if section.time_signature is not None:
        log.ignore(f"section {section.label}: time_signature (one metre through the piece)")
    if section.vocals is not None and section.vocals.mode in ("on", "spoken"):
        log.ignore(f"section {section.label}: vocals (it does not sing)")
    key = section.key
    mode = None if key is None else key.mode or "major"
    return SectionPlan(
        label=section.label,
        bars=bars,
        tonic=None if key is None else key.pitch_class,
        scale=scale_of(key, mode) if key is not None and mode is not None else None,
        tempo_bpm=tempo,
        intensity=_intensity(section.features, section.label, log),
        absent=tuple(i.id for i in section.instruments if i.presence == "absent"),
        events=section.events,
    )


def _intensity(features: dict[str, FeatureCondition], label: str, log: Log) -> float | None:
    """How hard a section is played: its energy; other features of a section are not set."""
    for name in sorted(set(features) - {"energy", "tempo_bpm"}):
        log.ignore(f"section {label}: {name}")
    return asked_value(features["energy"]) if "energy" in features else None
