"""The pages of the tracks: map and table, one track, SQL."""

from __future__ import annotations

from fastapi import FastAPI

from service.web.catalogue.browse import add_browse_page
from service.web.catalogue.sql import add_sql_page
from service.web.catalogue.track import add_track_pages
from service.web.site import Site


def add_catalogue_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    add_browse_page(app, site)
    add_track_pages(app, site)
    add_sql_page(app, site)
