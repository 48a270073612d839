"""Rules for words of tempo: "allegro" and "mid-tempo" are ranges, "half-time" is a feel."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.reading.scope import negation
from mapping.reading.statements import AnyStatement, FeelStatement, TempoStatement
from mapping.reading.tokens import Reading

MID_TEMPO = (90.0, 120.0)


def tempo_words(reading: Reading) -> Iterator[AnyStatement]:
    """ "allegro", "mid-tempo": a range; "half-time feel": how the beat is felt."""
    for index in reading.of("italian"):
        low, high = reading.chunks[index].meanings["italian"]
        if negation(reading, index) is None and not _is_adjective(reading, index):
            yield _range(reading, index, low, high)
    for index in reading.of("mid_tempo"):
        if negation(reading, index) is None:
            yield _range(reading, index, *MID_TEMPO)
    for feel in ("half", "double"):
        for index in reading.of(f"tempo.{feel}"):
            chunk = reading.chunks[index]
            yield FeelStatement(
                start=chunk.start, end=chunk.end,
                feel="half-time" if feel == "half" else "double-time",
            )  # fmt: skip


def _is_adjective(reading: Reading, index: int) -> bool:
    """ "a grave song" is serious; "Grave." and "grave tempo" are slow."""
    chunk = reading.chunks[index]
    if chunk.key != "grave" or any(
        reading.has(at, "italian", "tempo.names") for at in (index - 1, index + 1)
    ):
        return False
    last = index + 1 >= len(reading.chunks) or not reading.chunks[index + 1].is_word()
    return not (reading.text[chunk.start].isupper() and last)


def _range(reading: Reading, index: int, low: float, high: float) -> AnyStatement:
    chunk = reading.chunks[index]
    return TempoStatement(start=chunk.start, end=chunk.end, value=None, low=low, high=high)
