"""SPDX licence expressions, by the library that keeps the licence list (license-expression).

An expression is kept only when the list has every id in it, or it is a LicenseRef of ours.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

MAX_LENGTH = 500
_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_WORDS = re.compile(r"[A-Za-z0-9.+:()\s-]+")


@lru_cache(maxsize=4096)
def expression(text: str) -> str | None:
    """`text` as a normal SPDX expression, or None when it is none.

    Normal: ids in the spelling of the list ("gpl-2.0+" is GPL-2.0-or-later), operators in capitals,
    no needless parentheses. AND, OR and WITH may join ids.
    """
    from license_expression import ExpressionError, ExpressionParseError

    if len(text) > MAX_LENGTH or not _WORDS.fullmatch(text):
        return None
    try:
        parsed = licensing().parse(text, strict=True)
        unknown = licensing().unknown_license_keys(parsed)
    except (ExpressionError, ExpressionParseError, RecursionError, AttributeError, TypeError):
        return None
    if parsed is None or not all(_REF.fullmatch(key) for key in unknown):
        return None
    written = str(parsed)
    return written if len(written) <= MAX_LENGTH else None


def symbols(text: str) -> tuple[str, ...]:
    """The ids in a valid expression, each once, exceptions among them."""
    return tuple(licensing().license_keys(text))


@cache
def licensing() -> Any:
    """The library's parser with the ids of the SPDX list."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
