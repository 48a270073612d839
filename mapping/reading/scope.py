"""What a word's neighbours do to it: negation with its scope, and how strongly it is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mapping.reading.tokens import Chunk, Reading

FARTHEST = 14
"""Chunks that a search to the left looks at: a list of seven instruments."""

MOST_UNKNOWN = 1
"""Words of no known meaning that a negation reaches over: "no distorted guitars"."""

LONGEST_CLAUSE = 40
"""Chunks of a clause without a stop: a word of a long text takes no longer than one of a short."""

Kind = Literal["full", "mild", "too", "utterly"]
Degree = Literal["plain", "strong", "weak"]

_PASSED = (
    "article", "approximate", "voice", "amount", "adjective", "comparative", "instrument",
    "effect", "dimension", "level", "vocals", "style", "genre", "prominence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Negation:
    """How a word is negated, and the chunk that its negation begins with."""

    kind: Kind
    first: int


def negation(reading: Reading, index: int, things: bool = False) -> Negation | None:
    """The negation that reaches the chunk at `index`, or None.

    "not", "or" and "nor" carry over a list, a comma only within a list that has one of them, "and"
    only for `things` (instruments, effects), "but" ends it. "Not too" and "not very" are mild.
    """
    if _is_suffixed(reading, index):
        return Negation("full", index)
    search = _Search(index, things, listed=things and reading.has(index + 1, "joint.or"))
    for at in range(index - 1, max(-1, index - 1 - FARTHEST), -1):
        if "negator" in reading.chunks[at].meanings:
            return _found(reading, index, at, search.too)
        if not search.passes(reading, at):
            return None
    return None


def _is_suffixed(reading: Reading, index: int) -> bool:
    """ "drum-free"."""
    at = index + 1
    return at < len(reading.chunks) and reading.chunks[at].key == "free" and reading.gap(at) == "-"


@dataclass(slots=True)
class _Search:
    """A walk to the left from the chunk at `index`, until something ends the scope."""

    index: int
    things: bool
    listed: bool
    too: bool = False
    unknown: int = 0

    def passes(self, reading: Reading, at: int) -> bool:
        """Whether a negation further left still reaches over the chunk at `at`."""
        chunk = reading.chunks[at]
        if "degree" in chunk.meanings:
            self.too = self.too or chunk.meanings["degree"] in ("too", "strong")
            return True
        if "joint" in chunk.meanings:
            self.listed = True
            return _carries(reading, self.index, at, self.things or self.too)
        if chunk.stops:
            return chunk.key == "," and (self.listed or _list_goes_on(reading, self.index))
        if any(kind in chunk.meanings for kind in _PASSED):
            # "no drums, big reverb and strings": what has a strength of its own is asked for.
            own = reading.has(at, "prominence.before", "amount.heavy")
            return not (own and at > 0 and reading.chunks[at - 1].key == ",")
        self.unknown += 1
        return self.unknown <= MOST_UNKNOWN and chunk.is_word()


def _found(reading: Reading, index: int, at: int, too: bool) -> Negation | None:
    kind = reading.chunks[at].meanings["negator"]
    if kind == "not":
        return None
    if reading.value(index + 1, "degree") == "utterly" or reading.chunks[at].key == "not at all":
        return Negation("utterly", at)
    return Negation("too" if too else kind, at)


def _carries(reading: Reading, index: int, at: int, things: bool) -> bool:
    joint = reading.chunks[at].meanings["joint"]
    if joint == "or":
        return True
    # "no drums and a piano solo": what follows "and" is asked for when it is brought forward.
    prominent = reading.has(index + 1, "prominence.after") or reading.has(
        index - 1, "prominence.before"
    )
    return joint == "and" and things and not prominent


def _list_goes_on(reading: Reading, index: int) -> bool:
    """Whether "or" or "and" stands further on in the list: "no drums, bass or guitar"."""
    for at in range(index + 1, min(len(reading.chunks), index + 1 + FARTHEST)):
        chunk = reading.chunks[at]
        if chunk.meanings.get("joint") in ("or", "and"):
            return True
        if chunk.key != "," and not any(kind in chunk.meanings for kind in _PASSED):
            return False
    return False


def degree(reading: Reading, index: int) -> tuple[Degree, int]:
    """How strongly the chunk at `index` is meant, and the chunk that says so begins at."""
    said = reading.value(index - 1, "degree")
    if said in ("strong", "much"):
        return "strong", index - 1
    if said == "weak":
        return "weak", index - 1
    return "plain", index


def alone(reading: Reading, first: int, index: int) -> bool:
    """Whether nothing else is stated from `first` to before `index`: one span may hold it all."""
    return not any(
        reading.has(at, "instrument", "adjective", "effect", "vocals") for at in range(first, index)
    )


def words(reading: Reading, first: int, last: int) -> str:
    """The text of the chunks `first` … `last`, in lower case."""
    chunks = reading.chunks
    return reading.text[chunks[first].start : chunks[last].end].lower()


def clause_end(reading: Reading, index: int) -> int:
    """Index after the last chunk of the clause that holds `index`."""
    at = index + 1
    most = min(len(reading.chunks), at + LONGEST_CLAUSE)
    while at < most and not _ends(reading, at):
        at += 1
    return at


def _ends(reading: Reading, at: int) -> bool:
    chunk: Chunk = reading.chunks[at]
    spaced_dash = "-" in reading.gap(at) and " " in reading.gap(at)
    return chunk.stops or spaced_dash
