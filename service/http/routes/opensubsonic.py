"""The part of OpenSubsonic that this catalogue can serve: tracks that sound alike.

`ping`, `getOpenSubsonicExtensions`, `tokenInfo` and the extension sonicSimilarity, version 1
(`getSonicSimilarTracks`, `findSonicPath`), by GET or a posted form, as JSON or XML. The contract is
https://opensubsonic.netlify.app: always 200, with an error and its code in the envelope. Songs are
tracks, an API key is a token with the scope `read`. docs/opensubsonic.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response

from schemas.errors import InputError, WordtoneError
from schemas.settings import Settings
from service import compose
from service.http.shell.tokens import Scope, Token, holder
from service.opensubsonic import Failure, child, enveloped, similarity

MOST = 500
_FORM = "application/x-www-form-urlencoded"
_EXTENSIONS = ("apiKeyAuthentication", "formPost", "sonicSimilarity")

Given = Mapping[str, str]
Answer = Callable[[Given], dict[str, Any]]


def add_opensubsonic(app: FastAPI, settings: Settings, tokens: tuple[Token, ...]) -> None:
    """Put the routes on `app`."""

    def route(name: str, answer: Answer, *, free: bool = False) -> None:
        async def answered(request: Request) -> Response:
            given = await _given(request)
            return await anyio.to_thread.run_sync(_attempt, given, tokens, answer, free)

        for path in (f"/rest/{name}", f"/rest/{name}.view"):
            app.api_route(path, methods=["GET", "POST"], include_in_schema=False, name=name)(
                answered
            )

    def extensions(_: Given) -> dict[str, Any]:
        named = [{"name": name, "versions": [1]} for name in _EXTENSIONS]
        return {"openSubsonicExtensions": named}

    def token_info(given: Given) -> dict[str, Any]:
        token = holder(tokens, f"Bearer {given.get('apiKey', '')}")
        return {"tokenInfo": {"username": token.name if token else "anybody"}}

    route("ping", lambda _: {})
    route("getOpenSubsonicExtensions", extensions, free=True)
    route("tokenInfo", token_info)
    route("getSonicSimilarTracks", lambda given: _similar(settings, given))
    route("findSonicPath", lambda given: _path(settings, given))


async def _given(request: Request) -> dict[str, str]:
    """Parameters of the query, and those of a posted form."""
    given = dict(request.query_params)
    if request.headers.get("content-type", "").partition(";")[0].strip() == _FORM:
        async with request.form(max_files=0, max_fields=50) as form:
            given |= {name: value for name, value in form.items() if isinstance(value, str)}
    authorization = request.headers.get("authorization", "")
    if authorization.startswith("Bearer ") and not {"apiKey", "u"} & given.keys():
        given["apiKey"] = authorization.removeprefix("Bearer ")
    return given


def _attempt(given: Given, tokens: tuple[Token, ...], answer: Answer, free: bool) -> Response:
    form = given.get("f", "xml")
    try:
        if form not in ("xml", "json"):
            raise Failure(0, f"f={form[:20]}: valid are xml and json")
        if not free:
            _let_in(given, tokens)
        return enveloped(answer(given), form)
    except Failure as failure:
        return enveloped(failure.envelope(), form)
    except InputError as error:
        # The one thing that can be wrong with an id is that there is no such track.
        return enveloped(Failure(70, str(error)).envelope(), form)
    except WordtoneError as error:
        return enveloped(Failure(0, str(error)).envelope(), form)


def _let_in(given: Given, tokens: tuple[Token, ...]) -> None:
    """Raise the error of the contract for whoever may not read."""
    if not tokens:
        return
    if "apiKey" in given:
        if {"u", "p", "t", "s"} & given.keys():
            raise Failure(43, "apiKey stands alone, without u, p, t and s")
    elif "t" in given:
        raise Failure(41, "secrets are kept as digests, which t cannot be checked by; use apiKey")
    elif "p" in given:
        raise Failure(42, "passwords are not taken; use apiKey")
    else:
        raise Failure(10, "apiKey is missing")
    token = holder(tokens, f"Bearer {given['apiKey']}")
    if token is None:
        raise Failure(44, "no such API key")
    if Scope.READ not in token.scopes:
        raise Failure(50, f"token {token.name!r} lacks the scope read")


def _similar(settings: Settings, given: Given) -> dict[str, Any]:
    from warehouse.similar import Wish, similar

    track_id, count = _id(given, "id"), _count(given, 10)
    if count == 0:
        return {"sonicMatch": []}
    with compose.open_lake(settings) as lake:
        indexes = compose.open_index(settings, lake, frozenset({"features"}))
        found = similar(lake, indexes, track_id, Wish(features=1.0, text=0.0, limit=count))
        return _matches(lake, [(one.track_id, one.distance) for one in found.neighbours])


def _path(settings: Settings, given: Given) -> dict[str, Any]:
    from warehouse.similar import between

    first, last = _id(given, "startSongId"), _id(given, "endSongId")
    count = _count(given, 25, least=2)
    with compose.open_lake(settings) as lake:
        indexes = compose.open_index(settings, lake, frozenset({"features"}))
        return _matches(lake, between(lake, indexes, first, last, count))


def _matches(lake: Any, found: Any) -> dict[str, Any]:
    from warehouse.search import described

    shown = described(lake, [track_id for track_id, _ in found])
    return {
        "sonicMatch": [
            {"similarity": similarity(distance), "entry": child(track_id, shown.get(track_id, {}))}
            for track_id, distance in found
        ]
    }


def _id(given: Given, name: str) -> str:
    if not given.get(name):
        raise Failure(10, f"{name} is missing")
    return given[name][:100]


def _count(given: Given, default: int, least: int = 0) -> int:
    text = given.get("count", str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= MOST):
        raise Failure(0, f"count={text[:20]}: valid is {least} … {MOST}")
    return int(text)
