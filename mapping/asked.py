"""What a prompt asks for, as parts of the contract: instruments, sections, spans, senses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from mapping.predicting.leaning import Leant, SenseChange
from mapping.reading.prompt import Parsed, Unknown
from mapping.reading.spelling import Speller
from mapping.reading.statements import (
    AnyStatement,
    InstrumentStatement,
    KeyStatement,
    LeaningStatement,
    LevelStatement,
    LocatedStatement,
    MetreStatement,
    TempoStatement,
    VocalsStatement,
)
from mapping.reading.wishes import Wishes
from schemas.answers import Ambiguity, Change, Sense, Span, Suggestion
from schemas.conditioning import QUANTILE_LEVELS, FeatureCondition, KeyCondition, Section
from schemas.features import KEY_NAMES, feature, key_name
from schemas.parts import Effect, Event, Instrument, Lock, Source, Vocals
from schemas.scales import denormalise


def instruments(wished: Sequence[InstrumentStatement]) -> tuple[Instrument, ...]:
    return tuple(Instrument(id=s.instrument, presence=s.presence) for s in wished)


def effects(wished: Wishes) -> tuple[Effect, ...]:
    return tuple(Effect(id=s.effect, presence=s.presence) for s in wished.effects)


def vocals(wished: Wishes) -> Vocals:
    said = wished.vocals
    language = next((s.language for s in wished.lyrics if s.language), None)
    theme = next((s.theme for s in wished.lyrics if s.theme), None)
    mode = said.mode if said is not None else "on" if language else "open"
    if mode == "off":
        language = theme = None
    voice = said.voice if said is not None else None
    return Vocals(mode=mode, voice=voice, language=language, theme=theme)


def spans(parsed: Parsed, wished: Wishes) -> tuple[Span, ...]:
    """Where in the prompt what was read stands, for a page to highlight."""
    chosen = {id(statement): sense for statement, sense in wished.senses}
    found = []
    for statement in parsed.statements:
        sense = chosen.get(id(statement))
        meaning = f"{statement.in_words()} ({sense} chosen)" if sense else statement.in_words()
        found.append(
            Span(start=statement.start, end=statement.end, kind=statement.kind, meaning=meaning)
        )
    return tuple(found)


def senses(wished: Wishes, leant: Leant) -> tuple[Ambiguity, ...]:
    """The ambiguous words, and what each of their senses alone would change."""
    return tuple(
        Ambiguity(
            word=statement.word,
            base=statement.base,
            start=statement.start,
            end=statement.end,
            chosen=chosen,
            senses=tuple(
                Sense(
                    id=sense.id,
                    meaning=sense.means,
                    weight=sense.weight if chosen is None else float(sense.id == chosen),
                    changes=tuple(_change(change) for change in changes),
                )
                for sense, changes in zip(statement.senses, by_sense, strict=True)
            ),
        )
        for (statement, chosen), by_sense in zip(wished.senses, leant.changes, strict=True)
    )  # fmt: skip


def _change(change: SenseChange) -> Change:
    return Change(
        feature=change.feature,
        towards="high" if change.towards > 0 else "low",
        before=change.before,
        after=change.after,
    )


def suggestions(unknown: Sequence[Unknown], speller: Speller) -> tuple[Suggestion, ...]:
    """The unknown words with what they may be slips of."""
    return tuple(
        Suggestion(word=u.word, start=u.start, end=u.end, suggestions=speller.suggest(u.word))
        for u in unknown
    )


def sections(wished: Wishes, whole: Mapping[str, FeatureCondition]) -> tuple[Section, ...]:
    """The parts of the piece that the prompt speaks of, in time where that is known.

    `whole` holds the conditions of the whole piece: "starts quiet" is quiet for this piece.
    """
    found = [_section(s, wished.duration_s, whole) for s in wished.sections]
    at = {id(s): (s.position if s.position is not None else 0.5) for s in found}
    length = wished.duration_s
    for s in found:
        if s.start_s is not None and length:
            at[id(s)] = s.start_s / length
    return tuple(sorted(found, key=lambda s: at[id(s)]))


def _section(
    said: LocatedStatement, duration_s: float | None, whole: Mapping[str, FeatureCondition]
) -> Section:
    start = said.start_s
    if start is None and said.position is not None and duration_s is not None:
        start = said.position * duration_s
    parts = said.parts
    tempo = _one(parts, TempoStatement)
    key, metre = _one(parts, KeyStatement), _one(parts, MetreStatement)
    voice = _one(parts, VocalsStatement)
    bpm = None if tempo is None else tempo.value or (tempo.low + tempo.high) / 2
    levels = [p for p in parts if isinstance(p, LevelStatement | LeaningStatement)]
    return Section(
        label=said.label,
        start_s=start,
        position=said.position,
        tempo_bpm=bpm,
        key=None if key is None else _key(key),
        time_signature=metre.signature if metre else None,
        features={p.feature: _condition(p, whole.get(p.feature)) for p in levels},
        instruments=instruments([p for p in parts if isinstance(p, InstrumentStatement)]),
        vocals=None if voice is None else Vocals(mode=voice.mode, voice=voice.voice),
        events=tuple(Event(name=e.name, start_s=e.start_s) for e in said.events),
    )


S = TypeVar("S", bound=AnyStatement)


def _one(parts: Sequence[AnyStatement], kind: type[S]) -> S | None:
    return next((part for part in parts if isinstance(part, kind)), None)


def _key(said: KeyStatement) -> KeyCondition:
    tonic, mode = said.pitch_class, said.mode
    name = None
    if tonic is not None:
        name = KEY_NAMES[tonic] if mode is None else key_name(tonic, mode)
    return KeyCondition(
        pitch_class=tonic,
        mode=None if mode is None else ("major" if mode else "minor"),
        name=name,
        scale=said.scale,
        source=Source.USER,
        confidence=1.0,
        lock=Lock.HARD,
    )


def _condition(
    said: LevelStatement | LeaningStatement, whole: FeatureCondition | None
) -> FeatureCondition:
    """A share of what the whole piece may be; of the usual range where that is unknown."""
    spec = feature(said.feature)
    shares = (*said.share, sum(said.share) / 2)
    if whole is not None and whole.quantiles is not None:
        low, high, value = np.interp(shares, QUANTILE_LEVELS, whole.quantiles.values()).tolist()
    else:
        low, high, value = (denormalise(spec, share) for share in shares)
    hard = isinstance(said, LevelStatement)
    return FeatureCondition(
        value=value,
        low=low if said.share[0] > 0 else None,
        high=high if said.share[1] < 1 else None,
        unit=spec.unit,
        source=Source.USER,
        confidence=1.0,
        lock=Lock.HARD if hard else Lock.SOFT,
    )
