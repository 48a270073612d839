"""Numbers of pages in addresses."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.errors import ContractError

LAST_PAGE = 100_000


def page_number(given: Mapping[str, str]) -> int:
    """The field `page` of an address; 1 where it has none.

    Raises
    ------
    ContractError
        For anything but a whole number from 1 to LAST_PAGE.
    """
    text = given.get("page") or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LAST_PAGE):
        raise ContractError(f"page={text[:20]!r}: valid is 1 … {LAST_PAGE}")
    return int(text)
