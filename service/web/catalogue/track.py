"""The page of one track, and the parts of it that take a while: waveform, similar tracks."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from pipelines.printable import printable
from schemas.errors import InputError, WordtoneError
from schemas.features import FEATURES, KEY_NAMES
from schemas.rights import RightsLayer
from service.browsing import sound
from service.http.shell.tokens import Scope, presented
from service.web.catalogue import told
from service.web.catalogue.curating import act
from service.web.catalogue.opening import opened
from service.web.catalogue.similar import alike
from service.web.catalogue.timeline import timeline
from service.web.rendering import page
from service.web.site import HIDDEN, PageMissing, Site, fields

if TYPE_CHECKING:
    from warehouse.lake import Lake

_LONGEST_ID = 40


def add_track_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    read = site.needs(Scope.READ)

    @app.get("/tracks/{track_id}", dependencies=read, **HIDDEN)
    def track(request: Request, track_id: str) -> Response:
        return _page(site, request, track_id)

    @app.get("/tracks/{track_id}/waveform", dependencies=read, **HIDDEN)
    def waveform(request: Request, track_id: str) -> Response:
        return _page(site, request, track_id, measure=True)

    @app.get("/tracks/{track_id}/similar", dependencies=read, **HIDDEN)
    def similar(track_id: str) -> Response:
        with opened(site) as lake:
            detail = _detail(lake, track_id)
            try:
                found, notes, trouble = *alike(site.settings, lake, track_id), ""
            except WordtoneError as error:
                found, notes, trouble = [], (), str(error)
        return page(
            "similar.html",
            here="/catalogue",
            track=detail,
            name=_name(detail),
            found=found,
            notes=notes,
            trouble=trouble,
        )

    _add_corrections(app, site)


def _add_corrections(app: FastAPI, site: Site) -> None:
    curate = site.needs(Scope.CURATE)

    @app.post("/tracks/{track_id}/correct", dependencies=curate, **HIDDEN)
    async def correct(request: Request, track_id: str) -> Response:
        import anyio.to_thread

        given = await fields(request)
        given["author"] = _author(site, request, given)
        return await anyio.to_thread.run_sync(_corrected, site, request, track_id, given)


def _corrected(site: Site, request: Request, track_id: str, given: Mapping[str, str]) -> Response:
    """The page again after a correction, or with the reason why there is none."""
    try:
        act(site.settings, track_id, given)
    except InputError as error:
        return _page(site, request, track_id, trouble=str(error), given=given)
    return RedirectResponse(f"/tracks/{track_id}#corrections", HTTPStatus.SEE_OTHER)


def _author(site: Site, request: Request, given: Mapping[str, str]) -> str:
    """Whose word it is: the token's name where there are tokens, else what was typed."""
    token = presented(site.tokens, request)
    return token.name if token is not None else given.get("author", "").strip()


def _detail(lake: Lake, track_id: str) -> dict[str, Any]:
    from service.detail import track_detail

    found = track_detail(lake, track_id) if len(track_id) <= _LONGEST_ID else None
    if found is None:
        raise PageMissing(f"There is no track {track_id[:_LONGEST_ID]!r}.")
    return found


def _name(detail: Mapping[str, Any]) -> str:
    """A title for places where nothing keeps the direction of its text to itself."""
    return printable(detail["title"] or "untitled", 160)


def _page(
    site: Site,
    request: Request,
    track_id: str,
    *,
    measure: bool = False,
    trouble: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    from pipelines import statements
    from warehouse import browsing, queries

    with opened(site) as lake:
        detail = _detail(lake, track_id)
        file, silent, wave = _sound(site, lake, detail, measure=measure)
        context = {
            "features": told.features(detail, site.catalogue.shapes(lake), FEATURES),
            "verdicts": told.verdicts(lake, track_id),
            "links": browsing.links_of(lake, track_id),
            "identifiers": browsing.identifiers_of(lake, track_id),
            "files": browsing.files_of(lake, track_id),
            "corrections": queries.overrides(lake, track_id, include_withdrawn=True).to_pylist(),
        }
    return page(
        "track.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        here="/catalogue",
        track=detail,
        name=_name(detail),
        words=told.words(detail["terms"]),
        timeline=timeline(detail, wave),
        sound=file,
        silent=silent,
        drawn=wave is not None,
        trouble=trouble,
        given={**dict.fromkeys(_FORM, ""), **(given or {})},
        author=_author(site, request, {}),
        named=bool(site.tokens),
        scalars=[spec for spec in FEATURES if spec.size == 1 and spec.name not in _OF_THE_KEY],
        kinds=[str(kind) for kind in statements.SAID],
        layers=[str(layer) for layer in RightsLayer],
        person=statements.PERSON,
        key_names=[f"{name} {mode}" for name in KEY_NAMES for mode in ("major", "minor")],
        prompt=told.prompt(detail),
        **context,
    )


_FORM = ("feature", "value", "note", "author", "term", "kind", "licence", "layer")
_OF_THE_KEY = frozenset({"key_pitch_class", "key_mode"})


def _sound(
    site: Site, lake: Lake, detail: Mapping[str, Any], *, measure: bool
) -> tuple[sound.Sound | None, str, dict[str, Any] | None]:
    """The file at hand, or why there is none; the waveform where it is known or to be measured."""
    try:
        file = sound.sound_of(lake, detail["track_id"], detail["codec"])
    except sound.NoSound as error:
        return None, str(error), None
    name = detail["track_id"]
    try:
        if measure:
            return file, "", sound.waveform(site.settings, file, name)
    except WordtoneError as error:
        return file, f"its waveform cannot be drawn: {error}", None
    return file, "", sound.kept_waveform(site.settings, file, name)
