"""Who listens: the holder of a token by its name, else a name that a cookie remembers."""

from __future__ import annotations

from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import Response

from schemas.errors import InputError
from service import reviews
from service.http.shell.tokens import presented
from service.web.site import Site

COOKIE = "wordtone-listener"
_KEPT_S = 365 * 24 * 3600


def listener(site: Site, request: Request) -> str:
    """The name under which a visitor's words are kept; a cookie that holds none is left alone."""
    from pipelines.reviewing.saying import check_listener

    if site.tokens:
        token = presented(site.tokens, request)
        return token.name if token is not None else reviews.login()
    name = unquote(request.cookies.get(COOKIE, "")).strip()
    try:
        check_listener(name)
    except InputError:
        return reviews.login()
    return name


def remember(answer: Response, request: Request, name: str) -> None:
    """Raises InputError for a name that cannot be."""
    from pipelines.reviewing.saying import check_listener

    check_listener(name)
    answer.set_cookie(
        COOKIE,
        quote(name),
        max_age=_KEPT_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
