"""The page of the mapping: quality, calibration, worst prompts, versions."""

from __future__ import annotations

from fastapi import FastAPI

from service.web.site import Site


def add_mapping_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
