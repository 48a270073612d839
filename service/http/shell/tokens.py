"""Who may do what: bearer tokens with scopes.

`WORDTONE_TOKEN` is one secret for everything. `WORDTONE_TOKENS_FILE` names a TOML file of others,
kept as digests, so that reading the file gives nobody access:

    [radio]
    sha256 = "9f86d0818…"      # wordtone token NAME --scope read … makes an entry
    scopes = ["read", "condition"]
"""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

from schemas.errors import SettingsError
from schemas.settings import Settings

COOKIE = "wordtone"
"""Holds the token of a person who uses the pages."""


class Scope(StrEnum):
    """What a token may be good for."""

    READ = "read"
    CONDITION = "condition"
    GENERATE = "generate"
    REVIEW = "review"
    QUERY = "query"
    CURATE = "curate"
    OPERATE = "operate"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    digest: bytes
    scopes: frozenset[Scope]


def digest_of(secret: str) -> bytes:
    """SHA-256: a secret of 32 random bytes needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def read_tokens(settings: Settings) -> tuple[Token, ...]:
    """The tokens of the settings; none: whoever reaches the service may do everything.

    Raises
    ------
    SettingsError
        When the file cannot be read, or an entry is not one: names the entry and what is valid.
    """
    every = frozenset(Scope)
    own = (Token("WORDTONE_TOKEN", digest_of(settings.token), every),) if settings.token else ()
    if not settings.tokens_file:
        return own
    path = Path(settings.tokens_file).expanduser()
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"WORDTONE_TOKENS_FILE {path}: {error}") from error
    if not entries:
        raise SettingsError(f"WORDTONE_TOKENS_FILE {path}: it names no token")
    return (*own, *(_token(path, name, entry) for name, entry in entries.items()))


def _token(path: Path, name: str, entry: Any) -> Token:
    where = f"{path}: {name}"
    if not isinstance(entry, dict) or set(entry) != {"sha256", "scopes"}:
        raise SettingsError(f"{where}: an entry has sha256 and scopes, and nothing else")
    try:
        digest = bytes.fromhex(entry["sha256"])
    except (TypeError, ValueError):
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise SettingsError(f"{where}.sha256: valid is a SHA-256 as 64 hexadecimal digits")
    scopes = entry["scopes"]
    valid = ", ".join(Scope)
    if not isinstance(scopes, list) or not scopes:
        raise SettingsError(f"{where}.scopes: valid is a list of {valid}")
    if odd := [scope for scope in scopes if scope not in list(Scope)]:
        raise SettingsError(f"{where}.scopes: {odd[0]!r}; valid is {valid}")
    return Token(name, digest, frozenset(Scope(scope) for scope in scopes))


def holder(tokens: tuple[Token, ...], authorization: str) -> Token | None:
    """The token that an Authorization header carries; None when it carries none of them.

    Every token is compared, in constant time: how long it takes tells nothing of any of them.
    """
    kind, _, secret = authorization.partition(" ")
    given = digest_of(secret.strip())
    found = None
    for token in tokens:
        if hmac.compare_digest(given, token.digest):
            found = token
    return found if kind.lower() == "bearer" else None


def presented(tokens: tuple[Token, ...], request: Request) -> Token | None:
    """The token of a request: of its header, else of the cookie that a page's visitor got.

    What a cookie may do from another site is stopped by SameSite=Strict and `SameOrigin`.
    """
    if given := request.headers.get("authorization"):
        return holder(tokens, given)
    return holder(tokens, f"Bearer {request.cookies.get(COOKIE, '')}")


def requires(tokens: tuple[Token, ...], scope: Scope) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets through whoever holds `scope`: 401 without a token, 403 without it."""

    async def check(request: Request) -> None:
        if not tokens:
            return
        token = presented(tokens, request)
        if token is None:
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED, "a bearer token is needed", {"WWW-Authenticate": "Bearer"}
            )
        if scope not in token.scopes:
            raise HTTPException(
                HTTPStatus.FORBIDDEN,
                f"token {token.name!r} lacks the scope {scope.value}",
                {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope.value}"'},
            )

    return check
