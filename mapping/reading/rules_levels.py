"""Rules for levels: "high instrumentality and energy", "energy: 0.8", "dark timbre"."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.reading.lexicon import lexicon
from mapping.reading.scope import negation, words
from mapping.reading.statements import (
    AnyStatement,
    LeaningStatement,
    LevelStatement,
    Refused,
    ValueStatement,
)
from mapping.reading.tokens import Reading
from schemas.features import FeatureSpec, feature

_OF = ("level of", "levels of", "amount of", "amounts of", "degree of", "degrees of")
NEAR = 0.05
"""Accepted deviation of a stated value, as a share of the feature's typical range."""

_UNITS = {"lufs": "LUFS", "hz": "Hz", "lu": "LU"}


def levels(reading: Reading) -> Iterator[AnyStatement]:
    """ "high energy and danceability", "very low loudness", "low levels of energy"."""
    shares = lexicon().levels
    for index in reading.of("level"):
        word = reading.chunks[index].meanings["level"]
        at = _after_of(reading, index + 1)
        while reading.has(at, "dimension"):
            name = reading.chunks[at].meanings["dimension"]
            if not _is_range(reading, at):
                yield _level(reading, index, at, name, word, shares[word])
            at += 1
            joined = at < len(reading.chunks) and (
                reading.chunks[at].key in (",", "/") or reading.has(at, "joint.and")
            )
            if joined:
                at += 1
                at += reading.has(at, "joint.and")
            else:
                break


def denied_dimensions(reading: Reading) -> Iterator[AnyStatement]:
    """ "without energy", "no groove": the lower third of it."""
    for index in reading.of("dimension"):
        name = reading.chunks[index].meanings["dimension"]
        if name == "tempo_bpm" or reading.has(index - 1, "level", "shift"):
            continue
        denied = negation(reading, index)
        if denied is not None and denied.kind != "too":
            start, end = reading.chunks[denied.first].start, reading.chunks[index].end
            yield LeaningStatement(
                start=start, end=end, cut=True, feature=name, share=(0.0, 1 / 3),
                word=words(reading, denied.first, index),
            )  # fmt: skip


def _level(
    reading: Reading, index: int, at: int, name: str, word: str, share: tuple[float, float]
) -> AnyStatement:
    denied = negation(reading, index)
    # Each dimension of a list is a statement of its own; the first also holds the level word.
    first = index if at == _after_of(reading, index + 1) else at
    start, end = reading.chunks[first].start, reading.chunks[at].end
    if denied is None:
        return LevelStatement(start=start, end=end, feature=name, word=word, share=share)
    start = reading.chunks[denied.first].start if first == index else start
    low = share[0] > 0.5 or share[1] < 1  # "not high": what is left below; "not low": above
    left = (0.0, share[0]) if share[0] > 0 and low else (share[1], 1.0)
    said = f"not {word}"
    return LeaningStatement(start=start, end=end, cut=True, feature=name, word=said, share=left)


def _after_of(reading: Reading, at: int) -> int:
    """Index after "levels of"."""
    if at + 1 < len(reading.chunks) and words(reading, at, at + 1) in _OF:
        return at + 2
    return at


def _is_range(reading: Reading, at: int) -> bool:
    """ "high dynamic range" is one dimension, "high energy range" none."""
    return at + 1 < len(reading.chunks) and reading.chunks[at + 1].key == "range"


def dimension_first(reading: Reading) -> Iterator[AnyStatement]:
    """ "energy: high", "valence = low", "energy 0.8", "danceability 80%", "loudness -14 LUFS"."""
    for index in reading.of("dimension"):
        name = reading.chunks[index].meanings["dimension"]
        if name == "tempo_bpm":
            continue
        at, signed = index + 1, False
        if reading.has(at, "tempo.copula") and reading.chunks[at].key in (
            ":",
            "=",
            "is",
            "of",
            "at",
        ):
            signed, at = True, at + 1
        if signed and reading.has(at, "level"):
            word = reading.chunks[at].meanings["level"]
            yield LevelStatement(
                start=reading.chunks[index].start, end=reading.chunks[at].end, feature=name,
                word=word, share=lexicon().levels[word],
            )  # fmt: skip
        elif reading.has(at, "number"):
            statement = _value(reading, index, at, feature(name))
            if statement is not None:
                yield statement


def _value(reading: Reading, first: int, at: int, spec: FeatureSpec) -> AnyStatement | None:
    value = float(reading.chunks[at].meanings["number"])
    if reading.gap(at).endswith("-") and reading.gap(at) != "-":
        value = -value
    unit = reading.chunks[at + 1].key if at + 1 < len(reading.chunks) else ""
    last = at
    if spec.unit == "ratio":
        if unit == "%":
            value, last = value / 100, at + 1
        elif value > 1:  # "energy 5": of what scale is not said
            return None
    elif unit == "%" and 0 <= value <= 100:  # of a scale without an end: a share of the catalogue
        start, end = reading.chunks[first].start, reading.chunks[at + 1].end
        share = (max(0.0, value / 100 - NEAR), min(1.0, value / 100 + NEAR))
        word = f"{value:g}%"
        return LevelStatement(start=start, end=end, cut=True, feature=spec.name, word=word,
                              share=share)  # fmt: skip
    elif _UNITS.get(unit) != spec.unit:
        return None
    else:
        last = at + 1
    start, end = reading.chunks[first].start, reading.chunks[last].end
    if not spec.minimum <= value <= spec.maximum:
        said = reading.text[start:end].strip()
        reason = f"{said}: {spec.name} is {spec.minimum:g} … {spec.maximum:g} {spec.unit}"
        return Refused(start=start, end=end, cut=True, reason=reason)
    low, high = spec.typical or (spec.minimum, spec.maximum)
    near = NEAR * (high - low)
    return ValueStatement(
        start=start, end=end, cut=True, feature=spec.name, value=value,
        low=max(spec.minimum, value - near), high=min(spec.maximum, value + near),
    )  # fmt: skip


def timbre(reading: Reading) -> Iterator[AnyStatement]:
    """ "with bright timbre", "dark and warm tone": a level of brightness."""
    lex = lexicon()
    for noun in reading.of("timbre noun"):
        at = noun - 1
        while reading.has(at, "adjective", "joint.and") and at > noun - 4:
            word = reading.chunks[at].key
            if word in lex.timbre and negation(reading, at) is None:
                level = lex.timbre[word]
                yield LevelStatement(
                    start=reading.chunks[at].start, end=reading.chunks[noun].end,
                    feature="brightness_hz", word=level, share=lex.levels[level],
                )  # fmt: skip
                break
            at -= 1
