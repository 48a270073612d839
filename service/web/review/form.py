"""What the forms of the page say, as reviews; an unknown field is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schemas.errors import InputError
from schemas.operations import Heard

if TYPE_CHECKING:
    from pipelines.review import Comparison, Rating

CRITERIA: tuple[tuple[str, str], ...] = (
    ("overall", "Better overall"),
    ("follows the prompt", "Follows the prompt better"),
    ("sound quality", "Sounds better made"),
)
"""What two pieces are compared by, as it is kept, and as it is asked."""

FIRST, TIED, SECOND = "a", "tied", "b"
_HEARD, _CHOICE = "heard.", "choice."
_VERDICTS = ("", *Heard)


def ratings(form: Mapping[str, str], listener: str) -> list[Rating]:
    """The whole of a piece, and each feature that something is said of.

    Raises InputError that names the field and what is valid, and where nothing is said.
    """
    from pipelines.review import Rating
    from pipelines.reviewing.saying import of_stars

    _known(form, ("piece", "rating", "note"), _HEARD)
    piece, stars, note = form.get("piece", ""), form.get("rating", ""), _note(form)
    said: list[Rating] = []
    if stars:
        if stars not in ("1", "2", "3", "4", "5"):
            raise InputError(f"rating: {stars[:40]!r}; valid is 1 … 5")
        rating = of_stars(float(stars))
        said.append(Rating(generation_id=piece, reviewer=listener, rating=rating, note=note))
    elif note:
        said.append(Rating(generation_id=piece, reviewer=listener, note=note))
    for name, verdict in _under(form, _HEARD).items():
        if verdict not in _VERDICTS:
            raise InputError(f"{name}: {verdict[:40]!r}; valid is {', '.join(Heard)}")
        if verdict:
            heard = Heard(verdict)
            said.append(Rating(generation_id=piece, reviewer=listener, feature=name, heard=heard))
    if not said:
        raise InputError("Say at least one thing of it, or skip it.")
    return said


def comparisons(form: Mapping[str, str], listener: str) -> list[Comparison]:
    """A choice for each criterion that was answered. Raises as `ratings` does."""
    from pipelines.review import Comparison

    _known(form, ("a", "b", "note"), _CHOICE)
    first, second = form.get("a", ""), form.get("b", "")
    valid = [name for name, _ in CRITERIA]
    said = []
    for criterion, choice in _under(form, _CHOICE).items():
        if criterion not in valid:
            raise InputError(f"choice: {criterion[:40]!r}; valid is {', '.join(valid)}")
        if choice not in ("", FIRST, TIED, SECOND):
            raise InputError(f"{criterion}: {choice[:40]!r}; valid is a, b or tied")
        if choice:
            winner, loser = (second, first) if choice == SECOND else (first, second)
            said.append(
                Comparison(
                    winner=winner,
                    loser=loser,
                    reviewer=listener,
                    criterion=criterion,
                    note=_note(form),
                    tied=choice == TIED,
                )
            )
    if not said:
        raise InputError("Choose by one of the questions at least, or skip the pair.")
    return said


def _note(form: Mapping[str, str]) -> str | None:
    return form.get("note", "").strip() or None


def _under(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Fields whose names begin with `prefix`, without it."""
    return {n.removeprefix(prefix): v for n, v in form.items() if n.startswith(prefix)}


def _known(form: Mapping[str, str], names: tuple[str, ...], prefix: str) -> None:
    odd = [name for name in form if name not in names and not name.startswith(prefix)]
    if odd:
        valid = ", ".join((*names, f"{prefix}…"))
        raise InputError(f"field {odd[0][:40]!r}: there is none; valid are {valid}")
