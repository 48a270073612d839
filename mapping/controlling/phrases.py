"""A prompt cut into phrases: what an explanation gives credit to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mapping.reading.lexicon import lexicon
from mapping.reading.prompt import parse
from mapping.references.reading import Mention

MOST_PHRASES = 12
"""A longer prompt has neighbouring phrases joined: the cost grows with their number."""

_WORD = re.compile(r"[^\W_][\w'’#♯♭-]*")
_BREAK = re.compile(r"[,;:.!?()/\n]|\s[-–—]\s")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of the prompt; `option` for what is stated beside it, which has no place."""

    text: str
    start: int
    end: int
    option: str | None = None


def phrases(prompt: str, mentions: Sequence[Mention]) -> tuple[Phrase, ...]:
    """References and statements whole, what is left in runs between commas and small words.

    Stretches do not overlap, and every content word of the prompt is in one.
    """
    spans: list[tuple[int, int]] = []
    for mention in mentions:
        _add(spans, mention.start, mention.end)
    for statement in parse(prompt).statements:
        _add(spans, statement.start, statement.end)
    for start, end in _runs(prompt, sorted(spans)):
        _add(spans, start, end)
    joined = _few(sorted(spans), prompt)
    return tuple(Phrase(prompt[start:end].strip(), start, end) for start, end in joined)


def _add(spans: list[tuple[int, int]], start: int, end: int) -> None:
    if end > start and all(end <= s or start >= e for s, e in spans):
        spans.append((start, end))


def _runs(prompt: str, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of content words outside `taken`; small words and punctuation end one."""
    stop, found = lexicon().stop, []
    run: tuple[int, int] | None = None
    holes = iter((*taken, (len(prompt) + 1, len(prompt) + 1)))
    hole = next(holes)
    for m in _WORD.finditer(prompt):
        while m.start() >= hole[1]:
            hole = next(holes)
        inside = m.end() > hole[0]
        crosses = run is not None and _BREAK.search(prompt, run[1], m.start()) is not None
        ends = inside or m[0].lower() in stop or crosses or _held(taken, run, m.start())
        if ends and run is not None:
            found.append(run)
            run = None
        if not inside and m[0].lower() not in stop:
            run = (run[0] if run else m.start(), m.end())
    return [*found, run] if run is not None else found


def _held(taken: Sequence[tuple[int, int]], run: tuple[int, int] | None, start: int) -> bool:
    """Whether a stretch that is taken lies between a run and what follows it."""
    return run is not None and any(run[1] <= s < start for s, _ in taken)


def _few(spans: list[tuple[int, int]], prompt: str) -> list[tuple[int, int]]:
    """At most 12: the two neighbours that are shortest together are joined until there are."""
    while len(spans) > MOST_PHRASES:
        if len(spans) > 4 * MOST_PHRASES:  # a very long prompt: by halves, not one by one
            pairs = [spans[i : i + 2] for i in range(0, len(spans), 2)]
            spans = [(pair[0][0], pair[-1][1]) for pair in pairs]
            continue
        at = min(range(len(spans) - 1), key=lambda i: spans[i + 1][1] - spans[i][0])
        spans[at : at + 2] = [(spans[at][0], spans[at + 1][1])]
    return spans


def without(prompt: str, gone: Sequence[Phrase]) -> str:
    """The prompt with these phrases blanked; what is left keeps its place."""
    characters = list(prompt)
    for phrase in gone:
        characters[phrase.start : phrase.end] = " " * (phrase.end - phrase.start)
    return "".join(characters)
