"""The page of licences, and why a track is kept out."""

from __future__ import annotations

from fastapi import FastAPI

from service.web.site import Site


def add_rights_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
