"""The page for SQL: one SELECT on the published views, in the sandbox."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from schemas.errors import InputError, QueryError, WordtoneError
from schemas.settings import Settings
from service.http.shell.tokens import Scope
from service.web.catalogue import charting
from service.web.catalogue.opening import opened
from service.web.rendering import page
from service.web.site import HIDDEN, Site, fields

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.sandbox import SafeResult

LONGEST = 20_000
SHOWN = 200
FETCHED = 1_000
DOWNLOADED = 10_000
_WIDEST = 300
_DOWNLOADS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}

EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        "Tempo of each genre",
        "SELECT term AS genre, round(avg(tempo_bpm), 1) AS mean_bpm\n"
        "FROM text_metadata JOIN track_features USING (track_id)\n"
        "WHERE kind = 'genre'\nGROUP BY term\nHAVING count(*) >= 5\nORDER BY mean_bpm DESC\n"
        "LIMIT 20",
    ),
    (
        "Brightness against energy",
        "SELECT brightness_hz, energy\nFROM track_features\nWHERE energy IS NOT NULL\nLIMIT 1000",
    ),
    (
        "Tracks by key",
        "SELECT key_name, count(*) AS tracks\nFROM track_features\nWHERE key_name IS NOT NULL\n"
        "GROUP BY key_name\nORDER BY tracks DESC",
    ),
    (
        "Loudest tracks, with where they are",
        "SELECT title, artist, round(loudness_lufs, 1) AS lufs, uri\n"
        "FROM music JOIN track_features USING (track_id)\nORDER BY lufs DESC\nLIMIT 20",
    ),
    (
        "Words that go together",
        "SELECT a.term || ' + ' || b.term AS words, count(*) AS tracks\n"
        "FROM text_metadata AS a\nJOIN text_metadata AS b USING (track_id)\n"
        "WHERE a.kind = 'genre' AND b.kind = 'mood'\nGROUP BY words\n"
        "ORDER BY tracks DESC\nLIMIT 20",
    ),
    (
        "Who says what of a number",
        "SELECT metric, source, count(*) AS tracks, round(avg(value), 3) AS mean\n"
        "FROM quantitative_metadata\nGROUP BY metric, source\nORDER BY metric, source",
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement brought; `rows` are the first SHOWN as text."""

    columns: list[tuple[str, str, bool]]
    rows: list[list[str]]
    count: int
    truncated: bool
    took_s: float
    snapshot: int
    chart: charting.Bars | charting.Scatter | None


def add_sql_page(app: FastAPI, site: Site) -> None:
    """Put the page on `app`."""
    needed = site.needs(Scope.QUERY)

    @app.get("/sql", dependencies=needed, **HIDDEN)
    def show(request: Request) -> Response:
        return _page(site, request.query_params.get("sql", EXAMPLES[0][1])[:LONGEST])

    @app.post("/sql", dependencies=needed, **HIDDEN)
    async def run(request: Request) -> Response:
        sql = (await fields(request)).get("sql", "")
        return await _in_thread(_answered, site, sql)

    @app.post("/sql/download", dependencies=needed, **HIDDEN)
    async def download(request: Request) -> Response:
        given = await fields(request)
        sql, form = given.get("sql", ""), given.get("format", "")
        return await _in_thread(_downloaded, site, sql, form)


async def _in_thread(work: Any, *given: Any) -> Response:
    import anyio.to_thread

    answer: Response = await anyio.to_thread.run_sync(work, *given)
    return answer


def _answered(site: Site, sql: str) -> Response:
    began = time.monotonic()
    try:
        found = _run(site.settings, sql, FETCHED)
    except WordtoneError as error:
        return _page(site, sql, trouble=str(error))
    return _page(site, sql, _answer(found, time.monotonic() - began))


def _downloaded(site: Site, sql: str, form: str) -> Response:
    from warehouse.formats import write_table

    try:
        if form not in _DOWNLOADS:
            raise InputError(f"format={form[:40]!r}: valid are {', '.join(_DOWNLOADS)}")
        written = io.BytesIO()
        write_table(_run(site.settings, sql, DOWNLOADED).table, form, written)
    except InputError as error:
        return _page(site, sql, trouble=str(error))
    headers = {"Content-Disposition": f'attachment; filename="answer.{form}"'}
    return Response(written.getvalue(), media_type=_DOWNLOADS[form], headers=headers)


def _run(settings: Settings, sql: str, rows: int) -> SafeResult:
    from warehouse.location import Location
    from warehouse.sandbox import SafeLimits, run_safe

    if not sql.strip():
        raise QueryError("no statement: write a SELECT, or take one of the examples")
    if len(sql) > LONGEST:
        raise QueryError(f"the statement has {len(sql):,} characters; valid are {LONGEST:,}")
    location = Location.from_settings(settings)
    return run_safe(location, sql, SafeLimits(rows=rows), None, settings.home_path / "index")


def _answer(found: SafeResult, took_s: float) -> Answer:
    table = found.table
    numeric = [charting.is_number(field.type) for field in table.schema]
    return Answer(
        [(f.name, str(f.type), n) for f, n in zip(table.schema, numeric, strict=True)],
        [[_text(value) for value in row] for row in _rows(table.slice(0, SHOWN))],
        table.num_rows,
        found.truncated,
        took_s,
        found.snapshot,
        charting.chart(table),
    )


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns, strict=True))


def _text(value: Any) -> str:
    from pipelines.printable import printable

    if value is None:
        return "null"
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    return printable(str(value), _WIDEST)


def _page(site: Site, sql: str, answer: Answer | None = None, trouble: str = "") -> Response:
    from warehouse.views import VIEWS

    return page(
        "sql.html",
        HTTPStatus.BAD_REQUEST if trouble else HTTPStatus.OK,
        here="/catalogue",
        sql=sql,
        answer=answer,
        trouble=trouble,
        examples=EXAMPLES,
        views=VIEWS,
        columns=_columns(site),
        shown=SHOWN,
        longest=LONGEST,
    )


def _columns(site: Site) -> dict[str, list[tuple[str, str]]]:
    with opened(site) as lake:
        return site.catalogue.columns(lake)
