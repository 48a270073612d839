"""The page of one piece: hear it, change it, take it along."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from schemas.errors import BusyError, ContractError, InputError
from service.http.routes.generation import served_engines
from service.http.shell.tokens import Scope
from service.jobs.job import Task
from service.web.generate import heard, takes, waves
from service.web.generate.layout import layout
from service.web.generate.stems import stems_zip
from service.web.rendering import page
from service.web.site import HIDDEN, PageMissing, Site, fields

if TYPE_CHECKING:
    from generation.around.keeping import Kept
    from service.edits import Change

MOST_VARIATIONS = 4
LONGEST_S = 120


def add_song_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    needed = site.needs(Scope.GENERATE)

    @app.get("/song/{generation_id}", dependencies=needed, **HIDDEN)
    def song(generation_id: str) -> Response:
        return _song_page(site, _kept(site, generation_id))

    @app.get("/song/{generation_id}/stems.zip", dependencies=needed, **HIDDEN)
    def stems(generation_id: str) -> Response:
        kept = _kept(site, generation_id)
        headers = {"Content-Disposition": f'attachment; filename="{generation_id}-stems.zip"'}
        return StreamingResponse(stems_zip(kept), media_type="application/zip", headers=headers)

    @app.post("/song/{generation_id}/edit", dependencies=needed, **HIDDEN)
    async def edit(request: Request, generation_id: str) -> Response:
        from anyio.to_thread import run_sync

        given = await fields(request)
        return await run_sync(_edit, site, generation_id, given)


def piece(site: Site, kept: Kept, **more: Any) -> dict[str, Any]:
    """What the templates of a piece need."""
    result = kept.result
    hits, asked = heard.tally(result)
    return {
        "result": result,
        "table": heard.table(kept),
        "hits": hits,
        "asked_count": asked,
        "unmeasured": heard.unmeasured(kept),
        "notes": heard.notes(result),
        "credits": heard.credits_of(kept),
        "wave": waves.mix_wave(kept),
        "stems": waves.stem_waves(kept),
        "layout": layout(kept),
        "takes": takes.takes(site.settings, kept),
        "became": takes.became(site.settings, kept),
        "base": f"/v1/generations/{result.generation_id}",
        "longest_s": LONGEST_S,
        "can_edit": kept.vector() is not None,
        "words": "",
        "preview": None,
        "song_trouble": "",
        **more,
    }


def _song_page(site: Site, kept: Kept, **more: Any) -> Response:
    try:
        context = piece(site, kept, **more)
    except ContractError as error:
        raise PageMissing(f"The piece is damaged: {error}") from error
    status = HTTPStatus.UNPROCESSABLE_ENTITY if context["song_trouble"] else HTTPStatus.OK
    return page("song.html", status, here="/", **context)


def _edit(site: Site, generation_id: str, given: Mapping[str, str]) -> Response:
    """A job for each variation, or what words would change, where only that is asked."""
    kept = _kept(site, generation_id)
    words = given.get("words", "").strip()
    try:
        if "preview" in given:
            return _song_page(site, kept, words=words, preview=_preview(site, kept, words))
        jobs = [site.runner.submit(task) for task in _tasks(site, kept, given)]
    except (InputError, BusyError) as error:
        return _song_page(site, kept, words=words, song_trouble=_plainly(error))
    return RedirectResponse("/making/" + ",".join(job.job_id for job in jobs), HTTPStatus.SEE_OTHER)


def _tasks(site: Site, kept: Kept, given: Mapping[str, str]) -> list[Task]:
    """Raises InputError where nothing is to change, or the form says what cannot be."""
    from service.edits import edited

    engine, engines = kept.result.provenance.engine, served_engines(site.settings)
    if engine not in engines:
        raise InputError(f"made by {engine!r}; this service runs {', '.join(engines)}")
    request = edited(site.settings, kept, _change(kept, given))
    count = int(_number(given.get("count") or "1", "count", 1, MOST_VARIATIONS))
    task = Task(request=request, engine=engine, weights=engines[engine])
    return [task] * (count if "vary" in given else 1)


def _change(kept: Kept, given: Mapping[str, str]) -> Change:
    """One button is one change: what it was decides which fields count."""
    from service.edits import Change

    held = tuple(n.removeprefix("keep.") for n in given if n.startswith("keep."))
    if drawn := tuple(n.removeprefix("new.") for n in given if n.startswith("new.")):
        return Change(regenerate_stems=drawn)
    if "vary" in given:
        stems = tuple(f.stem for f in kept.result.audio if f.stem and f.stem not in held)
        if held and not stems:
            raise InputError("all stems are kept: nothing is left to vary")
        return Change(regenerate_stems=stems) if held else Change(vary=True)
    if "longer" in given:
        length = _number(given.get("length_s", ""), "length", 1, LONGEST_S)
        return Change(length_s=length)
    words = given.get("words", "").strip()
    if not words:
        raise InputError("say in words what should change, as in “darker, keep the tempo”")
    return Change(words=words, keep_stems=held)


def _number(text: str, name: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise InputError(f"{name}: {text[:40]!r}; valid is {least:g} … {most:g}")
    return value


def _preview(site: Site, kept: Kept, words: str) -> dict[str, Any]:
    """What words would move, before anything is made. Raises InputError."""
    from service.edits import Change, refinement

    found = refinement(site.mapping(), kept, Change(words=words))
    return {
        "moved": heard.changes(found.changes),
        "other": found.other,
        "warnings": found.warnings,
        "locked": found.locked,
    }


def _plainly(error: Exception) -> str:
    """Without the id that an error of the command line begins with."""
    text = str(error)
    return f"The queue is full: {text}." if isinstance(error, BusyError) else text


def _kept(site: Site, generation_id: str) -> Kept:
    from service.generations import generation

    try:
        return generation(site.settings, generation_id)
    except (InputError, ContractError) as error:
        raise PageMissing(f"There is no such piece: {error}") from error
