"""What every page stands on, who may see it, and how its forms are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from mapping.model import Mapping as Model
from schemas.settings import Settings
from service.browsing.catalogue import Catalogue
from service.http.shell.tokens import Scope, Token, presented
from service.jobs.runner import Runner
from service.listening import Listening

HIDDEN: dict[str, Any] = {"include_in_schema": False}
"""Pages are no part of the API's description."""

MOST_FIELDS = 100


class LoginFirst(Exception):
    """Whoever asks for a page without the token that it needs is shown where to log in."""


class PageMissing(Exception):
    """There is no such page; the text says what there is not. It is shown as a page, too."""


@dataclass(frozen=True, slots=True)
class Site:
    """`mapping` gives the one in use; `tokens` is empty where whoever comes may do everything."""

    settings: Settings
    mapping: Callable[[], Model]
    runner: Runner
    tokens: tuple[Token, ...]
    catalogue: Catalogue
    listening: Listening

    def needs(self, scope: Scope) -> list[Any]:
        """The dependencies of a page that needs `scope`."""

        def check(request: Request) -> None:
            token = presented(self.tokens, request)
            if self.tokens and (token is None or scope not in token.scopes):
                raise LoginFirst

        return [Depends(check)]


async def fields(request: Request) -> dict[str, str]:
    """Fields of a form, the last value of each.

    Raises HTTPException 415 for any other body, 400 for more than 100 fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a form is needed")
    text = (await request.body()).decode("utf-8", "replace")
    try:
        found = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(
            HTTPStatus.BAD_REQUEST, f"a form of at most {MOST_FIELDS} fields is needed"
        ) from error
    return {name: values[-1] for name, values in found.items()}
