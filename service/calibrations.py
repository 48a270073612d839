"""Calibrations for people: fitted, listed, drawn."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import ContractError, InputError
from schemas.features import FEATURES, feature
from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from warehouse.lake import Lake

_SUFFIXES = (".png", ".svg")
_COLUMNS = 3
_POINTS = 5_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which calibrations: of one feature, of one source, or all."""

    feature: str | None = None
    source: str | None = None


def fit(settings: Settings) -> None:
    """Fit and keep all calibrations."""
    from pipelines.harmonise import harmonise

    harmonise(settings)


def stored(settings: Settings, chosen: Chosen) -> list[dict[str, Any]]:
    """Calibrations as stored, those that could not be fitted last.

    Raises
    ------
    ContractError
        For a feature or source that does not exist; names the nearest one.
    """
    from warehouse.calibrations import calibrations

    if chosen.feature is not None:
        _known("feature", chosen.feature, [spec.name for spec in FEATURES])
    with compose.open_lake(settings) as lake:
        rows = calibrations(lake)
    if chosen.source is not None:
        _known("source", chosen.source, sorted({row["source"] for row in rows}))
    found = [
        row
        for row in rows
        if chosen.feature in (None, row["metric"]) and chosen.source in (None, row["source"])
    ]
    return sorted(found, key=lambda row: (row["reason"] is not None, row["metric"], row["source"]))


def _known(what: str, name: str, valid: Sequence[str]) -> None:
    if name not in valid:
        near = difflib.get_close_matches(name, valid, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ContractError(f"{what} {name!r}: {hint}valid are {', '.join(valid) or 'none yet'}")


def as_table(rows: Sequence[dict[str, Any]]) -> str:
    """A line a calibration; below it, for those that could not be fitted, why."""
    if not rows:
        return "no calibrations: nothing imported is a feature that somebody else has given, too"
    head = ("feature", "from", "to", "tracks", "rho", "as it is", "calibrated", "median", "unit")
    lines = [head] + [
        (
            row["metric"],
            f"{row['source']} {row['source_metric']}",
            row["reference"],
            str(row["tracks"]),
            *(_figure(row[name]) for name in ("spearman", "error_before", "error_after")),
            _figure(row["error_constant"]),
            feature(row["metric"]).unit,
        )
        for row in rows
    ]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    out = []
    for line, row in zip(lines, [None, *rows], strict=True):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        out.append("  ".join(cells).rstrip())
        if row is not None and row["reason"] is not None:
            out.append(f"    none: {row['reason']}")
    out.append("errors are mean absolute ones; calibrated and median on held-out tracks")
    return "\n".join(out)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def draw(settings: Settings, rows: Sequence[dict[str, Any]], path: Path) -> int:
    """Draw tracks that have both values, and the curve, one panel a calibration.

    Raises
    ------
    InputError
        The file's name ends in neither .png nor .svg, there is nothing to draw, or it cannot be
        written.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{path}: valid is a name that ends in {' or '.join(_SUFFIXES)}")
    usable = [row for row in rows if row["reason"] is None]
    if not usable:
        raise InputError(f"{path}: no calibration to draw; `wordtone harmonise --show` says why")
    from matplotlib.figure import Figure

    high = -(-len(usable) // _COLUMNS)
    wide = min(_COLUMNS, len(usable))
    figure = Figure(figsize=(4.2 * wide, 3.6 * high), layout="constrained")
    axes = figure.subplots(high, wide, squeeze=False).ravel()
    with compose.open_lake(settings) as lake:
        for axis, row in zip(axes, usable, strict=False):
            _panel(axis, row, lake)
    for axis in axes[len(usable) :]:
        axis.set_visible(False)
    try:
        figure.savefig(path, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
    return len(usable)


def _panel(axis: Axes, row: dict[str, Any], lake: Lake) -> None:
    import pyarrow.compute as pc

    from warehouse.calibrations import extractors, imported_pairs, measured_pairs

    spec = feature(row["metric"])
    ask = measured_pairs if row["reference"] in extractors(lake, spec) else imported_pairs
    pairs = ask(lake, row["source"], row["source_metric"], spec, row["reference"])
    step = max(1, pairs.num_rows // _POINTS)
    axis.plot(pairs["x"].to_numpy()[::step], pairs["y"].to_numpy()[::step], ".", ms=3, alpha=0.35)
    x, y = row["x"], row["y"]
    low, high = pc.min_max(pairs["x"]).as_py().values()
    ends = [min(low, x[0]), *x, max(high, x[-1])]  # flat beyond the knots
    axis.plot(ends, [y[0], *y, y[-1]], color="black", lw=1.5)
    # Names come from files: "$" would be taken for mathematics.
    axis.set_xlabel(f"{row['source']} {row['source_metric']}".replace("$", r"\$"))
    axis.set_ylabel(f"{spec.name} [{spec.unit}], {row['reference']}".replace("$", r"\$"))
    error = f"error {_figure(row['error_before'])} → {_figure(row['error_after'])} {spec.unit}"
    axis.set_title(f"{row['tracks']} tracks, {error}".replace("$", r"\$"), fontsize=9)
