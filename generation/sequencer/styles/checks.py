"""Errors that name where they are: what the readers of styles share."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from generation.sequencer.styles.entry import ROLES
from schemas.errors import InputError

T = TypeVar("T")


def check_roles(by_role: Iterable[str]) -> None:
    """Raises ValueError when a role is none of ROLES."""
    for role in by_role:
        if role not in ROLES:
            raise ValueError(unknown("role", role, ROLES))


def named(known: Mapping[str, T], name: str, what: str) -> T:
    """What `known` holds under a name. Raises ValueError that names the nearest."""
    if name not in known:
        raise ValueError(unknown(what, name, known))
    return known[name]


def unknown(what: str, name: str, valid: Iterable[str]) -> str:
    """The sentence for a name that is not valid."""
    near = difflib.get_close_matches(name, list(valid), 1)
    hint = f"did you mean {near[0]!r}?" if near else f"valid are {', '.join(sorted(valid))}"
    return f"unknown {what} {name!r}; {hint}"


def within(where: str, read: Callable[..., T], *arguments: Any) -> T:
    """What `read` returns; its errors are told with the place. Raises ValueError."""
    try:
        return read(*arguments)
    except (ValueError, InputError, KeyError, TypeError) as error:
        raise ValueError(f"{where}: {error}") from error
