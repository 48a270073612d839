"""The page of licences, and why a track is kept out."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from schemas.errors import ContractError
from schemas.rights import Purpose, policies
from service.http.shell.tokens import Scope
from service.web.latest import Latest
from service.web.rendering import page
from service.web.rights import shown
from service.web.rights.asked import Question, question
from service.web.site import HIDDEN, Site

_KEPT_VERDICTS = 3
"""Questions whose verdicts are kept: 30 MB each on a million tracks."""


def add_rights_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    latest, verdicts = Latest(site), Latest(site, _KEPT_VERDICTS)

    @app.get("/rights", dependencies=site.needs(Scope.READ), **HIDDEN)
    def rights(request: Request) -> Response:
        trouble = ""
        try:
            asked = question(dict(request.query_params))
        except ContractError as error:
            asked, trouble = question({}), str(error)
        return _rights_page(latest, verdicts, asked, trouble)


def _rights_page(latest: Latest, verdicts: Latest, asked: Question, trouble: str) -> Response:
    from warehouse import gate

    shared = {
        "asked": asked,
        "policies": policies(),
        "purposes": list(Purpose),
        "duties": shown.DUTIES,
        "trouble": trouble,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK
    if not latest.there:
        return page("rights.html", status, here="/rights", standing=None, **shared)
    judged = verdicts.get(asked.key, lambda lake: gate.judged(lake, asked.policy, asked.purpose))
    standing = latest.get("standing", shown.standing)
    chosen = (*asked.key, asked.reason, asked.text, asked.page)
    return page(
        "rights.html",
        status,
        here="/rights",
        standing=standing,
        licences=shown.licences(standing, asked),
        answer=shown.answer(judged),
        excluded=latest.get(chosen, lambda lake: shown.excluded(lake, judged, asked)),
        **shared,
    )
