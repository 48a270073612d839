"""Templates to answers. Everything is escaped unless a template says otherwise, and none does."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

PAGES: tuple[tuple[str, str], ...] = (
    ("/", "Generate"),
    ("/catalogue", "Catalogue"),
    ("/mapping", "Mapping"),
    ("/review", "Review"),
    ("/rights", "Rights"),
    ("/runs", "Runs"),
)
"""Path and name of what the navigation offers, in its order."""


@cache
def environment() -> Environment:
    """The templates; a name that a template uses and nobody gives is an error."""
    return Environment(
        loader=PackageLoader("service.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, status: int = 200, here: str = "", **context: Any) -> HTMLResponse:
    """Render `template`; `here` is the path of the navigation's current entry."""
    shared = {"pages": PAGES, "here": here, "version": version("wordtone")}
    text = environment().get_template(template).render(shared | context)
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


def static_path() -> str:
    """Folder of style sheets and scripts."""
    return str(resources.files("service.web").joinpath("static"))
