"""The three pages: one piece to judge, two to choose between, and what all reviews say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response
from markupsafe import Markup

from schemas.errors import ContractError, InputError, WarehouseError
from service import reviews
from service.web.generate import waves
from service.web.rendering import page
from service.web.review import form, shown
from service.web.site import PageMissing, Site

if TYPE_CHECKING:
    from generation.around.keeping import Kept
    from pipelines.reviewing.material import Piece
    from pipelines.reviewing.queue import Pair
    from service.reviews import Waiting

HERE = "/review"
STARS = ("1 bad", "2 poor", "3 fair", "4 good", "5 excellent")


@dataclass(frozen=True, slots=True)
class Side:
    """A piece that can be heard."""

    piece: Piece
    kept: Kept
    wave: waves.Wave

    @property
    def seconds(self) -> float:
        return self.kept.result.audio[0].duration_s


def piece_page(
    site: Site,
    who: str,
    wanted: Mapping[str, str],
    *,
    given: Mapping[str, str] | None = None,
    trouble: str = "",
    undone: bool = False,
) -> Response:
    """The piece named in `wanted`, or the next; beside it what was just judged ("done").

    Raises PageMissing for a piece that is not there.
    """
    waiting = _waiting(site, who)
    if waiting is None:
        return _page("review.html", who, site, None, trouble, side=None, done=None, undone=False)
    side = _next_piece(site, waiting, wanted)
    said = [] if side is None else _said(waiting, who, side, given)
    return _page(
        "review.html",
        who,
        site,
        waiting,
        trouble,
        side=side,
        asked=[] if side is None else shown.asked(side.piece, side.kept, said),
        rating=_rating(said, given),
        note=_note(said, given),
        done=_done(site, waiting, who, wanted.get("done", "")),
        undone=undone,
        stars=STARS,
    )


def pair_page(
    site: Site,
    who: str,
    wanted: Mapping[str, str],
    *,
    given: Mapping[str, str] | None = None,
    trouble: str = "",
    undone: bool = False,
) -> Response:
    """The pair named in `wanted`, or the next. Raises PageMissing for one that is not there."""
    waiting = _waiting(site, who)
    pair = None if waiting is None else _next_pair(waiting, wanted)
    sides = [] if pair is None else [_side(site, one) for one in (pair.first, pair.second)]
    volumes = (1.0, 1.0) if pair is None else shown.equal_volume(pair.first, pair.second)
    done = None if waiting is None else _done_pair(site, waiting, wanted.get("done", ""))
    return _page(
        "review_pair.html",
        who,
        site,
        waiting,
        trouble,
        pair=pair,
        sides=[(n, s, v) for n, s, v in zip("AB", sides, volumes, strict=False)],
        criteria=form.CRITERIA,
        given=given or {},
        done=done,
        undone=undone,
    )


def findings_page(site: Site, who: str) -> Response:
    """What all reviews say, as `wordtone report review` draws it."""
    from pipelines.reviewing.findings import findings
    from service.report.page.review_page import parts, summary

    waiting = _waiting(site, who)
    found = None if waiting is None else findings(waiting.material)
    return _page(
        "review_findings.html",
        who,
        site,
        waiting,
        "",
        facts=None if found is None else Markup(summary(found)),  # noqa: S704  markup of ours
        # What is a stranger's in it was escaped where it was put in.
        parts=[] if found is None else [(a, t, Markup(b)) for a, t, b in parts(found)],  # noqa: S704
        proposals=bool(found and found.proposals),
    )


def _page(
    template: str, who: str, site: Site, waiting: Waiting | None, trouble: str, **context: Any
) -> Response:
    return page(
        template,
        HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        here=HERE,
        listener=who,
        named=not site.tokens,
        waiting=waiting,
        trouble=trouble,
        **context,
    )


def _waiting(site: Site, who: str) -> Waiting | None:
    """None where there is no warehouse yet, and so nothing to judge."""
    try:
        return reviews.waiting(site.settings, who)
    except WarehouseError as error:
        if error.transient:
            raise
        return None


def _next_piece(site: Site, waiting: Waiting, wanted: Mapping[str, str]) -> Side | None:
    from pipelines.reviewing.queue import after

    named = wanted.get("piece", "")
    if named:
        if named not in waiting.material.pieces:
            raise PageMissing(f"no piece {named[:80]!r}")
        return _side(site, waiting.material.pieces[named])
    left = list(waiting.pieces)
    start = after([one.generation_id for one in left], wanted.get("after"))
    at = next((i for i, one in enumerate(left) if one.generation_id == start), 0)
    for piece in left[at:] + left[:at]:
        try:
            return _side(site, piece)
        except (ContractError, PageMissing):
            continue  # its files are damaged or gone: the next one can be heard
    return None


def _side(site: Site, piece: Piece) -> Side:
    from service.generations import generation

    try:
        kept = generation(site.settings, piece.generation_id)
    except InputError as error:
        raise PageMissing(str(error)) from error
    return Side(piece, kept, waves.mix_wave(kept))


def _next_pair(waiting: Waiting, wanted: Mapping[str, str]) -> Pair | None:
    from pipelines.reviewing.queue import Pair, after

    if named := wanted.get("pair", ""):
        return Pair(*_both(waiting, named))
    by_name = {_name(pair): pair for pair in waiting.pairs}
    found = after(list(by_name), wanted.get("after"))
    return None if found is None else by_name[found]


def _name(pair: Pair) -> str:
    return f"{pair.first.generation_id}.{pair.second.generation_id}"


def _both(waiting: Waiting, named: str) -> tuple[Piece, Piece]:
    """Two ids with a dot between. Raises PageMissing where they are not two pieces."""
    first, _, second = named.partition(".")
    pieces = waiting.material.pieces
    if first not in pieces or second not in pieces or first == second:
        raise PageMissing(f"no pair {named[:80]!r}")
    return pieces[first], pieces[second]


def _said(waiting: Waiting, who: str, side: Side, given: Mapping[str, str] | None) -> Sequence[Any]:
    """What stands in the form: what was sent and refused, else what was said before."""
    if given is not None:
        try:
            return form.ratings(given, who)
        except InputError:
            return []
    return shown.of_listener(waiting.material, who, side.piece.generation_id)


def _rating(said: Sequence[Any], given: Mapping[str, str] | None) -> str:
    if given is not None:
        return given.get("rating", "")
    found = next((o.rating for o in said if o.feature is None and o.rating is not None), None)
    return "" if found is None else str(round(1 + 4 * found))


def _note(said: Sequence[Any], given: Mapping[str, str] | None) -> str:
    if given is not None:
        return given.get("note", "")
    return next((o.note for o in said if o.feature is None and o.note), "")


def _done(site: Site, waiting: Waiting, who: str, generation_id: str) -> dict[str, Any] | None:
    """The piece that was just judged: its engine, and what was asked, measured and heard."""
    piece = waiting.material.pieces.get(generation_id)
    said = shown.of_listener(waiting.material, who, generation_id)
    if piece is None or not said:
        return None
    side = _side(site, piece)
    return {"piece": piece, "rows": shown.verdicts(piece, side.kept, said)}


def _done_pair(site: Site, waiting: Waiting, named: str) -> dict[str, Any] | None:
    """The engines behind a pair that was just judged."""
    if not named:
        return None
    first, second = _both(waiting, named)
    return {"first": first, "second": second}
