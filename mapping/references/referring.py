"""A prompt's references, policy and all: the door of this package.

prompt ─reading─▶ mentions ─resolving─▶ references and weights ─blend─▶ weights of the answer
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapping.predicting.scaling import Array
from mapping.predicting.tfidf import words
from mapping.reading.adjectives import adjectives
from mapping.reading.lexicon import lexicon
from mapping.references.folding import key
from mapping.references.reading import Mention, mentions
from mapping.references.resolving import Resolved, resolve
from mapping.references.sides import words_for
from schemas.answers import Span
from schemas.errors import PromptError
from schemas.references import ExampleTrack, Reference, ReferencePolicy

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

WHOLE, WITH_WORDS, PART = 0.9, 0.65, 0.5
"""Share of the answer that follows references to the whole: alone, and beside other words; and
that follows references to parts, where nothing is said of the whole."""

FEW = 2.0
"""Tracks at which a reference has half of that share: one track is thin evidence."""

ELSEWHERE = 0.2
"""What a track from another place or time still counts, beside words that say more."""

DIFFERENT = 0.6
"""A reference is put into words by features this far from the catalogue's, standard deviations."""


@dataclass(frozen=True, slots=True)
class Referred:
    """What the references of a prompt come to.

    Attributes
    ----------
    text : the prompt with names and the phrases that announce them blanked, as long as it was
    for_engine : the prompt without identity; None where the policy passes names on, or none is
    spelled : words that were read as a place, an era or the part that a reference is for
    places : first and last character of each reference
    warnings : names that are not known, sides to choose from, thin evidence
    """

    text: str
    resolved: tuple[Resolved, ...] = ()
    for_engine: str | None = None
    spelled: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ()

    @property
    def references(self) -> tuple[Reference, ...]:
        return tuple(r.reference for r in self.resolved)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where the prompt refers to something, for a page to highlight."""
        return tuple(
            Span(start=start, end=end, kind="reference", meaning=f"{r.kind}: {r.name}")
            for (start, end), r in zip(self.places, self.references, strict=True)
        )

    @property
    def moves(self) -> bool:
        """Whether any of them points anywhere in the catalogue."""
        return any(r.weights is not None for r in self.resolved)

    def blend(self, weights: Array, has_words: bool) -> Array:
        """`weights` of the words, (n,), mixed with those of the references; sum 1."""
        found = [r for r in self.resolved if r.weights is not None]
        around = [r for r in found if r.reference.kind in ("place", "era")]
        named = [r for r in found if r not in around]
        whole = [r for r in named if r.reference.part is None]
        if whole:
            weights = _mixed(weights, whole, WITH_WORDS if has_words else WHOLE)
        elif named:
            weights = _mixed(weights, named, PART)
        for one in around:
            said = has_words or bool(named)
            weights = _within(weights, one) if said else _mixed(weights, [one], WHOLE)
        return weights


def _mixed(weights: Array, found: Sequence[Resolved], share: float) -> Array:
    total: Array = np.sum([r.weights for r in found if r.weights is not None], axis=0)
    rows = sum(r.rows for r in found)
    share *= rows / (rows + FEW)
    mixed: Array = (1 - share) * weights + share * total / total.sum()
    return mixed


def _within(weights: Array, around: Resolved) -> Array:
    """`weights` drawn towards the tracks of a place or an era: "folk of the seventies" is folk."""
    assert around.weights is not None
    drawn: Array = np.where(around.weights > 0, weights, ELSEWHERE * weights)
    total: Array = drawn / drawn.sum()
    return total


def refer(m: Model, prompt: str, policy: ReferencePolicy, sides: Mapping[str, int]) -> Referred:
    """Find and resolve what `prompt` refers to.

    Raises
    ------
    PromptError
        When the policy is `refuse` and there is a name, or a side is chosen that is not there.
    """
    found = mentions(prompt, m.names, m.musical_words, m.is_word)
    if not found:
        return Referred(prompt)
    named = [x for x in found if x.place is None and x.years is None]
    if policy == "refuse" and named:
        raise PromptError(
            f"prompt: refers to {named[0].name!r}, and references to names are refused here "
            "(WORDTONE_REFERENCES); say in words how it should sound"
        )
    chosen = {key(name): side for name, side in sides.items()}
    resolved = tuple(
        resolve(m.learned, m.names, x, prompt, chosen.get(key(x.known.name)) if x.known else None)
        for x in found
    )
    return Referred(
        text=_blanked(prompt, found),
        resolved=resolved,
        for_engine=_without_names(m, prompt, found, resolved) if policy == "features" and named
        else None,
        places=tuple((x.start, x.end) if x.cut[0] == x.cut[1] else x.cut for x in found),
        spelled=frozenset(w for x in found for w in words(prompt[x.start : x.end])),
        warnings=tuple(w for x, r in zip(found, resolved, strict=True) for w in _warnings(x, r)),
    )  # fmt: skip


def _blanked(prompt: str, found: Sequence[Mention]) -> str:
    characters = list(prompt)
    for mention in found:
        start, end = mention.cut
        characters[start:end] = " " * (end - start)
    return "".join(characters)


def _without_names(
    m: Model, prompt: str, found: Sequence[Mention], resolved: Sequence[Resolved]
) -> str:
    """The prompt with words of the lexicon where names stood: "a bass line, fast and bright"."""
    out, at = [], 0
    for mention, one in zip(found, resolved, strict=True):
        start, end = mention.cut
        if end <= start:
            continue
        told = _told(m, one)
        out += [prompt[at:start].rstrip(" "), f", {' and '.join(told)}" if told else "", " "]
        at = end
    out.append(prompt[at:].lstrip(" "))
    return " ".join("".join(out).replace(" ,", ",").replace(",,", ",").split()).strip(" ,")


def _told(m: Model, one: Resolved) -> list[str]:
    if one.weights is None:
        return []
    away = m.learned.reference.mean(one.weights)
    if one.reference.part:
        says = [name in one.reference.features for name in m.learned.names]
        away = np.where(says, away, 0.0)
    return words_for(m.learned.names, away, DIFFERENT, most=2)


def _warnings(mention: Mention, one: Resolved) -> list[str]:
    reference = one.reference
    if mention.years is not None or mention.place is not None:
        if one.weights is None:
            what = "dates no track so" if mention.years else "names no track from there"
            return [f"{reference.text!r}: the catalogue {what}; it changes nothing"]
        return []
    if mention.known is None:
        return [f"{mention.name!r} is not known to this catalogue: it changes nothing"]
    if one.weights is None:
        return [f"{reference.name!r}: the mapping predicts none of its features"]
    if reference.sides and reference.side is None:
        listed = "; ".join(
            f"{i}: {side.words} ({_titles(side.tracks)})"
            for i, side in enumerate(reference.sides, start=1)
        )
        both = "both" if len(reference.sides) == 2 else "all"
        return [
            f"{reference.name} has {len(reference.sides)} sides, {both} are mixed: {listed}; "
            "more like this or that?"
        ]
    return []


def _titles(tracks: Sequence[ExampleTrack]) -> str:
    return ", ".join(track.title or track.track_id for track in tracks[:2])


def musical_words(vocabulary: Mapping[str, int]) -> frozenset[str]:
    """Folded words that describe music: of the lexicon and of the catalogue's tags."""
    listed = (*lexicon().phrases(), *lexicon().stop, *adjectives(), *vocabulary)
    return frozenset(word for phrase in listed for word in key(phrase).split())
