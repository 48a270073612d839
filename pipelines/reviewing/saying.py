"""What a listener says: a rating, a feature's direction, a choice between two."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pipelines.generations import EXTRACTOR
from schemas.errors import InputError
from schemas.features import FEATURES
from schemas.operations import ComparisonRow, Heard, ReviewRow

MOST_NOTE = 2_000
MOST_NAME = 100
_FEATURES = tuple(spec.name for spec in FEATURES if spec.size == 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One listener's word on a generation: a rating 0 … 1, a feature's direction, or both.

    Raises
    ------
    InputError
        When nothing is said, or a value cannot be; names it and what is valid.
    """

    generation_id: str
    reviewer: str
    rating: float | None = None
    feature: str | None = None
    heard: Heard | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        check_listener(self.reviewer)
        _check_note(self.note)
        if self.rating is None and self.heard is None and not self.note:
            raise InputError("review: nothing said; give a rating, a feature's value or a note")
        if self.rating is not None and not 0 <= self.rating <= 1:
            raise InputError(f"rating {self.rating:g}: valid is 0 … 1")
        if self.heard is not None and self.feature is None:
            raise InputError("--value: of which --feature?")
        if self.feature is not None and self.feature not in _FEATURES:
            raise InputError(f"feature {self.feature!r}: valid are {', '.join(_FEATURES)}")

    def row(self) -> ReviewRow:
        """Its row: saying something of the same again replaces what was said."""
        about = self.feature or "whole"
        return ReviewRow(
            review_id=f"{self.generation_id}-{_digest(self.reviewer)}-{about}",
            generation_id=self.generation_id,
            reviewer=self.reviewer,
            feature=self.feature,
            rating=self.rating,
            note=self.note,
            heard=self.heard,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One listener's choice. Raises InputError for a piece against itself, and long texts.

    `tied`: the listener heard both and cannot tell; which is the winner then says nothing.
    """

    winner: str
    loser: str
    reviewer: str
    criterion: str = "overall"
    note: str | None = None
    tied: bool = False

    def __post_init__(self) -> None:
        check_listener(self.reviewer)
        _check_note(self.note)
        if self.winner == self.loser:
            raise InputError(f"--better {self.winner}: valid is another than --than")
        if not self.criterion.strip() or len(self.criterion) > MOST_NAME:
            raise InputError(f"--on: {len(self.criterion)} characters; valid is 1 to {MOST_NAME}")

    def row(self) -> ComparisonRow:
        """Its row: the same pair, listener and criterion again replaces the choice."""
        pair = "|".join(sorted((self.winner, self.loser)))
        said = self.criterion.strip().lower()
        return ComparisonRow(
            comparison_id=_digest(f"{pair}|{self.reviewer}|{said}"),
            winner=self.winner,
            loser=self.loser,
            reviewer=self.reviewer,
            criterion=said,
            note=self.note,
            tied=self.tied or None,
        )


def of_stars(stars: float) -> float:
    """1 (bad) … 5 (good) as a rating 0 … 1. Raises InputError for any other number."""
    if not 1 <= stars <= 5:
        raise InputError(f"--rating {stars:g}: valid is 1 … 5")
    return (stars - 1) / 4


def check_listener(name: str) -> None:
    """Raises InputError for a name that no listener can have."""
    if not name.strip() or len(name) > MOST_NAME or name == EXTRACTOR:
        raise InputError(
            f"reviewer {name!r}: valid is a name of 1 to {MOST_NAME} characters; "
            f"{EXTRACTOR!r} is the program's own"
        )


def _check_note(note: str | None) -> None:
    if note is not None and len(note) > MOST_NOTE:
        raise InputError(f"note: {len(note):,} characters; valid is at most {MOST_NOTE:,}")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
