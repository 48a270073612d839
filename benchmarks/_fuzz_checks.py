"""Loaded by Schemathesis itself: a check of ours, and how it writes lines of JSON."""

from __future__ import annotations

from typing import Any

import schemathesis

FORM = ("about:blank", "urn:wordtone:form")


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.check
def refused_by_meaning_alone(ctx: Any, response: Any, case: Any) -> None:
    """What has the form that the document describes is refused for what it means, or not at all.

    In place of positive_data_acceptance, which takes every refusal for a fault: no JSON Schema can
    say that a SELECT must parse, or that two pieces to compare must be two. Our problems name their
    kind, so that a refusal for the form of a request that has it is still found.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code in (400, 415, 422) and response.json()["type"] in FORM:
        raise AssertionError(f"refused for its form, which it has: {response.text[:500]}")
