"""Form: a plan and a style become sections of whole bars, and what holds in each bar of them.

Stated sections are honoured bar for bar; else the style's own form is fitted into the length
(`fitting`). A label of a request may be anything ("guitar solo", "pre-chorus"); `role` is the one
of styles.entry.ROLES whose material the section plays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from generation.sequencer.composition.fitting import FormPart, fit
from generation.sequencer.plan import STEMS, Plan, SectionPlan
from generation.sequencer.styles.entry import ROLES, StyleEntry
from schemas.parts import Event

OTHER_LABELS: dict[str, str] = {
    "hook": "chorus", "refrain": "chorus", "theme": "chorus", "head": "chorus", "main": "chorus",
    "pre-chorus": "build", "prechorus": "build", "pre": "build", "rise": "build",
    "riser": "build", "buildup": "build", "build-up": "build", "post-chorus": "chorus",
    "breakdown": "break", "interlude": "break", "middle": "bridge", "middle eight": "bridge",
    "middle 8": "bridge", "end": "outro", "ending": "outro", "coda": "outro", "close": "outro",
    "opening": "intro", "start": "intro", "introduction": "intro", "a": "verse", "b": "chorus",
    "c": "bridge", "groove": "verse", "jam": "solo", "turnaround": "verse", "tag": "outro",
}  # fmt: skip
"""What people call sections → one of ROLES."""

USUAL_INTENSITY: dict[str, float] = {
    "intro": 0.4, "verse": 0.55, "chorus": 0.8, "bridge": 0.55, "solo": 0.7, "break": 0.35,
    "build": 0.6, "drop": 0.9, "outro": 0.45,
}  # fmt: skip

_USUAL_PLAN = 0.6  # Plan.intensity at which sections are as loud as the style has them
_LONGEST_LOOP_OPENING = 32  # bars; a longer loop has room for an intro
_KEY_CHANGES = {"key change", "modulation", "truck driver modulation"}
_RESTING = {
    "break": ("drums", "bass"),
    "breakdown": ("drums", "bass"),
    "drum solo": ("bass", "chords", "lead", "extra"),
    "drums solo": ("bass", "chords", "lead", "extra"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event in the bars `first` … `last` of its section, both counted from 0."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the piece; `occurrence` counts earlier ones of the same role."""

    label: str
    role: str
    first_bar: int
    bars: int
    occurrence: int
    intensity: float
    tonic: int
    scale: str
    tempo_bpm: float
    silent: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()
    events: tuple[Happening, ...] = ()

    @property
    def end_bar(self) -> int:
        return self.first_bar + self.bars

    def names_at(self, bar: int) -> tuple[str, ...]:
        """Names of the events in bar `bar` of the section."""
        return tuple(one.name for one in self.events if one.first <= bar <= one.last)


def role_of(label: str) -> str:
    """The role of a section that someone called `label`; "verse" when nothing fits."""
    plain = label.strip().lower().rstrip("0123456789 ").strip()
    plain = plain or label.strip().lower()
    if plain in ROLES:
        return plain
    if plain in OTHER_LABELS:
        return OTHER_LABELS[plain]
    words = plain.replace("-", " ").split()
    known = [word for word in words if word in ROLES] + [
        OTHER_LABELS[word] for word in words if word in OTHER_LABELS and len(word) > 1
    ]
    return known[-1] if known else "verse"


def sections(
    plan: Plan,
    entry: StyleEntry,
    scales: Mapping[str, str],
    cycles: Mapping[str, int],
    tune_bars: int = 0,
) -> tuple[Section, ...]:
    """The sections of the piece: `plan.bars` bars in all.

    `scales` tells how a scale of the plan is read in this style; `cycles` tells by label after how
    many bars its harmony comes round; `tune_bars` is the length of a given melody, for hooks to
    hold.
    """
    if tune_bars:
        cycles = {
            label: tune_bars if role_of(label) in {"chorus", "drop"} else bars
            for label, bars in cycles.items()
        }
    if plan.sections:
        drafts = [_asked(one, plan, scales) for one in _filling(plan)]
    else:
        drafts = _written(plan, entry, scales[plan.scale], cycles, tune_bars)
    return _raised(_placed(drafts), plan)


def _filling(plan: Plan) -> list[SectionPlan]:
    """The stated sections; what `plan.bars` has beyond them goes to the last, what it lacks is cut
    from the end.
    """
    filled: list[SectionPlan] = []
    left = plan.bars
    for one in plan.sections:
        if left > 0:
            filled.append(replace(one, bars=min(one.bars, left)))
            left -= filled[-1].bars
    if left > 0:
        filled[-1] = replace(filled[-1], bars=filled[-1].bars + left)
    return filled


def _asked(one: SectionPlan, plan: Plan, scales: Mapping[str, str]) -> Section:
    role = role_of(one.label)
    tempo = one.tempo_bpm or plan.tempo_bpm
    usual = _loud(USUAL_INTENSITY[role], plan.intensity)
    bar_s = plan.beats * 4 / plan.unit * 60 / tempo
    events = tuple(_happening(event, one.bars, bar_s) for event in one.events)
    called = one.label.strip().lower()
    if called.endswith(" solo"):
        events += (Happening(name=called, first=0, last=one.bars - 1),)
    stems = frozenset(name for name in one.absent if name in STEMS)
    return Section(
        label=one.label,
        role=role,
        first_bar=0,
        bars=one.bars,
        occurrence=0,
        intensity=usual if one.intensity is None else one.intensity,
        tonic=plan.tonic if one.tonic is None else one.tonic % 12,
        scale=scales[one.scale or plan.scale],
        tempo_bpm=tempo,
        silent=stems,
        absent=tuple(name for name in one.absent if name not in stems),
        events=events,
    )


def _happening(event: Event, bars: int, bar_s: float) -> Happening:
    """The bars of an event whose start counts in seconds from its section."""
    first = 0 if event.start_s is None else min(bars - 1, round(event.start_s / bar_s))
    if event.duration_s is None:
        return Happening(name=event.name.strip().lower(), first=first, last=bars - 1)
    length = max(1, round(event.duration_s / bar_s))
    return Happening(
        name=event.name.strip().lower(), first=first, last=min(bars - 1, first + length - 1)
    )


def _written(
    plan: Plan, entry: StyleEntry, scale: str, cycles: Mapping[str, int], tune_bars: int
) -> list[Section]:
    """The style's form in `plan.bars` bars."""
    bar_s = plan.beats * 4 / plan.unit * 60 / plan.tempo_bpm
    parts = [
        FormPart(
            one.label,
            one.bars,
            one.intensity,
            cycles.get(one.label, 4),
            tune_bars if role_of(one.label) in {"chorus", "drop"} else 0,
        )
        for one in entry.form.sections
    ]
    ends = plan.ending == "end" or (plan.ending == "loop" and plan.bars > _LONGEST_LOOP_OPENING)
    written = {one.label: one for one in reversed(entry.form.sections)}
    return [
        Section(
            label=part.label,
            role=role_of(part.label),
            first_bar=0,
            bars=part.bars,
            occurrence=0,
            intensity=_loud(part.intensity, plan.intensity),
            tonic=plan.tonic,
            scale=scale,
            tempo_bpm=plan.tempo_bpm,
            silent=frozenset(written[part.label].silent),
            events=tuple(
                Happening(name=name, first=0, last=part.bars - 1)
                for name in written[part.label].events
            ),
        )
        for part in fit(parts, plan.bars, bar_s, ends=ends, hook=entry.form.hook)
    ]


def _loud(written: float, asked: float) -> float:
    """A section's intensity when the whole piece is asked to be `asked` intense.

    The written one is moved towards 0 or 1, so that sections keep their order.
    """
    if asked <= _USUAL_PLAN:
        return written * asked / _USUAL_PLAN
    return written + (1 - written) * (asked - _USUAL_PLAN) / (1 - _USUAL_PLAN)


def _placed(drafts: list[Section]) -> list[Section]:
    placed: list[Section] = []
    seen: Counter[str] = Counter()
    first = 0
    for one in drafts:
        rests = {stem for name in one.names_at(0) for stem in _RESTING.get(name, ())}
        placed.append(
            replace(
                one,
                first_bar=first,
                occurrence=seen[one.role],
                silent=one.silent | (rests if one.role != "break" else frozenset()),
            )
        )
        seen[one.role] += 1
        first += one.bars
    return placed


def _raised(placed: list[Section], plan: Plan) -> tuple[Section, ...]:
    """With the last chorus (or drop), and all after it, moved by `plan.modulation` semitones; where
    an event says "key change", it and all after it go up by a whole tone.
    """
    up = 0
    for index, one in enumerate(placed):
        up += 2 * bool(_KEY_CHANGES & {event.name for event in one.events})
        placed[index] = replace(one, tonic=(one.tonic + up) % 12)
    hooks = [i for i, one in enumerate(placed) if one.role in {"chorus", "drop"}]
    if not plan.modulation or len(hooks) < 2:
        return tuple(placed)
    return tuple(
        replace(one, tonic=(one.tonic + plan.modulation) % 12) if i >= hooks[-1] else one
        for i, one in enumerate(placed)
    )


def lifted(sections: Sequence[Section], present: Collection[str]) -> tuple[Section, ...]:
    """Without the rests that a style writes where they would leave nobody to play, because who
    plays there in the style is not `present` in this piece.
    """
    return tuple(
        one if set(present) - one.silent - {"extra"} else replace(one, silent=frozenset())
        for one in sections
    )
