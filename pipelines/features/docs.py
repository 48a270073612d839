"""Writes the tables into docs/features.md: `python -m pipelines.features.docs [FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.features.registry import Measurement, measurements
from schemas.errors import InputError
from schemas.features import FeatureSpec, groups

BEGIN = "<!-- features:begin -->"
END = "<!-- features:end -->"
PAGE = Path(__file__).parents[2] / "docs" / "features.md"


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


def updated(page: str) -> str:
    """`page` with the region between the markers written anew.

    Raises
    ------
    InputError
        When a marker is missing.
    """
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise InputError(f"docs/features.md: the markers {BEGIN} and {END} are needed, in order")
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


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


def main(arguments: list[str]) -> None:
    page = Path(arguments[0]) if arguments else PAGE
    page.write_text(updated(page.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
