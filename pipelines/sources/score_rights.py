"""Rights that a score states of itself. They are the composition's, never a recording's."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.sources.licences import holder_of, spdx_of
from pipelines.sources.metadata import MAX_LICENCE, Rights, clean
from pipelines.sources.score import ScoreFacts
from schemas.rights import RightsLayer


def score_rights(facts: ScoreFacts, name: str) -> Iterable[Rights]:
    """What a score says of rights; they are the composition's."""
    text = clean(facts.copyright)[:MAX_LICENCE]
    if text:
        field = "copyright" if facts.format == "midi" else "rights"
        source = f"{facts.format}:{field}"
        evidence = f"{source} of {name}"
        layer = RightsLayer.COMPOSITION
        yield Rights(layer, source, text, spdx_of(text), holder_of(text), evidence)
