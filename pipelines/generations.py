"""Generations in the warehouse: a row each, and what the extractor says of each asked feature.

The folder of a generation (`generation.around.keeping`) is the record; the rows repeat it where it
can be counted. Writing them again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.generation import FeatureResult, GenerationResult
from schemas.operations import GenerationRow, ReviewRow
from warehouse.lake import RunStamp
from warehouse.store import Store, WriteReport

EXTRACTOR = "extractor"
"""The reviewer that is no listener."""


def record_generations(
    store: Store,
    results: Iterable[GenerationResult],
    *,
    prompt_id: str | None = None,
    flow: str = "generate",
) -> WriteReport:
    """Write the rows of generations and of the extractor's reviews, in one commit.

    Raises
    ------
    WarehouseError
        When they cannot be written; the generations on disk are as they were.
    """
    there = list(results)
    rows = [generation_row(result, prompt_id) for result in there]
    reviews = [row for result in there for row in review_rows(result)]
    last = there[-1].generation_id if there else "none"
    stamp = RunStamp(run_id=last, flow=flow, message=f"{len(there)} generations")
    scope = ("generation_id", "reviewer")
    return store.write(
        {"generations": rows, "reviews": reviews}, stamp, replace_by={"reviews": scope}
    )


def generation_row(result: GenerationResult, prompt_id: str | None = None) -> GenerationRow:
    """`weights_id` and `weights_licence` list all of several, joined by " + " and " AND "."""
    return GenerationRow(
        generation_id=result.generation_id,
        prompt_id=prompt_id,
        engine=result.provenance.engine,
        weights_id=" + ".join(one.id for one in result.weights) or None,
        weights_licence=" AND ".join(dict.fromkeys(w.licence for w in result.weights)) or None,
        request=result.request.model_dump_json(exclude_defaults=True),
        result=result.model_dump_json(exclude={"request"}, exclude_defaults=True),
    )


def review_rows(result: GenerationResult) -> list[ReviewRow]:
    """One row per feature that was asked or measured; a key in words, in `note`."""
    return [
        ReviewRow(
            review_id=f"{result.generation_id}-{EXTRACTOR}-{one.feature}",
            generation_id=result.generation_id,
            reviewer=EXTRACTOR,
            feature=one.feature,
            asked=one.asked if isinstance(one.asked, float) else None,
            measured=one.measured if isinstance(one.measured, float) else None,
            hit=one.hit,
            note=_note(one),
        )
        for one in result.features
    ]


def _note(one: FeatureResult) -> str | None:
    words = [one.applied.value]
    if isinstance(one.asked, str) or isinstance(one.measured, str):
        words.append(f"asked {one.asked or 'none'}, measured {one.measured or 'none'}")
    words += [text for text in (one.corrected, one.note) if text]
    return "; ".join(words)
