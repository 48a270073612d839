"""The sounds that a score may name, read from sounds.toml."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.errors import ContractError, InputError

KIT = "kit"
"""Family of the sounds whose pitches are General MIDI drum keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One entry of sounds.toml; its head explains the fields.

    Attributes
    ----------
    id : the name that scores and styles use
    range : lowest and highest MIDI pitch that it plays
    centre : MIDI pitch where it is at home
    gm : General MIDI program, 0 … 127
    bank : program of the sound bank; None: always a voice of our own
    voice : name of the voice of our own
    release_s : from the end of a note to silence, s
    gain_db : beside the level that all sounds are brought to
    pan : -1 left … 1 right
    send, delay : shares that go into the room and the echo, 0 … 1
    low_cut_hz : what is below makes way for the bass
    insert : names of effects, in order
    cabinet : heard through a guitar's loudspeaker
    key_db : of a kit, key → dB beside the others
    mono : a new note ends the one before, as on an instrument of one voice
    glide_s : time that an overlapping note takes to arrive from the one before, s
    """

    id: str
    family: str
    stem: str
    range: tuple[int, int]
    centre: int
    gm: int
    voice: str
    release_s: float
    bank: int | None = None
    gain_db: float = 0.0
    pan: float = 0.0
    send: float = 0.0
    delay: float = 0.0
    low_cut_hz: float = 25.0
    insert: tuple[str, ...] = ()
    cabinet: bool = False
    key_db: tuple[tuple[int, float], ...] = ()
    mono: bool = False
    glide_s: float = 0.0

    @property
    def kit(self) -> bool:
        return self.family == KIT


@cache
def sounds() -> dict[str, Sound]:
    """All sounds by id, in the order of the file.

    Raises
    ------
    ContractError
        When an entry has a field that is unknown or lacks one.
    """
    text = files(__package__).joinpath("sounds.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    families: dict[str, dict[str, Any]] = read.get("families", {})
    return {name: _sound(name, families, entry) for name, entry in read["sounds"].items()}


def sound(name: str) -> Sound:
    """The sound `name`.

    Raises
    ------
    InputError
        When there is none; the message names the nearest ones.
    """
    found = sounds().get(name)
    if found is None:
        near = difflib.get_close_matches(name, sounds(), 3)
        hint = f"; near: {', '.join(near)}" if near else f"; there are {len(sounds())}"
        raise InputError(f"sound {name!r} is not in sounds.toml{hint}")
    return found


def _sound(name: str, families: dict[str, dict[str, Any]], entry: dict[str, Any]) -> Sound:
    given = families.get(str(entry.get("family")), {}) | entry
    unknown = set(given) - {one.name for one in fields(Sound)}
    if unknown:
        raise ContractError(f"sounds.toml: sound {name!r}: unknown field {sorted(unknown)[0]!r}")
    low, high = given.pop("range", (0, -1))
    try:
        found = Sound(
            id=name,
            range=(low, high),
            insert=tuple(given.pop("insert", ())),
            key_db=tuple((int(key), db) for key, db in given.pop("key_db", {}).items()),
            **given,
        )
    except TypeError as error:
        raise ContractError(f"sounds.toml: sound {name!r}: {error}") from error
    if not 0 <= low <= found.centre <= high <= 127:
        raise ContractError(
            f"sounds.toml: sound {name!r}: range {low} … {high} and centre {found.centre}; "
            "valid is 0 ≤ low ≤ centre ≤ high ≤ 127"
        )
    return found
