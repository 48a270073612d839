"""The rule that reads plain adjectives and a few styles: "slow", "aggressive", "ambient"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from mapping.reading.lexicon import lexicon
from mapping.reading.rules_words import alternatives, negated, plain
from mapping.reading.statements import AnyStatement, LeaningStatement, before

# "not too slow" and "less aggressive" say less than the opposite: they lean nothing.
_TOO = re.compile(r"\btoo\W+$", re.I)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){alternatives(lexicon().leanings)}(?![\w-])", re.I)


def leanings(text: str) -> Iterator[AnyStatement]:
    """ "slow dark ambient" leans tempo, valence and energy to their lower thirds."""
    table = {plain(word): sides for word, sides in lexicon().leanings.items()}
    levels = lexicon().levels
    for m in _pattern().finditer(text):
        if negated(text, m.start()) or _TOO.search(before(text, m.start())):
            continue
        for feature, level in table[plain(m[0])]:
            yield LeaningStatement(
                start=m.start(), end=m.end(), feature=feature, word=m[0].lower(),
                share=levels[level],
            )  # fmt: skip
