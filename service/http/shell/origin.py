"""Pages of other sites may not act in a visitor's name, nor call a local service by a name of
their own.

- Unsafe methods that a browser sends carry an Origin, which must be the service itself or allowed
  by the setting `cors`; a program sends none.
- A service without tokens answers to the names of this machine alone: a site whose name is made to
  point here (DNS rebinding) has another.
"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.shell.problems import problem

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1", "testserver"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SameOrigin:
    """Refuses with 403 what another site sends, and with 421 what came for another name.

    `names`: host names that the service answers to; empty: any.
    """

    def __init__(
        self, app: ASGIApp, origins: Collection[str] = (), names: Collection[str] = ()
    ) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refused := self._refused(scope)):
            await problem(*refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if self._names and _name(host) not in self._names:
            return HTTPStatus.MISDIRECTED_REQUEST, f"this service is not {_name(host)[:80]!r}"
        origin = headers.get(b"origin", b"").decode("latin-1")
        if scope["method"] in _SAFE or not origin or origin in self._origins:
            return None
        # A page that hides where it is from ("null") is not this one either.
        if urlsplit(origin).netloc.lower() != host.lower():
            return HTTPStatus.FORBIDDEN, f"pages of {origin[:80]!r} may not do this"
        return None


def _name(host: str) -> str:
    """A Host header without its port: "[::1]:8000" is "::1"."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
