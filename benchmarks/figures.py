"""The one form of a benchmark result: a list of figures, printed as a table or written as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. Its name is kept for good, so that figures compare over time.

    Attributes
    ----------
    value : float or None
        None when it could not be measured here; `note` says why.
    target : str
        What is aimed for, with its direction: ">= 15", "<= 2.2"; empty where nothing is.
    peer : str
        What the value is compared with, named with its version.
    """

    name: str
    value: float | None
    unit: str
    target: str = ""
    peer: str = ""
    note: str = ""


def table(figures: Sequence[Figure]) -> str:
    """Figures as aligned text, one a line."""
    rows = [("figure", "value", "unit", "target", "peer", "note")] + [
        (f.name, "-" if f.value is None else f"{f.value:.4g}", f.unit, f.target, f.peer, f.note)
        for f in figures
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def write_json(figures: Sequence[Figure], path: Path) -> None:
    path.write_text(json.dumps([asdict(f) for f in figures], indent=1) + "\n")
