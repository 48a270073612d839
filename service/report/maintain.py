"""What a maintain run did, or would do."""

from __future__ import annotations

from pipelines.maintain import MaintainReport
from warehouse.maintenance import Space

_SHOWN = 12


def maintain_summary(report: MaintainReport) -> str:
    """A few lines: what went, and files and MB before and after."""
    verb = "would be " if report.dry_run else ""
    lines = [f"{_counted(len(report.expired), 'snapshot')} {verb}expired"]
    if report.expired:
        first, last = report.expired[0], report.expired[-1]
        lines[0] += f": {first.version} ({first.at:%Y-%m-%d %H:%M}) … {last.version}"
        lines[0] += f" ({last.at:%Y-%m-%d %H:%M})"
    lines.append(f"{_counted(len(report.compacted), 'table')} {verb}compacted")
    lines += [
        f"  {table.name}: {table.files + table.deletion_files} files, {table.bytes / 1e6:.1f} MB"
        for table in report.compacted[:_SHOWN]
    ]
    if len(report.compacted) > _SHOWN:
        lines.append(f"  and {len(report.compacted) - _SHOWN} more")
    lines.append(f"{_counted(len(report.deleted), 'file')} {verb}deleted")
    if report.dry_run:
        return "\n".join([*lines, f"now: {_space(report.before)}", "nothing was changed"])
    lines += [f"before: {_space(report.before)}", f"after:  {_space(report.after)}"]
    return "\n".join([*lines, f"run {report.run_id}, {report.seconds:.1f} s"])


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _space(space: Space) -> str:
    return (
        f"{space.files} files, {space.bytes / 1e6:.1f} MB; the newest snapshot reads "
        f"{space.current_files} files, {space.current_bytes / 1e6:.1f} MB"
    )
