"""What is wished for outright: the options of a call over the statements of its prompt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from mapping.reading.locks import check_locks
from mapping.reading.prompt import Parsed
from mapping.reading.rules_key import parse_key
from mapping.reading.rules_length import LONGEST_S
from mapping.reading.rules_tempo import EXACT, FASTEST, SLOWEST
from mapping.reading.senses import check_sense, sense_of, unused
from mapping.reading.statements import (
    AmbiguousStatement,
    AnyStatement,
    DurationStatement,
    EffectStatement,
    FeelStatement,
    InstrumentStatement,
    KeyStatement,
    LeaningStatement,
    LevelStatement,
    LocatedStatement,
    LyricsStatement,
    MetreStatement,
    ShiftStatement,
    StyleStatement,
    TempoStatement,
    ValueStatement,
    VocalsStatement,
)
from schemas.errors import PromptError
from schemas.references import POLICIES, ReferencePolicy

MOST_SAMPLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked for beside the prompt; an option overrides what the prompt says.

    Attributes
    ----------
    bpm : 30 … 300, or None
    key : a key such as "C minor", "F#m" or "c-moll", or None
    duration_s : above 0, at most 3600, or None
    vocals : on, off, open (the prompt's word is ignored), or None (the prompt decides)
    samples : joint samples to draw, 0 … 1000
    seed : 0 … 2⁶³ - 1, or None; draws the samples and is handed on to the engine
    references : what names in the prompt are for: features (heard, not passed on), refuse or open;
        None leaves it to the mapping
    sides : name → the side of it that is meant, from 1
    locks : feature → the value it must have, in its unit, as {"energy": 0.8}
    senses : ambiguous word → the sense that is meant, as in {"dark": "timbre"}

    Raises
    ------
    PromptError
        Names the value that is out of range, and the range.
    """

    bpm: float | None = None
    key: str | None = None
    duration_s: float | None = None
    vocals: Literal["on", "off", "open"] | None = None
    samples: int = 0
    seed: int | None = None
    references: ReferencePolicy | None = None
    sides: Mapping[str, int] = field(default_factory=dict)
    locks: Mapping[str, float] = field(default_factory=dict)
    senses: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check("bpm", self.bpm, self.bpm is None or SLOWEST <= self.bpm <= FASTEST, "30 … 300")
        length = self.duration_s
        ok = length is None or (math.isfinite(length) and 0 < length <= LONGEST_S)
        _check("duration_s", length, ok, "above 0 and at most 3600")
        _check("vocals", self.vocals, self.vocals in (None, "on", "off", "open"), "on, off, open")
        _check("samples", self.samples, 0 <= self.samples <= MOST_SAMPLES, "0 … 1000")
        _check("seed", self.seed, self.seed is None or 0 <= self.seed < 2**63, "0 … 2^63 - 1")
        policies = (None, *POLICIES)
        _check("references", self.references, self.references in policies, ", ".join(POLICIES))
        for word, sense in self.senses.items():
            check_sense(word, sense)
        known = self.key is None or parse_key(self.key) is not None
        _check("key", self.key, known, 'a tonic and a mode, as in "C minor", "F#m", "Ab major"')

        check_locks(self.locks)

    def states_anything(self) -> bool:
        stated = (self.bpm, self.key, self.duration_s, self.vocals)
        return bool(self.locks) or any(value is not None for value in stated)


def _check(name: str, value: object, ok: bool, valid: str) -> None:
    if not ok:
        raise PromptError(f"{name}: {value!r}; valid is {valid}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is wished for. `understood` puts it in words; `warnings` tells what was overridden.

    Attributes
    ----------
    leanings, shifts : soft wishes, those of words whose sense was chosen among them
    ambiguous : words of several senses of which none was chosen: they are mixed
    senses : every word of several senses, and the sense that was chosen or None
    sections : wishes about parts of the piece
    """

    tempo: TempoStatement | None
    key: KeyStatement | None
    duration_s: float | None
    vocals: VocalsStatement | None
    time_signature: str | None
    levels: tuple[LevelStatement, ...]
    leanings: tuple[LeaningStatement, ...]
    instruments: tuple[InstrumentStatement, ...]
    values: tuple[ValueStatement, ...] = ()
    shifts: tuple[ShiftStatement, ...] = ()
    ambiguous: tuple[AmbiguousStatement, ...] = ()
    senses: tuple[tuple[AmbiguousStatement, str | None], ...] = ()
    effects: tuple[EffectStatement, ...] = ()
    lyrics: tuple[LyricsStatement, ...] = ()
    styles: tuple[StyleStatement, ...] = ()
    sections: tuple[LocatedStatement, ...] = ()
    feel: Literal["half-time", "double-time"] | None = None
    understood: tuple[str, ...]
    warnings: tuple[str, ...]


S = TypeVar("S", bound=AnyStatement)


def wishes(parsed: Parsed, options: Options) -> Wishes:
    """Combine a prompt's statements with the options, which win; contradictions are reported."""
    said = parsed.statements
    warnings = list(parsed.warnings)
    tempo = _over(_tempo(options), _first(said, TempoStatement), warnings)
    key = _over(_key(options), _first(said, KeyStatement), warnings)
    length = _over(_duration(options), _first(said, DurationStatement), warnings)
    vocals = _over(_vocals(options), _first(said, VocalsStatement), warnings)
    metre = _first(said, MetreStatement)
    feel = _first(said, FeelStatement)
    instruments, effects = _all(said, InstrumentStatement), _all(said, EffectStatement)
    values = _all(said, ValueStatement)
    # What is stated outright needs no word for it: "slow tempo, 120 BPM" is the number.
    outright = {s.feature for s in values} | ({"tempo_bpm"} if tempo else set())
    levels = tuple(s for s in _all(said, LevelStatement) if s.feature not in outright)
    outright |= {s.feature for s in levels}
    senses = tuple((s, options.senses.get(s.base)) for s in _all(said, AmbiguousStatement))
    chosen = tuple(p for s, sense in senses if sense for p in sense_of(s, sense).parts)
    soft = tuple(s for s in (*said, *chosen) if getattr(s, "feature", None) not in outright)
    leaning, shifts = _all(soft, LeaningStatement), _all(soft, ShiftStatement)
    warnings += unused(senses, options.senses)
    single = [s for s in (tempo, feel, key, length, vocals, metre) if s is not None]
    rest = (*_all(said, LyricsStatement), *values, *levels, *leaning, *shifts, *instruments,
            *effects, *(s for s, sense in senses if sense is None),
            *_all(said, LocatedStatement))  # fmt: skip
    return Wishes(
        tempo=tempo,
        key=key,
        duration_s=length.seconds if length else None,
        vocals=vocals,
        time_signature=metre.signature if metre else None,
        levels=levels,
        leanings=leaning,
        instruments=instruments,
        values=values,
        shifts=shifts,
        ambiguous=tuple(s for s, sense in senses if sense is None),
        senses=senses,
        effects=effects,
        lyrics=_all(said, LyricsStatement),
        styles=_all(said, StyleStatement),
        sections=_all(said, LocatedStatement),
        feel=feel.feel if feel else None,
        understood=tuple(s.in_words() for s in (*single, *rest)),
        warnings=tuple(warnings),
    )


def _all(statements: Sequence[AnyStatement], kind: type[S]) -> tuple[S, ...]:
    return tuple(s for s in statements if isinstance(s, kind))


def _first(statements: Sequence[AnyStatement], kind: type[S]) -> S | None:
    return next((s for s in statements if isinstance(s, kind)), None)


def _over(option: S | None, stated: S | None, warnings: list[str]) -> S | None:
    if option is None or stated is None:
        return option or stated
    ours, theirs = _words(option), _words(stated)
    if not _agree(option, stated):
        warnings.append(f"the option ({ours}) overrides the prompt ({theirs})")
    return option


def _agree(option: AnyStatement, stated: AnyStatement) -> bool:
    if isinstance(option, TempoStatement) and isinstance(stated, TempoStatement):
        return option.value is not None and stated.low <= option.value <= stated.high
    if isinstance(option, KeyStatement) and isinstance(stated, KeyStatement):
        pairs = ((option.pitch_class, stated.pitch_class), (option.mode, stated.mode))
        return all(b is None or a == b for a, b in pairs)
    if isinstance(option, VocalsStatement) and isinstance(stated, VocalsStatement):
        return option.mode == stated.mode
    return _words(option) == _words(stated)


def _words(statement: AnyStatement) -> str:
    return statement.in_words()


def _tempo(options: Options) -> TempoStatement | None:
    if options.bpm is None:
        return None
    bpm = float(options.bpm)
    low, high = max(SLOWEST, bpm * (1 - EXACT)), min(FASTEST, bpm * (1 + EXACT))
    return TempoStatement(start=0, end=0, value=bpm, low=low, high=high)


def _key(options: Options) -> KeyStatement | None:
    found = parse_key(options.key) if options.key is not None else None
    return found and KeyStatement(start=0, end=0, pitch_class=found[0], mode=found[1])


def _duration(options: Options) -> DurationStatement | None:
    seconds = options.duration_s
    return None if seconds is None else DurationStatement(start=0, end=0, seconds=float(seconds))


def _vocals(options: Options) -> VocalsStatement | None:
    return None if options.vocals is None else VocalsStatement(start=0, end=0, mode=options.vocals)
