"""The page to listen and judge."""

from __future__ import annotations

from fastapi import FastAPI

from service.web.site import Site


def add_review_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
