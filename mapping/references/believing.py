"""Whether words behind a phrase are a name: known and meant, known and not meant, or unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from mapping.references.folding import Token, tokens
from mapping.references.names import LONGEST_NAME, Known, Names
from mapping.references.wordlist import Cue, phrases

QUOTES = "\"'“”‘’«»„"
_BREAKS = re.compile(r"[,;:.!?()\n]")
_SMALL = frozenset(
    "a an and by da de del der feat in la le of n on s the to van von".split()  # noqa: SIM905
)

TITLE_CASE = 0.7
"""Share of the other words that may have capitals before capitals say nothing."""


def joined(run: Sequence[Token]) -> str:
    """The folded words of `run` with a space between."""
    return " ".join([token.word for token in run])


def _counts(token: Token) -> bool:
    return len(token.word) > 2


@dataclass(slots=True)
class Candidates:
    """Names in one prompt.

    Attributes
    ----------
    words : the tokens of `text`
    musical : words that describe music here: of the lexicon and of the catalogue's tags
    is_word : whether a folded word is an ordinary one, and no reference unless capitalised
    """

    text: str
    words: list[Token]
    names: Names
    musical: Container[str]
    is_word: Callable[[str], bool]
    _others: int = -1
    _capital: int = 0

    def name(self, first: int, cue: Cue) -> tuple[Known | None, int] | None:
        """The longest believable name at `first`: known, or capitalised and unknown."""
        quoted = self.words[first].start > 0 and self.text[self.words[first].start - 1] in QUOTES
        most = min(LONGEST_NAME, len(self.words) - first)
        for count in range(most, 0, -1):
            run = self.words[first : first + count]
            if not self.unbroken(run[0].start, run[-1].end, dots=True):
                continue
            known = self.names.find(joined(run), "any" if quoted else cue.kind)
            known = known or self._title_by(run, first)
            if known and (quoted or self.believable(run, cue, known)):
                # "by John Bonham" is not by John.
                if count == 1 and not quoted and self._goes_on(first + 1):
                    break
                return known, first + count
        return self._unknown(first, cue)

    def _goes_on(self, at: int) -> bool:
        """Whether token `at` looks like more of a name: capitalised, a space behind the last."""
        if at >= len(self.words) or not self.words[at].capital or self.words[at].word.isdigit():
            return False
        between = self.text[self.words[at - 1].end : self.words[at].start]
        return between == " " and self._capitals(self.words[at - 1 : at + 1])

    def _title_by(self, run: Sequence[Token], first: int) -> Known | None:
        for at, token in enumerate(run):
            if token.word == "by" and 0 < at < len(run) - 1:
                return self.names.title_by(joined(run[:at]), joined(run[at + 1 :]))
        return None

    def believable(self, run: Sequence[Token], cue: Cue, known: Known) -> bool:
        """Whether `run`, words that are the name of `known`, are meant as one."""
        content = [t.word for t in run if t.word not in _SMALL and not t.word.isdigit()]
        if not content:  # "The", "808": only in quotation marks
            return False
        if self._capitals(run) or (len(content) > 1 and self._as_spelled(run, known.name)):
            return True
        if cue.strength == "casual":
            return False
        if any(len(word) > 2 and not self._ordinary(word) for word in content):
            return True
        # "in the style of massive attack": two words that are none of music's, all of a name.
        plain = phrases().ordinary
        return (
            cue.strength == "strong"
            and len(content) > 1
            and not any(word in plain or word in self.musical for word in content)
        )

    def _ordinary(self, word: str) -> bool:
        return (
            word.isdigit() or word in phrases().ordinary or word in self.musical
            or self.is_word(word)
        )  # fmt: skip

    def _capitals(self, run: Sequence[Token]) -> bool:
        """Whether `run` is capitalised where the rest of the prompt is not."""
        content = [t for t in run if t.word not in _SMALL] or list(run)
        if not content or not all(t.capital for t in content):
            return False
        self._count()
        mine = [t for t in run if _counts(t)]
        others = self._others - len(mine)
        capitals = self._capital - sum(t.capital for t in mine)
        return others < 2 or capitals <= TITLE_CASE * others

    def _count(self) -> None:
        """How many words could have a capital, and have one; once, for a long prompt has many."""
        if self._others < 0:
            rest = [t for i, t in enumerate(self.words) if _counts(t) and (i or not t.capital)]
            self._others = len(rest)
            self._capital = sum(t.capital for t in rest)

    def is_title(self, run: Sequence[Token], known: Known) -> bool:
        """Whether words that nothing announces can only be the name of `known`."""
        content = [t for t in run if t.word not in _SMALL and not t.word.isdigit()]
        plain = phrases().ordinary
        return (
            len(content) > 1
            and all(t.capital for t in content)
            and any(t.word not in plain and t.word not in self.musical for t in content)
            and self._as_spelled(run, known.name)
        )

    def _as_spelled(self, run: Sequence[Token], name: str) -> bool:
        """Whether capitals stand where the name has them: "Aunt Vera's choir"."""
        spelled = tokens(name)
        alike = len(spelled) == len(run) and all(
            a.capital == b.capital for a, b in zip(run, spelled, strict=True)
        )
        return alike and self._capitals([t for t in run if t.capital])

    def _unknown(self, first: int, cue: Cue) -> tuple[None, int] | None:
        if cue.strength == "casual":
            return None
        last = first
        for at in range(first, min(first + LONGEST_NAME, len(self.words))):
            token = self.words[at]
            if at > first and not self.unbroken(self.words[at - 1].end, token.start, dots=True):
                break
            if token.capital and not token.word[:1].isdigit():
                last = at + 1
            elif token.word not in _SMALL:
                break
        run = self.words[first:last]
        if not run or not self._capitals(run) or joined(run) in phrases().places:
            return None
        # "like House", "like C minor": no names.
        if all(len(t.word) < 3 or t.word in self.musical or t.word in _SMALL for t in run):
            return None
        return None, last

    def unbroken(self, start: int, end: int, dots: bool = False) -> bool:
        """Whether no comma, full stop or bracket stands between; `dots` lets "R.E.M." through."""
        between = self.text[start:end]
        return _BREAKS.search(between.replace(".", "") if dots else between) is None
