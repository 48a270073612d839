"""The pages of runs: what is under way, what there was, what was not accepted, audits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from pipelines.printable import printable
from schemas.errors import ContractError, InputError
from schemas.operations import RunState
from service.http.shell.tokens import Scope
from service.web.latest import Latest
from service.web.paging import page_number
from service.web.rendering import page
from service.web.runs import now, shown
from service.web.site import HIDDEN, PageMissing, Site

if TYPE_CHECKING:
    from warehouse.audits import AuditResult
    from warehouse.lake import Lake

SIZE = 25
"""Rows on a page."""

_FLOW = re.compile(r"[a-z_]{1,60}")


def add_runs_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    latest = Latest(site)
    _add_runs(app, site, latest)
    _add_rejects(app, site, latest)
    _add_run(app, site, latest)


def _add_runs(app: FastAPI, site: Site, latest: Latest) -> None:
    @app.get("/runs", dependencies=site.needs(Scope.READ), **HIDDEN)
    def runs(request: Request) -> Response:
        trouble = ""
        try:
            asked = _asked(request.query_params)
        except ContractError as error:
            asked, trouble = ("", "", 1), str(error)
        under_way = now.under_way(site.settings)
        about: dict[str, Any] = {"runs": under_way, "key": now.key(under_way), "trouble": trouble}
        if latest.there:
            about["history"] = latest.get(("history", *asked), lambda lake: _history(lake, *asked))
            about["standing"] = latest.get("standing", lambda lake: _standing(site, lake))
        status = HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK
        empty = not latest.there
        return page("runs.html", status, here="/runs", empty=empty, states=shown.STATES, **about)

    @app.get("/runs/now", dependencies=site.needs(Scope.READ), **HIDDEN)
    def runs_now() -> Response:
        under_way = now.under_way(site.settings)
        return page("runs_now.html", runs=under_way, key=now.key(under_way))

    @app.get("/runs/audits", dependencies=site.needs(Scope.READ), **HIDDEN)
    def audits() -> Response:
        results = latest.get("audits", _audits) if latest.there else []
        return page("audits.html", here="/runs", results=results)


def _asked(given: Mapping[str, str]) -> tuple[str, str, int]:
    """Flow, state and page of an address. Raises ContractError."""
    flow, state = given.get("flow", ""), given.get("state", "")
    if state and state not in set(RunState):
        raise ContractError(f"state={state[:60]!r}: valid is {', '.join(RunState)}")
    if flow and not _FLOW.fullmatch(flow):
        raise ContractError(f"flow={flow[:60]!r}: valid is a name such as ingest")
    return flow, state, page_number(given)


@dataclass(frozen=True, slots=True)
class History:
    """A page of runs; `kinds` counts all of them by flow and state."""

    lines: Sequence[shown.Line]
    timeline: Any
    flow: str
    state: str
    page: int
    more: bool
    flows: Mapping[str, int]
    states: Mapping[str, int]


def _history(lake: Lake, flow: str, state: str, number: int) -> History:
    from warehouse import queries

    kinds = queries.run_kinds(lake)
    found = queries.runs(
        lake, SIZE + 1, SIZE * (number - 1), flow or None, state or None
    ).to_pylist()
    spans = shown.spans(lake.snapshots())
    lines = [shown.line(row, spans) for row in found[:SIZE]]
    return History(
        lines=lines,
        timeline=shown.timeline(lines),
        flow=flow,
        state=state,
        page=number,
        more=len(found) > SIZE,
        flows=_summed(kinds, "flow"),
        states=_summed(kinds, "state"),
    )


def _summed(kinds: Sequence[Mapping[str, Any]], by: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for kind in kinds:
        found[kind[by]] = found.get(kind[by], 0) + kind["runs"]
    return found


def _standing(site: Site, lake: Lake) -> Mapping[str, Any]:
    from service.status import gather
    from warehouse import queries

    status = gather(site.settings, lake)
    return {
        "attention": [
            {"text": printable(line["text"], 400), "command": printable(line["command"], 1_000)}
            for line in status["attention"]
        ],
        "snapshot": status["snapshot"],
        "snapshots": status["snapshots"],
        "space": status["space"],
        "rejects": shown.reasons(queries.rejects_summary(lake).to_pylist()),
        "imports": shown.import_sources(queries.import_sources(lake)),
        "files": status["files_by_state"],
    }


def _audits(lake: Lake) -> Sequence[AuditResult]:
    from warehouse.audits import run_audits

    return sorted(run_audits(lake), key=lambda result: (result.passed, result.name))


def _add_rejects(app: FastAPI, site: Site, latest: Latest) -> None:
    @app.get("/runs/rejects/{reason}", dependencies=site.needs(Scope.READ), **HIDDEN)
    def rejects(request: Request, reason: str) -> Response:
        from pipelines.retry import parse_reason
        from warehouse import queries

        try:
            known, number = parse_reason(reason[:80]).value, page_number(request.query_params)
        except InputError as error:
            raise PageMissing(str(error)) from error
        offset = SIZE * (number - 1)
        rows = (
            latest.get(
                ("rejects", known, number),
                lambda lake: shown.rejects(queries.rejects_page(lake, known, SIZE, offset)),
            )
            if latest.there
            else []
        )
        inputs = rows[0]["inputs"] if rows else 0
        return page(
            "rejects.html",
            here="/runs",
            reason=known,
            rows=rows,
            inputs=inputs,
            here_page=number,
            more=offset + len(rows) < inputs,
            helps=shown.remedy(known),
        )


@dataclass(frozen=True, slots=True)
class One:
    """One run with its commits, what it rejected, and the models that it trained."""

    line: shown.Line
    commits: Sequence[Any]
    rejects: Sequence[Mapping[str, Any]]
    rejected: int


def _add_run(app: FastAPI, site: Site, latest: Latest) -> None:
    @app.get("/runs/{run_id}", dependencies=site.needs(Scope.READ), **HIDDEN)
    def run(run_id: str) -> Response:
        asked = run_id[:200]
        found = latest.get(("run", asked), lambda lake: _one(lake, asked)) if latest.there else None
        if found is None:
            raise PageMissing(f"no run {run_id[:80]!r}")
        return page("run.html", here="/runs", one=found, states=shown.STATES)


def _one(lake: Lake, run_id: str) -> One | None:
    from warehouse import queries

    row = queries.run(lake, run_id)
    if row is None:
        return None
    snapshots = lake.snapshots()
    rejects = queries.run_rejects(lake, run_id)
    return One(
        line=shown.line(row, shown.spans(snapshots)),
        commits=shown.commits(snapshots, run_id),
        rejects=shown.rejects(rejects),
        rejected=rejects[0]["inputs"] if rejects else 0,
    )
