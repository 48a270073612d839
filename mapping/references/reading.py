"""Finds what a prompt refers to: names behind a phrase such as "in the style of", places, eras.

A name alone is never a reference: "love", "air" and "yes" are words first. It takes a phrase that
announces one, and then either capitals or a word that is no ordinary one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from mapping.references.believing import QUOTES, Candidates, joined
from mapping.references.eras import eras
from mapping.references.folding import Token, tokens
from mapping.references.names import LONGEST_NAME, Known, Names
from mapping.references.parts import part_after, part_before
from mapping.references.wordlist import Cue, phrases

LONGEST_CUE = 4
MOST_MENTIONS = 16
_PLACE_CUES = frozenset({"from", "in", "out", "of", "style"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference as the prompt makes it.

    Attributes
    ----------
    start, end : with the phrase that announces it, and its part before or after
    cut : the stretch that goes before the words are read: phrase and name; empty for place and era
    name : what the prompt calls it
    part : what it is for; None for the whole
    known : what the name is; None where nothing here knows it
    years : first and last, of an era
    """

    start: int
    end: int
    cut: tuple[int, int]
    name: str
    part: str | None = None
    known: Known | None = None
    place: str | None = None
    years: tuple[int, int] | None = None


def mentions(
    text: str, names: Names, musical: Container[str], is_word: Callable[[str], bool]
) -> tuple[Mention, ...]:
    """What `text` refers to, in its order; at most 16.

    Parameters
    ----------
    musical : words that describe music here: of the lexicon and of the catalogue's tags
    is_word : whether a folded word is an ordinary one, and no reference unless capitalised
    """
    reader = _Reader(Candidates(text, tokens(text), names, musical, is_word))
    found = [
        mention
        for kind in (reader.named(), reader.places(), reader.eras())
        for mention in itertools.islice(kind, MOST_MENTIONS)
    ]
    found.sort(key=lambda mention: mention.start)
    kept: list[Mention] = []
    for mention in found:
        # A part may belong to two names; a place within a name ("Boards of Canada") is none.
        begins = mention.cut[0] if mention.cut[0] < mention.cut[1] else mention.start
        if not kept or begins >= kept[-1].cut[1]:
            kept.append(mention)
    return tuple(kept[:MOST_MENTIONS])


@dataclass(slots=True)
class _Reader:
    c: Candidates

    def named(self) -> Iterator[Mention]:
        at = 0
        while at < len(self.c.words):
            cue = self._cue(at)
            found = self._before(at) or (self._behind(at, *cue) if cue else self._alone(at))
            if found is None:
                at += cue[0] if cue else 1
                continue
            mention, at = found
            yield mention
            joined = self._joined(mention, at)
            while joined is not None:
                mention, at = joined
                yield mention
                joined = self._joined(mention, at)

    def _alone(self, at: int) -> tuple[Mention, int] | None:
        """A name of several words that nothing announces, capitalised as it is spelled."""
        if not self.c.words[at].capital:
            return None
        for size in range(min(LONGEST_NAME, len(self.c.words) - at), 1, -1):
            run = self.c.words[at : at + size]
            known = self.c.names.find(joined(run))
            if known and self.c.unbroken(run[0].start, run[-1].end, dots=True):
                announced = at + size < len(self.c.words) and self._suffix(at + size)[1]
                if announced or not self.c.is_title(run, known):
                    return None
                return self._named_before(run, at + size, known)
        return None

    def places(self) -> Iterator[Mention]:
        table = phrases().places
        for at, token in enumerate(self.c.words[:-1]):
            if token.word not in _PLACE_CUES:
                continue
            first = at + 2 if self.c.words[at + 1].word == "the" else at + 1
            for count in (2, 1):
                run = self.c.words[first : first + count]
                place = table.get(joined(run)) if len(run) == count else None
                if place and self.c.unbroken(token.start, run[-1].end):
                    yield self._plain(token.start, run[-1].end, run[0].start, place=place)
                    break

    def eras(self) -> Iterator[Mention]:
        for era in eras(self.c.text):
            yield self._plain(era.start, era.end, era.start, years=(era.first, era.last))

    def _plain(
        self, start: int, end: int, name: int, place: str | None = None,
        years: tuple[int, int] | None = None,
    ) -> Mention:  # fmt: skip
        return Mention(start, end, (end, end), self.c.text[name:end], place=place, years=years)

    def _cue(self, at: int) -> tuple[int, Cue] | None:
        """The longest cue that begins at token `at`, and its number of tokens."""
        table = phrases().cues
        if self.c.words[at].word not in phrases().cue_beginnings:
            return None
        for count in range(min(LONGEST_CUE, len(self.c.words) - at), 0, -1):
            cue = table.get(joined(self.c.words[at : at + count]))
            if cue is not None:
                run = self.c.words[at : at + count]
                return (count, cue) if self.c.unbroken(run[0].start, run[-1].end) else None
        return None

    def _behind(self, at: int, count: int, cue: Cue) -> tuple[Mention, int] | None:
        """A name behind the cue of `count` tokens at `at`, and the token after it."""
        first = at + count
        while first < len(self.c.words) and self.c.words[first].word in phrases().before_names:
            first += 1
        if first >= len(self.c.words) or not self.c.unbroken(
            self.c.words[at].end, self.c.words[first].start
        ):
            return None
        start, part = part_before(self.c, at)
        if part and cue.strength == "casual":  # "drums by Bonham" speaks of somebody
            cue = Cue("weak", cue.kind)
        found = self.c.name(first, cue)
        if found is None:
            return None
        known, after = found
        end = self._close(self.c.words[first].start, self.c.words[after - 1].end)
        name = self.c.text[self.c.words[first].start : self.c.words[after - 1].end]
        if part is None:
            part, after = part_after(self.c, after)
        cut = (self.c.words[at].start, end)
        whole = max(end, self.c.words[after - 1].end)
        return Mention(min(start, cut[0]), whole, cut, name, part, known), after

    def _before(self, at: int) -> tuple[Mention, int] | None:
        """A name that ends before token `at`: "Radiohead style drums", "Prince's guitar"."""
        count, strength = self._suffix(at)
        if at == 0 or not strength:
            return None
        for size in range(min(LONGEST_NAME, at), 0, -1):
            run = self.c.words[at - size : at]
            known = self.c.names.find(joined(run))
            if not known or not self.c.unbroken(run[0].start, self.c.words[at].start, dots=True):
                continue
            # "Love song" at the beginning has its capital from there.
            if strength == "work" and (at == size or all(t.word in self.c.musical for t in run)):
                continue
            if self.c.believable(run, Cue("weak" if strength == "weak" else "casual"), known):
                return self._named_before(run, at + count, known)
        return None

    def _named_before(self, run: list[Token], after: int, known: Known) -> tuple[Mention, int]:
        part, last = part_after(self.c, after)
        end = self.c.words[after - 1].end
        whole = max(end, self.c.words[last - 1].end)
        name = self.c.text[run[0].start : run[-1].end]
        return Mention(run[0].start, whole, (run[0].start, end), name, part, known), last

    def _suffix(self, at: int) -> tuple[int, str]:
        """Tokens of a phrase behind a name at `at`, and how much it takes to believe the name.

        "Prince-like" is about Prince; "Prince like" is the beginning of something else.
        """
        word = self.c.words[at].word
        gap = self.c.text[self.c.words[at].start - 1 : self.c.words[at].start]
        if word == "s":
            has_part = part_after(self.c, at + 1)[0] is not None
            return (1, "casual") if gap in ("'", "’") and has_part else (0, "")
        if word == "meets":
            return 0, "casual"
        if word not in phrases().suffix_beginnings:
            return 0, ""
        for count in (2, 1):
            run = self.c.words[at : at + count]
            if len(run) < count:
                continue
            if joined(run) in phrases().after and (word != "like" or gap == "-"):
                return count, "casual" if word in ("like", "inspired") else "weak"
            if joined(run) in phrases().works:
                return count, "work"
        return 0, ""

    def _joined(self, earlier: Mention, at: int) -> tuple[Mention, int] | None:
        """ "… and Moby" behind a name: another one for the same part."""
        for count in (5, 2, 1):
            run = self.c.words[at : at + count]
            listed = self.c.text[earlier.cut[1] : earlier.cut[1] + 2].strip() == ","
            if joined(run) in phrases().joins and len(run) == count:
                first = at + count
                rest = self.c.words[first:]
                found = self.c.name(first, Cue("casual")) if rest else None
            elif listed and count == 1 and run:
                found, first = self.c.name(at, Cue("casual")), at
            else:
                continue
            if found is None or found[0] is None:
                return None
            known, after = found
            end = self.c.words[after - 1].end
            begin = earlier.cut[1]
            name = self.c.text[self.c.words[first].start : end]
            return Mention(begin, end, (begin, end), name, earlier.part, known), after
        return None

    def _close(self, start: int, end: int) -> int:
        """Past the quotation mark behind a name that has one before it."""
        if start == 0 or self.c.text[start - 1] not in QUOTES:
            return end
        return end + 1 if self.c.text[end : end + 1] in QUOTES and end < len(self.c.text) else end
