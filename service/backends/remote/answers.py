"""Between this program and the client of a service: addresses, answers and errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from schemas.errors import InputError, RemoteError, SettingsError
from schemas.settings import Settings
from wordtone_client import AddressError, Client, ClientError, InvalidRequest, NotFound
from wordtone_client.document import Document
from wordtone_client.stating import Detailed

if TYPE_CHECKING:
    from mapping.reading.wishes import Options

_Contract = TypeVar("_Contract", bound=BaseModel)


def client_of(settings: Settings) -> Client:
    """A client for the service of the settings. Raises SettingsError."""
    try:
        return Client(
            settings.remote, settings.remote_token or None, insecure=settings.remote_insecure
        )
    except AddressError as error:
        raise SettingsError(f"--remote: {error}") from error


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the client as errors of commands."""
    try:
        yield
    except (InvalidRequest, NotFound) as error:
        raise InputError(str(error)) from error
    except ClientError as error:
        raise RemoteError(str(error)) from error


def only_here(**given: object) -> None:
    """Refuse what a service does not take. Raises InputError that names the options given."""
    named = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if named:
        raise InputError(f"{', '.join(named)}: not with --remote; a service does not take it")


def as_contract(kind: type[_Contract], found: Document, address: str) -> _Contract:
    """An answer as this version's contract. Raises RemoteError when it is of another one."""
    try:
        return kind.model_validate_json(json.dumps(found.plain()))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RemoteError(
            f"{address}: answers in another version of the contract ({where}: {first['msg']})"
        ) from error


def stated(options: Options) -> Detailed:
    """What options state, without what they leave open."""
    given: dict[str, Any] = {
        "samples": options.samples or None,
        "seed": options.seed,
        "sides": dict(options.sides),
        "senses": dict(options.senses),
        "locks": dict(options.locks),
    }
    more = {name: value for name, value in given.items() if value not in (None, {})}
    return cast(Detailed, {**simply(options), **more})


def simply(options: Options) -> dict[str, Any]:
    names = ("bpm", "key", "duration_s", "vocals")
    given = {name: getattr(options, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}
