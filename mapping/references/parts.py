"""What a reference is for: the part of the music that stands before or behind it."""

from __future__ import annotations

from mapping.references.believing import Candidates, joined
from mapping.references.wordlist import phrases

_FAR = 3
"""Words that may stand between a part and its reference: "a bass line that is like"."""


def part_before(c: Candidates, at: int) -> tuple[int, str | None]:
    """The part that stands up to three words before token `at`: "a bass line that is like"."""
    for back in range(_FAR + 1):
        for count in (2, 1):
            first, last = at - back - count, at - back
            if first < 0:
                continue
            part = phrases().parts.get(joined(c.words[first:last]))
            between = c.words[last:at]
            if any(t.word in ("and", "or", "but", "with") for t in between):
                return c.words[at].start, None
            if part and c.unbroken(c.words[first].start, c.words[at].start):
                return c.words[first].start, part
    return c.words[at].start, None


def part_after(c: Candidates, at: int) -> tuple[str | None, int]:
    """The part that token `at` begins, behind a name, and the token after it."""
    for count in (2, 1):
        run = c.words[at : at + count]
        part = phrases().parts.get(joined(run)) if len(run) == count else None
        if part and at and c.unbroken(c.words[at - 1].end, run[-1].end):
            return part, at + count
    return None, at
