"""Suggestions for words that nothing knows: known words one or two slips away.

Candidates come from an index of all words with one letter left out (Garbe's symmetric deletes), so
that a look-up costs a few dictionary reads whatever the vocabulary's size; they are then measured
by the optimal string alignment distance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SHORTEST, LONGEST = 4, 30
TWO_SLIPS_FROM = 8
"""Letters of a word from which two slips are looked for; shorter words are all alike."""

MOST = 3


class Speller:
    """Knows `words`; the index is made when it is first asked.

    `preferred` words come first among equally near ones.
    """

    def __init__(self, words: Iterable[str], preferred: Iterable[str] = ()) -> None:
        self._preferred = frozenset(preferred)
        self._words = (*self._preferred, *words)
        self._index: dict[str, list[str]] | None = None

    def suggest(self, word: str) -> tuple[str, ...]:
        """Known words that `word` may be a slip of, the nearest first; none for short words."""
        if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return ()
        index = self._made()
        limit = 2 if len(word) >= TWO_SLIPS_FROM else 1
        candidates = {found for part in _deletes(word) for found in index.get(part, ())}
        near = [(distance(word, c, limit), c not in self._preferred, c) for c in candidates]
        return tuple(c for d, _, c in sorted(near) if d <= limit)[:MOST]

    def _made(self) -> dict[str, list[str]]:
        if self._index is None:
            index: dict[str, list[str]] = {}
            for word in dict.fromkeys(self._words):
                if SHORTEST <= len(word) <= LONGEST and word.isalpha():
                    for part in _deletes(word):
                        index.setdefault(part, []).append(word)
            self._index = index
        return self._index


def _deletes(word: str) -> Iterator[str]:
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def distance(a: str, b: str, limit: int) -> int:
    """Optimal string alignment distance of two words, or `limit` + 1 where it is more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
