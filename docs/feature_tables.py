"""The tables of docs/features.md, out of FEATURES and what the functions need."""

from __future__ import annotations

from pipelines.features.registry import Measurement, measurements
from schemas.features import FeatureSpec, groups


def tables() -> str:
    """One Markdown table per group, in the order of FEATURES."""
    functions = measurements()
    parts = []
    for group, members in groups().items():
        head = (
            "| feature | unit | range | scale | meaning | source | null when |\n" + "|---" * 7 + "|"
        )
        rows = [_row(spec, functions.get(spec.name)) for spec in members]
        parts.append("\n".join([f"### {group}", "", head, *rows]))
    return "\n\n".join(parts)


def _row(spec: FeatureSpec, measurement: Measurement | None) -> str:
    name = f"`{spec.name}`" + (f"[{spec.size}]" if spec.size > 1 else "")
    span = f"{spec.minimum:g} … {spec.maximum:g}"
    cells = (name, spec.unit, span, spec.scale, spec.description, spec.source, _nulls(measurement))
    return "| " + " | ".join(cells) + " |"


def _nulls(measurement: Measurement | None) -> str:
    if measurement is None:
        return "no model is installed"
    rules = ["silent"] if measurement.needs_sound else []
    if measurement.minimum_s:
        rules.append(f"under {measurement.minimum_s:g} s")
    return ", ".join(rules) or "see below"
