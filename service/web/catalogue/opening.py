"""The warehouse for a page: where there is none, a page says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from schemas.errors import WarehouseError
from service.web.site import PageMissing, Site

if TYPE_CHECKING:
    from warehouse.lake import Lake


@contextmanager
def opened(site: Site) -> Iterator[Lake]:
    """A lake at the newest snapshot. Raises PageMissing when there is no warehouse."""
    try:
        with site.catalogue.lakes.newest() as lake:
            yield lake
    except WarehouseError as error:
        if error.transient:
            raise
        raise PageMissing(str(error)) from error
