"""What the path of a file says, where a person has given the pattern.

    {artist}/{album}/{number} - {title}     Artist/Album/01 - A Song.ogg
    **/{genre}/{artist} - {title}           any folders, then these two parts

A field takes what stands before the next literal text, so matching walks the path once, whatever
the pattern: there is nothing to backtrack over.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from pipelines.sources.listing import Said
from pipelines.sources.targets import nearest
from schemas.errors import ContractError

FIELDS = ("artist", "album", "title", "date", "year", "genre", "number", "_")
"""Valid in a pattern. `number` must be digits; neither it nor `_`, which takes all, is kept."""

SOURCE = "path:pattern"
_MAX_LENGTH = 500
_ANY_FOLDERS = "**"
_PART = re.compile(r"\{([^{}]*)\}")
_YEAR = re.compile(r"\d{4}")
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")
_SHAPES = {"number": re.compile(r"[0-9]{1,6}"), "year": _YEAR, "date": _DATE}


@dataclass(frozen=True, slots=True)
class _Piece:
    """Literal text, or the field of that name."""

    text: str
    is_field: bool


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A compiled pattern; made by `compile_pattern`."""

    text: str
    anywhere: bool
    parts: tuple[tuple[_Piece, ...], ...]

    def match(self, relative: str) -> tuple[Said, ...] | None:
        """What the path says, without its suffix; None when it does not match.

        Parameters
        ----------
        relative : path below the source, parts joined by "/"
        """
        parts = unicodedata.normalize("NFC", relative).split("/")
        stem, dot, _ = parts[-1].rpartition(".")
        parts[-1] = stem if dot and stem else parts[-1]
        if len(parts) != len(self.parts) and not (self.anywhere and len(parts) > len(self.parts)):
            return None
        found: list[Said] = []
        for pieces, part in zip(self.parts, parts[-len(self.parts) :], strict=True):
            values = _match(pieces, part)
            if values is None:
                return None
            found += values
        return tuple(found)


def compile_pattern(text: str) -> PathPattern:
    """Compile a pattern.

    Raises
    ------
    ContractError
        An unknown field, one given twice, two without text between them, a brace that is left
        over, a pattern without fields or longer than 500 characters.
    """
    if len(text) > _MAX_LENGTH:
        raise ContractError(f"pattern of {len(text)} characters; valid are up to {_MAX_LENGTH}")
    parts = unicodedata.normalize("NFC", text.strip("/")).split("/")
    anywhere = parts[0] == _ANY_FOLDERS
    parts = parts[1:] if anywhere else parts
    compiled = tuple(_pieces(text, part) for part in parts)
    names = [piece.text for part in compiled for piece in part if piece.is_field]
    if not names or all(name == "_" for name in names):
        raise ContractError(f"pattern {text!r}: holds no field; valid: {_valid()}")
    for name in names:
        if name != "_" and names.count(name) > 1:
            raise ContractError(f"pattern {text!r}: {{{name}}} is given twice")
    return PathPattern(text, anywhere, compiled)


def _valid() -> str:
    return ", ".join(f"{{{name}}}" for name in FIELDS)


def _pieces(pattern: str, part: str) -> tuple[_Piece, ...]:
    pieces = [
        _Piece(piece, is_field=bool(at % 2))
        for at, piece in enumerate(_PART.split(part))
        if piece or at % 2
    ]
    for piece in pieces:
        if piece.is_field and piece.text not in FIELDS:
            hint = nearest(piece.text, FIELDS)
            raise ContractError(
                f"pattern {pattern!r}: no field {{{piece.text}}}{hint}; valid: {_valid()}"
            )
        if not piece.is_field and set("{}") & set(piece.text):
            raise ContractError(f"pattern {pattern!r}: a brace without its partner")
    for one, next_one in pairwise(pieces):
        if one.is_field and next_one.is_field:
            raise ContractError(
                f"pattern {pattern!r}: nothing between {{{one.text}}} and {{{next_one.text}}}"
            )
    if not pieces:
        raise ContractError(f"pattern {pattern!r}: an empty part")
    return tuple(pieces)


def _match(pieces: tuple[_Piece, ...], part: str) -> list[Said] | None:
    found: list[Said] = []
    at = 0
    for index, piece in enumerate(pieces):
        if not piece.is_field:
            if not part.startswith(piece.text, at):
                return None
            at += len(piece.text)
            continue
        end = _end(pieces, index, part, at)
        value = part[at:end].strip() if end is not None else ""
        if end is None or not _fits(piece.text, value):
            return None
        at = end
        if piece.text not in ("number", "_"):
            found.append(Said(piece.text, SOURCE, (value,)))
    return found if at == len(part) else None


def _end(pieces: tuple[_Piece, ...], index: int, part: str, at: int) -> int | None:
    """Where the field at `index` ends: before the next literal text, the last one at the end."""
    if index + 1 == len(pieces):
        return len(part)
    literal = pieces[index + 1].text
    if index + 2 == len(pieces):
        end = len(part) - len(literal)
        return end if end >= at and part.endswith(literal) else None
    end = part.find(literal, at)
    return end if end >= 0 else None


def _fits(name: str, value: str) -> bool:
    shape = _SHAPES.get(name)
    return bool(value) and (shape is None or shape.fullmatch(value) is not None)
