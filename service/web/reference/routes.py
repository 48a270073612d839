"""The page /docs: every operation, what it takes and answers, with an example; and all models."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import Response

from service.web.reference.contents import chapters, models
from service.web.rendering import page
from service.web.site import HIDDEN


def add_reference_page(app: FastAPI) -> None:
    """Put the page on `app`. Like the document that it shows, it needs no token."""

    @app.get("/docs", **HIDDEN)
    def reference(request: Request) -> Response:
        query = request.query_params.get("q", "")[:200]
        document = app.openapi()
        return page(
            "reference.html",
            here="/docs",
            query=query,
            about=document["info"]["description"].split("\n\n"),
            chapters=chapters(document, str(request.base_url), query),
            models=[] if query else models(document),
            bearer=document["components"]["securitySchemes"]["bearer"]["description"],
        )
