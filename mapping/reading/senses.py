"""Choosing among the senses of an ambiguous word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mapping.reading.adjectives import adjectives
from mapping.reading.statements import AmbiguousStatement, WordSense
from schemas.errors import PromptError


def check_sense(word: str, sense: str) -> None:
    """Raises PromptError where `word` has no such sense."""
    known = adjectives().get(word)
    several = sorted(w for w, a in adjectives().items() if len(a.meanings) > 1)
    if known is None or len(known.meanings) < 2:
        raise PromptError(f"senses: {word!r}; valid is {', '.join(several)}")
    ids = [meaning.id for meaning in known.meanings]
    if sense not in ids:
        raise PromptError(f"senses[{word!r}]: {sense!r}; valid is {', '.join(ids)}")


def sense_of(statement: AmbiguousStatement, sense: str) -> WordSense:
    """The chosen sense; the mixture's first where a comparative lacks it, which none does."""
    return next((s for s in statement.senses if s.id == sense), statement.senses[0])


def unused(
    senses: Sequence[tuple[AmbiguousStatement, str | None]], chosen: Mapping[str, str]
) -> Iterator[str]:
    """Warnings about choices for words that the prompt does not have."""
    said = {statement.base for statement, _ in senses}
    for word in sorted(set(chosen) - said):
        yield f"senses: the prompt has no open {word!r}; that choice changed nothing"
