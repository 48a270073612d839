"""Pieces that belong together: one, what was made from it, and what it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.generation import GenerationResult
from schemas.settings import Settings
from service.web.generate.heard import Moved, differences, tally
from service.web.generate.waves import Wave, mix_wave

if TYPE_CHECKING:
    from generation.around.keeping import Kept

_LOOKED_AT = 120
"""The latest generations among which relatives are looked for."""
MOST_TAKES = 8


@dataclass(frozen=True, slots=True)
class Take:
    """A relative of the piece that is shown; `here` is that piece itself."""

    generation_id: str
    name: str
    how: str
    hits: int
    asked: int
    length_s: float
    wave: Wave
    here: bool


@dataclass(frozen=True, slots=True)
class Became:
    """What an edit was, and what it changed; `parent` is the piece that it was made of."""

    parent: str
    how: str
    moved: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One of the pieces made so far."""

    generation_id: str
    prompt: str
    made: str
    length_s: float
    hits: int
    asked: int
    engine: str
    how: str


def takes(settings: Settings, kept: Kept) -> list[Take]:
    """The piece with its latest relatives, the earliest first; empty where it has none."""
    from service.generations import generations

    there = {one.result.generation_id: one for one in generations(settings, _LOOKED_AT)}
    mine = kept.result.generation_id
    there.setdefault(mine, kept)
    family = sorted(_family(there, mine))
    if len(family) < 2:
        return []
    shown = family[-MOST_TAKES:]
    if mine not in shown:
        shown = [mine, *shown[1:]]
    return [_take(there[one], family.index(one) + 1, one == mine) for one in shown]


def became(settings: Settings, kept: Kept) -> Became | None:
    """None where the piece is not an edit, or the one before is gone."""
    from schemas.errors import ContractError, InputError
    from service.generations import generation

    parent = _parent(kept.result)
    if parent is None:
        return None
    try:
        before = generation(settings, parent).result
    except (InputError, ContractError):
        return None
    moved = tuple(differences(before, kept.result))
    return Became(parent, edit_in_words(kept.result), moved)


def lines(settings: Settings, limit: int, before: str | None) -> list[Line]:
    """The latest pieces, or those before the one of that id, the last first."""
    from service.generations import generations

    return [_line(kept.result) for kept in generations(settings, limit, before)]


def edit_in_words(result: GenerationResult) -> str:
    """What an edit did; empty where it is none."""
    edit = result.request.edit
    if edit is None:
        return "between two pieces" if len(result.provenance.parents) > 1 else ""
    stems = [file.stem for file in result.audio if file.stem]
    drawn = edit.regenerate_stems
    if drawn and set(drawn) >= set(stems):
        return "other notes"
    parts = [f"new {', '.join(drawn)}"] if drawn else []
    if edit.keep_stems:
        parts.append(f"kept {', '.join(edit.keep_stems)}")
    if edit.regenerate_regions or edit.keep_regions:
        parts.append("in part")
    return "; ".join(parts) or "changed"


def _family(there: dict[str, Kept], mine: str) -> set[str]:
    """All that hang together with `mine` by their parents, as far as they are there."""
    links: dict[str, set[str]] = {one: set() for one in there}
    for one, kept in there.items():
        for parent in kept.result.provenance.parents:
            if parent in there:
                links[one].add(parent)
                links[parent].add(one)
    found, next_ones = {mine}, [mine]
    while next_ones:
        for other in links[next_ones.pop()] - found:
            found.add(other)
            next_ones.append(other)
    return found


def _parent(result: GenerationResult) -> str | None:
    edit = result.request.edit
    if edit is not None:
        return edit.generation_id
    return next(iter(result.provenance.parents), None)


def _take(kept: Kept, number: int, here: bool) -> Take:
    line = _line(kept.result)
    return Take(
        line.generation_id,
        f"Take {number}",
        line.how or "the first",
        line.hits,
        line.asked,
        line.length_s,
        mix_wave(kept),
        here,
    )


def _line(result: GenerationResult) -> Line:
    hits, asked = tally(result)
    made = datetime.fromisoformat(result.provenance.created_at)
    return Line(
        generation_id=result.generation_id,
        prompt=" ".join(result.request.prompt.text.split()),
        made=f"{made:%-d %b %Y, %H:%M} UTC",
        length_s=result.audio[0].duration_s if result.audio else 0.0,
        hits=hits,
        asked=asked,
        engine=result.provenance.engine,
        how=edit_in_words(result),
    )
