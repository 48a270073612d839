"""The page of the mapping: quality, calibration, worst prompts, versions."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from schemas.errors import InputError, MappingError, WordtoneError
from service import compose
from service.http.shell.tokens import Scope
from service.web.latest import Latest
from service.web.mapping import trying
from service.web.mapping.quality import Quality, prompts, quality
from service.web.mapping.shelf import Shelf
from service.web.mapping.versions import NONE, Version, Versions, figures, versions
from service.web.rendering import page
from service.web.site import HIDDEN, PageMissing, Site, fields

if TYPE_CHECKING:
    from warehouse.lake import Lake


def add_mapping_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    pages = _Pages(site)
    read, operate = site.needs(Scope.READ), site.needs(Scope.OPERATE)

    @app.get("/mapping", dependencies=read, **HIDDEN)
    def mapping(request: Request) -> Response:
        return pages.overview(dict(request.query_params))

    @app.get("/mapping/versions/{model_id}", dependencies=read, **HIDDEN)
    def version(model_id: str) -> Response:
        return pages.version(model_id)

    @app.get("/mapping/versions/{model_id}/use", dependencies=operate, **HIDDEN)
    def ask(model_id: str) -> Response:
        return pages.asking(model_id)

    @app.post("/mapping/versions/{model_id}/use", dependencies=operate, **HIDDEN)
    async def use(request: Request, model_id: str) -> Response:
        return await pages.use(model_id, await fields(request))

    @app.get("/mapping/back", dependencies=operate, **HIDDEN)
    def ask_back() -> Response:
        return pages.asking_back()

    @app.post("/mapping/back", dependencies=operate, **HIDDEN)
    async def back(request: Request) -> Response:
        return await pages.back(await fields(request))


class _Pages:
    """The pages, on what they share."""

    def __init__(self, site: Site) -> None:
        self._settings = site.settings
        self._latest = Latest(site)
        self._shelf = Shelf(site.settings, site.mapping)

    def overview(self, given: dict[str, str]) -> Response:
        """The one in use, all versions, and, where two are named, these side by side."""
        listed = self._versions()
        in_use, trouble = self._in_use()
        found = self._quality(in_use) if in_use not in (None, compose.STARTER) else None
        beside, trouble = self._beside(given, listed, found, trouble)
        return page(
            "mapping.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
            here="/mapping",
            versions=listed,
            in_use=in_use,
            starter=compose.STARTER,
            figures=figures(listed),
            quality=found,
            shares=self._shares(in_use, found),
            choices=_choices(listed),
            given=given,
            beside=beside,
            trouble=trouble,
        )

    def version(self, model_id: str) -> Response:
        """One version with its report."""
        one = self._named(model_id)
        found = self._quality(one.model_id) if one.state != "gone" else None
        return page("mapping_version.html", here="/mapping", one=one, quality=found)

    def asking(self, model_id: str, trouble: str = "", status: int = HTTPStatus.OK) -> Response:
        """What the gate says of putting it in use, and whether to."""
        one, listed = self._named(model_id), self._versions()
        compared = None
        if listed.current is not None and listed.current.model_id != one.model_id:
            try:
                compared = self._shelf.comparison(listed.current.model_id, one.model_id)
            except MappingError as error:
                trouble = trouble or str(error)
        return page(
            "mapping_use.html", status, here="/mapping", one=one, current=listed.current,
            compared=compared, trouble=trouble,
        )  # fmt: skip

    async def use(self, model_id: str, given: dict[str, str]) -> Response:
        """Put it in use as `wordtone models promote` does."""
        from starlette.concurrency import run_in_threadpool

        from pipelines.registry.promotion import promote

        one = await run_in_threadpool(self._named, model_id)
        note = given.get("note", "").strip() if given.get("force") == "yes" else None
        try:
            await run_in_threadpool(promote, self._settings, one.model_id, note)
        except WordtoneError as error:
            told, status = str(error), error.http_status
            return await run_in_threadpool(self.asking, model_id, told, status)
        return RedirectResponse("/mapping", HTTPStatus.SEE_OTHER)

    def asking_back(self, trouble: str = "", status: int = HTTPStatus.OK) -> Response:
        """Whether to go back to the one before."""
        listed = self._versions()
        return page(
            "mapping_back.html", status, here="/mapping", current=listed.current,
            before=listed.before, trouble=trouble,
        )  # fmt: skip

    async def back(self, given: dict[str, str]) -> Response:
        """As `wordtone models rollback` does."""
        from starlette.concurrency import run_in_threadpool

        from pipelines.registry.promotion import rollback

        note = given.get("note", "").strip() or None
        try:
            await run_in_threadpool(rollback, self._settings, note)
        except WordtoneError as error:
            told, status = str(error), error.http_status
            return await run_in_threadpool(self.asking_back, told, status)
        return RedirectResponse("/mapping", HTTPStatus.SEE_OTHER)

    def _versions(self) -> Versions:
        from pipelines.current_model import trained_models

        if not self._latest.there:
            return NONE

        def read(lake: Lake) -> Versions:
            from pipelines.registry.ledger import ledger_in

            return versions(ledger_in(self._settings, lake))

        # What lies on disk is no part of a snapshot.
        return self._latest.get(("versions", *trained_models(self._settings)), read)

    def _named(self, model_id: str) -> Version:
        one = self._versions().named(model_id)
        if one is None:
            raise PageMissing(f"no mapping {model_id[:120]!r}")
        return one

    def _in_use(self) -> tuple[str | None, str]:
        """The id of the mapping in use, and what is wrong where there is none."""
        try:
            return compose.current_model(self._settings), ""
        except MappingError as error:
            return None, str(error)

    def _quality(self, model_id: str | None) -> Quality | None:
        if model_id is None:
            return None
        folder = self._shelf.folder(model_id)
        try:
            return self._shelf.found(("quality", model_id), lambda: quality(folder))
        except MappingError:
            return None

    def _shares(self, in_use: str | None, found: Quality | None) -> list[trying.Share]:
        if in_use is None or found is None:
            return []
        asked = prompts(found)
        try:
            return self._shelf.found(
                ("shares", in_use), lambda: trying.shares(self._shelf.mapping(in_use), asked)
            )
        except MappingError:
            return []

    def _beside(
        self, given: dict[str, str], listed: Versions, found: Quality | None, trouble: str
    ) -> tuple[dict[str, Any] | None, str]:
        """Two versions held against each other, where both are named; and what is wrong."""
        a, b, prompt = (given.get(name, "").strip() for name in ("a", "b", "prompt"))
        if not (a and b):
            return None, trouble
        try:
            one, other = self._shelf.mapping(a), self._shelf.mapping(b)
            asked = prompts(found)
            trained = compose.STARTER not in (a, b) and a != b
            return {
                "a": listed.named(a),
                "b": listed.named(b),
                "tried": trying.tried(prompt, one, other) if prompt else None,
                "compared": self._shelf.comparison(a, b) if trained else None,
                "drift": None if a == b else self._shelf.found(
                    ("drift", a, b, *asked), lambda: trying.drift(one, other, asked)
                ),
            }, trouble  # fmt: skip
        except (InputError, MappingError) as error:
            return None, trouble or str(error)


def _choices(listed: Versions) -> list[tuple[str, str]]:
    """Versions that can be tried, the one in use first: id and how a person tells them apart."""
    there = [one for one in listed.listed if one.state != "gone"]
    ordered = sorted(there, key=lambda one: one.state != "current")
    named = [
        (one.model_id, f"{one.short}, {one.tracks or 0:,} tracks, {one.told}") for one in ordered
    ]
    return [*named, (compose.STARTER, "the starter")]
