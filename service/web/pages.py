"""All pages on one application; each answers in full without JavaScript, which only adds to it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from service.web.catalogue.routes import add_catalogue_pages
from service.web.generate.routes import add_generate_pages
from service.web.mapping.routes import add_mapping_pages
from service.web.reference.routes import add_reference_page
from service.web.rendering import page, static_path
from service.web.review.routes import add_review_pages
from service.web.rights.routes import add_rights_pages
from service.web.runs.routes import add_runs_pages
from service.web.session import add_session
from service.web.site import PageMissing, Site


def add_pages(app: FastAPI, site: Site) -> None:
    """Put the pages on `app`."""
    app.mount("/static", StaticFiles(directory=static_path()), name="static")
    add_session(app, site)
    add_generate_pages(app, site)
    add_catalogue_pages(app, site)
    add_mapping_pages(app, site)
    add_review_pages(app, site)
    add_rights_pages(app, site)
    add_runs_pages(app, site)
    add_reference_page(app)

    @app.exception_handler(PageMissing)
    def missing(request: Request, error: PageMissing) -> Response:
        return page("missing.html", HTTPStatus.NOT_FOUND, detail=str(error))
