"""The page of ingestion: progress as it runs, and what was not accepted."""

from __future__ import annotations

from fastapi import FastAPI

from service.web.site import Site


def add_runs_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
