"""The page as a whole: a head that lets nothing in from elsewhere, and the sections in order."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib import resources

from service.report.page import parts, upkeep
from service.report.page.gather import Catalogue
from service.report.page.html import Html, escaped, facts, shown

_SECTIONS: tuple[tuple[str, str, Callable[[Catalogue], Html]], ...] = (
    ("attention", "What needs attention", upkeep.attention),
    ("map", "Tempo and energy", parts.tempo_energy),
    ("words", "Words", parts.words),
    ("genres", "By genre", parts.genres),
    ("keys", "Keys", parts.keys),
    ("numbers", "What is measured", parts.numbers),
    ("years", "Years", parts.years),
    ("artists", "Artists", parts.representation),
    ("coverage", "Coverage", upkeep.coverage),
    ("licences", "Licences", upkeep.licences),
    ("repeats", "Repeats", upkeep.repeats),
    ("rejects", "Rejects", upkeep.rejects),
    ("runs", "Runs", upkeep.runs),
)

_STYLES = (("service.report.page", "style.css"), ("service.web", "static/figures.css"))


def page(found: Catalogue) -> str:
    """The whole document."""
    body = "".join(draw(found) for _, _, draw in _SECTIONS) + upkeep.calibrations(found)
    anchors = {anchor: name for anchor, name, _ in _SECTIONS}
    title = f"Catalogue, snapshot {found.status['snapshot']}"
    return document(title, _head(found), anchors, Html(body))


def document(title: str, head: Html, anchors: Mapping[str, str], body: Html) -> str:
    """A page that lets nothing in from elsewhere: `anchors` are its sections, id → name."""
    style = "".join(
        resources.files(package).joinpath(name).read_text("utf-8") for package, name in _STYLES
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    links = "".join(f'<a href="#{anchor}">{escaped(name)}</a>' for anchor, name in anchors.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="generator" content="wordtone">'
        f"<title>{escaped(title)} – wordtone</title>"
        f'<style>{style}</style></head><body class="figures">'
        f'<header>{head}<nav aria-label="Sections">{links}</nav></header>'
        f"<main>{body}</main></body></html>\n"
    )


def _head(found: Catalogue) -> Html:
    status = found.status
    counts = {
        "tracks": status["tracks"],
        "hours": round(status["hours"], 1),
        "artists": status["artists"],
        "albums": status["albums"],
        "files": status["files"],
        "tags": status["tags"],
        "scores": status["scores"] or None,
    }
    said = f"Snapshot {status['snapshot']}"
    moment = f" of {shown(found.snapshot_at)} UTC" if found.snapshot_at else ""
    return Html(
        f'<h1>The catalogue</h1><p class="quiet">{said}{moment}, drawn {shown(found.at)} UTC.</p>'
        f"{facts({name: count for name, count in counts.items() if count is not None})}"
    )
