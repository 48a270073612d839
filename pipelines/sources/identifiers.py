"""Identifiers that others give to recordings, as embedded tags spell them.

An identifier is a term of kind `identifier`, "scheme:value": it says which recording this is, and
nothing about its sound. An import finds its tracks by them (`pipelines.imports.identity`).
"""

from __future__ import annotations

import re

from pipelines.sources.metadata import Term
from schemas.catalogue import TagKind

ISRC, RECORDING = "isrc", "musicbrainz_recording"
_VALID = {
    # ISO 3901: country, registrant, year, designation; hyphens are for people.
    ISRC: re.compile(r"[A-Z]{2}[0-9A-Z]{3}[0-9]{7}"),
    RECORDING: re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}


def identifier(scheme: str, text: str, source: str) -> Term | None:
    """The identifier as a term, or None where it is not one of its scheme."""
    plain = text.strip()
    value = plain.upper().replace("-", "") if scheme == ISRC else plain.lower()
    if not _VALID[scheme].fullmatch(value):
        return None
    name = f"{scheme}:{value}"
    return Term(name, TagKind.IDENTIFIER, source, name)
