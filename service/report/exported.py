"""What an export has written, and what it has left out, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.export.request import ExportSummary

_MOST = 8


def export_text(summary: ExportSummary) -> str:
    manifest = summary.manifest
    counts, policy = manifest["counts"], manifest["policy"]
    unknown = ", unknown rights allowed" if policy["allow_unknown_rights"] else ""
    lines = [
        f"{summary.tracks} of {counts['selected']} tracks written to {summary.out}",
        f"snapshot {manifest['snapshot']['version']}, policy {policy['name']} "
        f"{policy['version']}{unknown}",
    ]
    if manifest["split"]:
        sides = manifest["split"]["tracks"]
        lines.append("split: " + ", ".join(f"{side} {n}" for side, n in sides.items()))
    licences = manifest["licences"]
    lines.append("licences: " + ", ".join(f"{n} × {name}" for name, n in licences.items()))
    if manifest["left_out"]:
        lines.append("left out:")
        shown = manifest["left_out"][:_MOST]
        lines += [f"  {item['tracks']:>7}  {item['what']}: {item['reason']}" for item in shown]
        if more := len(manifest["left_out"]) - len(shown):
            lines.append(f"  … and {more} more reasons in manifest.json")
    lines += [f"note: {note}" for note in manifest["notes"]]
    return "\n".join(lines) + "\n"
