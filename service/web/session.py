"""Logging in: a person's token becomes a cookie."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from service.http.shell.tokens import COOKIE, holder
from service.web.rendering import page
from service.web.site import HIDDEN, LoginFirst, Site, fields


def add_session(app: FastAPI, site: Site) -> None:
    """Put the page on `app`, and send there whoever lacks a token."""

    @app.get("/login", **HIDDEN)
    def login(wrong: bool = False) -> Response:
        return page("login.html", wrong=wrong)

    @app.post("/login", **HIDDEN)
    async def enter(request: Request) -> Response:
        secret = (await fields(request)).get("token", "")
        if holder(site.tokens, f"Bearer {secret}") is None:
            return RedirectResponse("/login?wrong=true", HTTPStatus.SEE_OTHER)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, secret, httponly=True, samesite="strict", secure=secure)
        return answer

    @app.exception_handler(LoginFirst)
    def login_first(request: Request, error: LoginFirst) -> Response:
        return RedirectResponse("/login", HTTPStatus.SEE_OTHER)
