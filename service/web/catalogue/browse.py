"""The catalogue as a map and a table of the same selection."""

from __future__ import annotations

import io
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from schemas.errors import InputError
from service.browsing import asked as asking
from service.browsing import found
from service.browsing.asked import Asked
from service.browsing.telling import title_of
from service.http.shell.tokens import Scope
from service.web.catalogue import listing
from service.web.catalogue.opening import opened
from service.web.rendering import page
from service.web.site import HIDDEN, Site

DRAWN = 1_500
"""Points that the page itself draws for a browser without scripts; /v1/map has all."""

_ADDED = ("term", "with", "feature", "low", "high")
"""Fields of the form that become conditions; an address has only these."""

Pairs = Sequence[tuple[str, str]]


def add_browse_page(app: FastAPI, site: Site) -> None:
    """Put the page on `app`."""

    @app.get("/catalogue", dependencies=site.needs(Scope.READ), **HIDDEN)
    def catalogue(request: Request) -> Response:
        pairs = request.query_params.multi_items()
        try:
            if any(name in _ADDED or not value for name, value in pairs):
                address = asking.read(_conditions(pairs)).address()
                return RedirectResponse(f"/catalogue{address}", HTTPStatus.SEE_OTHER)
            return _page(site, asking.read(pairs))
        except InputError as error:
            return _page(site, _readable(pairs), str(error))

    @app.get("/catalogue/export", dependencies=site.needs(Scope.READ), **HIDDEN)
    def export(request: Request) -> Response:
        pairs = request.query_params.multi_items()
        form = dict(pairs).get("format", "")
        asked = asking.read([pair for pair in pairs if pair[0] != "format"])
        return _export(site, asked, form)


def _export(site: Site, asked: Asked, form: str) -> Response:
    """The chosen tracks as a file, all features with them.

    Raises
    ------
    InputError
        For an unknown format, or more tracks than a download holds.
    """
    from warehouse import browsing
    from warehouse.formats import write_table

    if form not in _EXPORTED:
        raise InputError(f"format={form[:40]!r}: valid are {', '.join(_EXPORTED)}")
    with opened(site) as lake:
        places, _ = site.catalogue.layout.places(lake)
        chosen, _ = found.choice(site.catalogue, lake, asked, places)
        if (tracks := browsing.count(lake, chosen)) > browsing.LARGEST:
            raise InputError(
                f"{tracks:,} tracks; a download holds {browsing.LARGEST:,}. "
                "`wordtone export` writes any number"
            )
        ids = browsing.chosen_ids(lake, chosen, asked.sort)
        table = browsing.table(lake, ids, asking.FEATURE_NAMES)
    answer = io.BytesIO()
    write_table(table, form, answer)
    headers = {"Content-Disposition": f'attachment; filename="tracks.{form}"'}
    return Response(answer.getvalue(), media_type=_EXPORTED[form], headers=headers)


_EXPORTED = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


def _conditions(pairs: Pairs) -> list[tuple[str, str]]:
    """The pairs with a term and a range that were filled in made conditions."""
    kept = [(name, value) for name, value in pairs if name not in _ADDED and name != "page"]
    given = {name: value.strip() for name, value in pairs if name in _ADDED}
    if term := given.get("term"):
        kept.append(("not_tag" if given.get("with") == "without" else "tag", term))
    low, high = given.get("low", ""), given.get("high", "")
    if low or high:
        kept.append(("where", f"{given.get('feature', '')}={low}..{high}"))
    return kept


def _readable(pairs: Pairs) -> Asked:
    """What can be read of an address that is wrong somewhere: the form keeps it."""
    try:
        return asking.read(_conditions(pairs))
    except InputError:
        return Asked()


def _page(site: Site, asked: Asked, trouble: str = "") -> Response:
    from warehouse import browsing

    with opened(site) as lake:
        places, _ = site.catalogue.layout.places(lake)
        chosen = browsing.Choice(among=())
        notes: tuple[str, ...] = ()
        if not trouble:
            try:
                chosen, notes = found.choice(site.catalogue, lake, asked, places)
            except InputError as error:
                trouble = str(error)
        listed = found.page(site.catalogue, lake, chosen, asked, notes)
        drawn = found.drawn(site.catalogue, lake, asked, chosen)
        facets = site.catalogue.facets(lake)
    return page(
        "catalogue.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        here="/catalogue",
        asked=asked,
        asking=asking,
        trouble=trouble,
        listed=listed,
        drawn=drawn,
        points=drawn.points[:DRAWN],
        columns=[listing.column(name, asked) for name in ("title", "artist", *asked.columns)],
        cells=[[listing.cell(row, name) for name in asked.columns] for row in listed.rows],
        chips=listing.chips(asked),
        licences=facets.licences,
        sources=facets.sources,
        title_of=title_of,
        numbered=listing.numbered(asked, listed),
    )
