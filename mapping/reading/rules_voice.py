"""Rules for what is sung: with or without, whose voice, in which language, about what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mapping.reading.scope import alone, clause_end, negation
from mapping.reading.statements import AnyStatement, LyricsStatement, VocalsStatement
from mapping.reading.tokens import Reading

LONGEST_THEME = 8
"""Chunks of a theme: "about leaving the city by the sea at night"."""

_SPOKEN_AS: dict[str, str] = {
    "rapper": "rapped", "rappers": "rapped", "rapping": "rapped", "rapped": "rapped",
    "rap vocals": "rapped", "mc": "rapped", "emcee": "rapped", "falsetto": "falsetto",
    "soprano": "soprano", "baritone": "baritone", "screaming vocals": "screamed",
    "screamed vocals": "screamed", "growls": "growled", "growled vocals": "growled",
}  # fmt: skip


def vocals(reading: Reading) -> Iterator[AnyStatement]:
    """ "no vocals", "instrumental", "with soulful female vocals", "a cappella", "spoken word"."""
    for index in reading.of("vocals"):
        chunk = reading.chunks[index]
        mode = chunk.meanings["vocals"]
        if mode == "optional":
            yield VocalsStatement(start=chunk.start, end=chunk.end, mode="open")
            continue
        denied = negation(reading, index, things=True)
        if (denied is not None and denied.kind == "too") or _is_compared(reading, index):
            continue
        first, voices = _voices(reading, index)
        if chunk.key == "duet" and not voices:
            continue  # of which instruments is not said
        if voices and denied is not None and mode == "voice" and first > denied.first:
            continue  # "no female vocals": whether there are others is left open
        says: Literal["on", "off", "spoken"] = {"off": "off", "spoken": "spoken"}.get(mode, "on")  # type: ignore[assignment]
        if denied is not None:
            says = "on" if says == "off" else "off"
            if mode == "spoken":
                continue
            first, voices = denied.first if alone(reading, denied.first, index) else index, ()
        voice = " ".join(voices) or _SPOKEN_AS.get(chunk.key)
        yield VocalsStatement(
            start=reading.chunks[first].start, end=chunk.end, mode=says,
            voice=voice if says == "on" else None, cut=denied is not None,
        )  # fmt: skip


def _is_compared(reading: Reading, index: int) -> bool:
    """ "less vocal": a comparison."""
    return reading.has(index - 1, "shift") and reading.has(index, "adjective")


def _voices(reading: Reading, index: int) -> tuple[int, tuple[str, ...]]:
    """The first chunk of "soulful female vocals", and its adjectives."""
    at, found = index - 1, []
    while at >= index - 3 and reading.has(at, "voice", "joint.and", "adjective"):
        if reading.has(at, "voice"):
            found.append(reading.chunks[at].meanings["voice"])
        elif reading.has(at, "joint.and") and not found:
            break
        at -= 1
    while at + 1 < index and not reading.has(at + 1, "voice"):
        at += 1
    return (at + 1, tuple(reversed(found))) if found else (index, ())


def lyrics(reading: Reading) -> Iterator[AnyStatement]:
    """ "sung in French", "Spanish lyrics", "a song about the sea", "breakup song"."""
    for index in reading.of("lyric_languages"):
        first = _sung_in(reading, index)
        if first is not None:
            chunk = reading.chunks[index]
            yield LyricsStatement(
                start=reading.chunks[first].start, end=chunk.end,
                language=chunk.meanings["lyric_languages"],
            )  # fmt: skip
    for index in reading.of("theme"):
        theme = reading.chunks[index].meanings["theme"]
        if theme != "about":
            if _sings_nearby(reading, index) or reading.chunks[index].key.endswith("song"):
                chunk = reading.chunks[index]
                yield LyricsStatement(start=chunk.start, end=chunk.end, theme=theme)
        elif (statement := _about(reading, index)) is not None:
            yield statement


def _sung_in(reading: Reading, index: int) -> int | None:
    """First chunk of "sung in French", "French lyrics"; None for "French horn"."""
    if reading.has(index + 1, "vocals.voice") or reading.has(index + 1, "vocals.spoken"):
        return index
    in_before = index > 0 and reading.chunks[index - 1].key == "in"
    if not in_before:
        return None
    after_sung = reading.has(index - 2, "vocals", "theme_noun")
    sings = bool(reading.of("vocals") or reading.of("theme_noun"))
    at_end = index + 1 >= len(reading.chunks) or reading.chunks[index + 1].stops
    return (
        index - 1
        if after_sung or (at_end and sings) or reading.has(index + 1, "theme.about")
        else None
    )


def _sings_nearby(reading: Reading, index: int) -> bool:
    return any(reading.has(at, "theme_noun") for at in range(index + 1, index + 3))


def _about(reading: Reading, index: int) -> LyricsStatement | None:
    """ "a song about the sea": words up to the end of the clause; "about 120 BPM" is none."""
    first = index + 1
    told = reading.chunks[index].key != "about" or any(
        reading.has(at, "theme_noun", "vocals") for at in range(index - 3, index)
    )
    if not told or first >= len(reading.chunks) or reading.has(first, "number"):
        return None
    if reading.chunks[first].key in ("to", "it", "that", "them") or (
        index > 0 and reading.chunks[index - 1].key in ("bring", "brings", "brought", "is", "just")
    ):
        return None
    end = min(clause_end(reading, first), first + LONGEST_THEME)
    for at in range(first + 1, end):
        # What a song is about ends where something else is stated.
        number_next = reading.chunks[at].key == "at" and reading.has(at + 1, "number")
        if number_next or reading.chunks[at].key in ("with", "featuring", "in"):
            end = at
            break
    chunks = reading.chunks
    if not any(chunk.is_word() for chunk in chunks[first:end]) or chunks[first].stops:
        return None
    theme = reading.text[chunks[first].start : chunks[end - 1].end].strip()
    return LyricsStatement(start=chunks[index].start, end=chunks[end - 1].end, theme=theme)
