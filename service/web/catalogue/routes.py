"""The pages of the tracks: map, table, one track, SQL."""

from __future__ import annotations

from fastapi import FastAPI

from service.web.site import Site


def add_catalogue_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
