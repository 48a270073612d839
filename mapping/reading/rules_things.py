"""Rules for instruments, effects and styles: what is there, absent, or in front."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.reading.scope import alone, negation
from mapping.reading.statements import (
    AnyStatement,
    EffectStatement,
    InstrumentStatement,
    Presence,
    Strength,
    StyleStatement,
)
from mapping.reading.tokens import Reading


def instruments(reading: Reading) -> Iterator[AnyStatement]:
    """ "with trumpets", "no drums or bass", "piano solo", "more cowbell"; not "drum and bass"."""
    for index in reading.of("without"):
        chunk = reading.chunks[index]
        yield InstrumentStatement(
            start=chunk.start, end=chunk.end, cut=True, instrument=chunk.meanings["without"],
            presence="absent",
        )  # fmt: skip
    for index in reading.of("instrument"):
        chunk = reading.chunks[index]
        if _is_genre(reading, index):
            continue
        denied = negation(reading, index, things=True)
        absent = denied is not None and denied.kind in ("full", "utterly")
        if absent and reading.has(index + 1, "solo"):
            continue  # "no guitar solo": the guitar is left open
        presence: Presence = "absent" if absent else _presence(reading, index)
        first = (
            denied.first if denied is not None and alone(reading, denied.first, index) else index
        )
        yield InstrumentStatement(
            start=reading.chunks[first].start, end=chunk.end, cut=absent,
            instrument=chunk.meanings["instrument"], presence=presence,
        )  # fmt: skip


def _presence(reading: Reading, index: int) -> Presence:
    before = next(
        (at for at in (index - 1, index - 2) if reading.has(at, "prominence.before")), None
    )
    if before is not None and not reading.chunks[index - 1].stops and not reading.has(
        index - 1, "instrument", "joint"
    ):  # fmt: skip
        return "prominent"
    if reading.chunks[index].key.startswith("solo "):
        return "prominent"
    if reading.has(index + 1, "prominence.after") or reading.value(index - 1, "shift") == "more":
        return "prominent"
    return "present"


def _is_genre(reading: Reading, index: int) -> bool:
    """Bare "bass": a genre's name unless asked for as an instrument."""
    if reading.chunks[index].key != "bass":
        return False
    after = reading.chunks[index + 1].key if index + 1 < len(reading.chunks) else ""
    if reading.has(index + 1, "request.bass_genre") or after in ("house", "music"):
        return True
    near = (index - 1, index - 2)
    asked = any(
        reading.has(at, "request.bass_before", "shift", "negator")
        or (0 <= at < len(reading.chunks) and reading.chunks[at].key == ",")
        for at in near
    )
    return not asked


def effects(reading: Reading) -> Iterator[AnyStatement]:
    """ "heavy reverb", "without too much delay", "no autotune", "drenched in echo"."""
    for index in reading.of("effect"):
        chunk = reading.chunks[index]
        denied = negation(reading, index, things=True)
        presence = _strength(reading, index)
        first = index
        if denied is None and reading.chunks[index - 1].key in ("too much", "too"):
            presence, first = "light", index - 1  # a complaint
        if denied is not None:
            presence = "light" if denied.kind in ("too", "mild") else "absent"
            if _too_much(reading, denied.first, index):
                presence = "light"
            first = denied.first if alone(reading, denied.first, index) else index
        yield EffectStatement(
            start=reading.chunks[first].start, end=chunk.end, cut=denied is not None,
            effect=chunk.meanings["effect"], presence=presence,
        )  # fmt: skip


def _too_much(reading: Reading, first: int, index: int) -> bool:
    said = reading.text[reading.chunks[first].start : reading.chunks[index].start].lower()
    return "too much" in said or "too many" in said or "much" in said.split()


def _strength(reading: Reading, index: int) -> Strength:
    for at in (index - 1, index - 2):
        if reading.has(at, "amount") and reading.chunks[at].meanings["amount"] != "absent":
            strength: Strength = reading.chunks[at].meanings["amount"]
            return strength
        if reading.has(at, "degree.weak") or reading.value(at, "shift") == "less":
            return "light"
        if reading.value(at, "shift") == "more":
            return "heavy"
    return "present"


def styles(reading: Reading) -> Iterator[AnyStatement]:
    """Names of styles.toml; "not techno" is denied."""
    for index in reading.of("style"):
        chunk = reading.chunks[index]
        denied = negation(reading, index, things=True)
        first = denied.first if denied is not None else index
        start = reading.chunks[first].start
        yield StyleStatement(
            start=start, end=chunk.end, cut=denied is not None, style=chunk.meanings["style"],
            denied=denied is not None,
        )  # fmt: skip
