"""What an import did, and what a metadata set must look like."""

from __future__ import annotations

from pathlib import Path

from pipelines.import_metadata import ImportReport
from pipelines.imports.run import PartReport
from pipelines.printable import printable
from pipelines.sources.sets.contract import Column, Use
from pipelines.sources.sets.registry import MetadataSet
from schemas.operations import RunState
from schemas.outcomes import Outcome

_SHOWN = 5


def import_summary(report: ImportReport) -> str:
    """A few lines: each row once, and what to look at next."""
    counts = ", ".join(f"{n} {outcome.value}" for outcome, n in report.counts.items() if n)
    lines = [f"{report.discovered} rows of {report.request.name}: {counts or 'none'}"]
    if report.state is RunState.NOTHING_TO_DO:
        lines = [f"nothing to do: {report.discovered} rows, all known"]
    for part in report.parts:
        lines += _part_lines(part)
    lines += _track_lines(report)
    if any(report.counts[kind] for kind in (Outcome.PARTIAL, Outcome.REJECTED)):
        lines.append("`wordtone rejects` says which rows were not accepted whole, and why")
    if report.harmonised is not None and report.harmonised.rows:
        tried, usable = len(report.harmonised.rows), len(report.harmonised.usable)
        lines.append(f"calibrations: {usable} of {tried}; `wordtone harmonise --show` has them")
    lines.append(f"run {report.run_id}, {report.seconds:.1f} s")
    return "\n".join(lines)


def _part_lines(part: PartReport) -> list[str]:
    counts = ", ".join(f"{n} {outcome.value}" for outcome, n in part.counts.items() if n)
    name = printable(Path(part.uri).name)
    lines = [f"  {part.source:24} {name}: {counts or 'no rows'}"]
    if part.removed:
        lines.append(f"    {part.removed} rows are no longer there; what they said is deleted")
    if part.unknown_columns:
        shown = ", ".join(printable(column) for column in part.unknown_columns[:_SHOWN])
        more = len(part.unknown_columns) - _SHOWN
        lines.append(f"    columns not in the contract, not read: {shown}"
                     + (f" and {more} more" if more > 0 else ""))  # fmt: skip
    for kind, count in part.problems.most_common(_SHOWN):
        lines.append(f"    {count} × {printable(part.examples[kind], 200)}")
    return lines


def _track_lines(report: ImportReport) -> list[str]:
    counts = report.tracks
    lines = []
    if any(counts.values()):
        said = {
            "new": "tracks of their own",
            "known": "of tracks known by identifier",
            "matched": "matched to tracks of the catalogue",
        }
        found = ", ".join(f"{counts[name]} {text}" for name, text in said.items() if counts[name])
        lines.append(f"rows read: {found}")
    own = "each has a track of its own"
    if counts["ambiguous"]:
        lines.append(f"{counts['ambiguous']} rows fit several tracks; {own} (--match names one)")
    if counts["taken"]:
        lines.append(f"{counts['taken']} rows fit a track that another row of the set has; {own}")
    if report.ambiguous_tags:
        lines.append(
            f"{report.ambiguous_tags} embedded identifiers are on several tracks: not used"
        )
    return lines


def contract_table(found: MetadataSet) -> str:
    """The set's layouts: each column, whether it is needed, its unit and range, where it goes."""
    lines = [f"{found.name}: {found.description}"]
    for layout in found.layouts:
        lines += ["", f"{layout.source}  (licence: {layout.licence.spdx or 'not stated'})"]
        rows = [_contract_row(c) for c in layout.columns if c.use is not Use.UNUSED]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True))
            lines.append("  " + "  ".join([*cells, row[3]]).rstrip())
        names = [c.name for c in layout.columns if c.use is Use.UNUSED]
        names += [f"{prefix}…" for prefix in layout.unused_prefixes]
        if names:
            lines.append(f"  not taken: {', '.join(names)}")
    return "\n".join(lines)


def _contract_row(column: Column) -> tuple[str, str, str, str]:
    names = " | ".join((column.name, *column.aliases))
    valid = column.unit
    if column.minimum is not None and column.maximum is not None:
        valid = f"{column.minimum:g} … {column.maximum:g} {column.unit}".strip()
    goes = f"{column.use.value} {column.to}".strip()
    if column.feature:
        goes += f", {column.feature} once calibrated"
    return names, "required" if column.required else "", valid, goes
