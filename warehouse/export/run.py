"""`wordtone export`: choose tracks, write them in one format, with attributions and a manifest."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import InputError, WarehouseError
from schemas.features import group_version, groups
from warehouse.export.ace_step import write_ace_step
from warehouse.export.attribution import write_attributions
from warehouse.export.audiocraft import write_audiocraft
from warehouse.export.choice import Choice, LeftOut, choose
from warehouse.export.croissant import write_croissant
from warehouse.export.folder import LAYOUT, MANIFEST, MARK, described_files, new_folder, write_json
from warehouse.export.request import SIDES, TRAINING, ExportRequest, ExportSummary
from warehouse.export.stable_audio import write_stable_audio
from warehouse.export.tables import Written, write_tables
from warehouse.lake import Lake

_TRAINERS: Mapping[str, Callable[[Lake, Path, Path, LeftOut], dict[str, Any]]] = {
    "audiocraft": write_audiocraft,
    "stable-audio-tools": write_stable_audio,
    "ace-step": write_ace_step,
}


def export(lake: Lake, request: ExportRequest) -> ExportSummary:
    """Write the export of what `lake` shows; it must be open at one snapshot.

    Raises
    ------
    InputError
        The folder is not new, empty or ours; or no track is left, with the commonest reasons.
    StorageError, WarehouseError
        The folder cannot be written; the warehouse cannot be read. No folder is left then.
    """
    if not lake.read_only:
        raise WarehouseError("an export needs a warehouse that is open at one snapshot")
    choice = choose(lake, request)
    if choice.table.num_rows == 0:
        raise InputError(f"nothing to export: {_why_none(choice)}")
    out = Path(os.path.abspath(request.out))  # noqa: PTH100 - links are not followed
    with new_folder(out, overwrite=request.overwrite) as folder:
        with lake.registered(chosen=choice.table):
            extra = _filled(lake, folder, out, request, choice)
        manifest = _manifest(lake, folder, request, choice, extra)
        write_json(folder / MANIFEST, manifest)
    return ExportSummary(out, manifest)


def _filled(
    lake: Lake, folder: Path, out: Path, request: ExportRequest, choice: Choice
) -> dict[str, Any]:
    """Write everything but the manifest; what the format has to say for it."""
    if request.form in TRAINING:
        return _training_set(lake, folder, out, request, choice)
    licences = write_attributions(lake, folder)
    form = "parquet" if request.form == "croissant" else request.form
    tables = write_tables(lake, folder, form)
    if request.form == "croissant":
        facts = {
            "tracks": choice.table.num_rows,
            "snapshot": lake.current_snapshot(),
            "created_at": f"{datetime.now(UTC):%Y-%m-%d}",
        }
        write_croissant(lake, folder, tables, licences, facts)
    counted = {"tracks": choice.table.num_rows, "sides": dict(choice.sides)}
    return {"licences": licences, **_of_tables(tables), **counted}


def _training_set(
    lake: Lake, folder: Path, out: Path, request: ExportRequest, choice: Choice
) -> dict[str, Any]:
    """Write the trainer's files, then the attributions of the tracks that it could take."""
    made = _TRAINERS[request.form](lake, folder, out, choice.left_out)
    written = pa.array(made.pop("written"), pa.string())
    if not len(written):
        raise InputError(f"nothing to export: {_why_none(choice)}")
    kept = choice.table.filter(pc.is_in(choice.table["track_id"], value_set=written))
    with lake.registered(chosen=kept):
        licences = write_attributions(lake, folder)
    sides = Counter(kept["split"].to_pylist())
    return {"licences": licences, **made, "tracks": kept.num_rows, "sides": dict(sides)}


def _of_tables(tables: Mapping[str, Written]) -> dict[str, Any]:
    notes = []
    guarded = sum(table.guarded for table in tables.values())
    if guarded:
        notes.append(
            f"{guarded} text cells began like a spreadsheet formula and have an apostrophe in front"
        )
    return {"rows": {table.file: table.rows for table in tables.values()}, "notes": notes}


def _why_none(choice: Choice) -> str:
    if choice.selected == 0:
        return "no track is selected"
    reasons = [f"{item['tracks']} × {item['reason']}" for item in choice.left_out.listed()[:3]]
    unknown = any("unknown" in grounds for grounds in choice.grounds.values())
    hint = "; --allow-unknown-rights lets tracks of unknown licence in" if unknown else ""
    return f"of {choice.selected} tracks none is left ({'; '.join(reasons)}){hint}"


def _empty_sides(request: ExportRequest, counts: Mapping[str, int]) -> list[str]:
    if request.split is None:
        return []
    return [
        f"no track on side {side}: too few groups of artist and album to give it a share"
        for side, share in zip(SIDES, request.split, strict=True)
        if share > 0 and not counts.get(side)
    ]


def _manifest(
    lake: Lake,
    folder: Path,
    request: ExportRequest,
    choice: Choice,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    snapshot = lake.current_snapshot()
    at = next((s.at for s in lake.snapshots() if s.version == snapshot), None)
    policy = request.policy
    return {
        MARK: LAYOUT,
        "wordtone": version("wordtone"),
        "format": request.form,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "snapshot": {"version": snapshot, "at": None if at is None else at.isoformat()},
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "allow_unknown_rights": policy.allow_unknown,
            "purposes": [str(purpose) for purpose in request.purposes],
        },
        "verdicts": choice.grounds,
        "filters": list(request.selection.given),
        "split": None
        if request.split is None
        else {
            "shares": list(request.split),
            "seed": request.seed,
            "tracks": extra["sides"],
            "groups": "artist, album; folder where a track names neither",
        },
        "counts": {
            "selected": choice.selected,
            "tracks": extra["tracks"],
            "rows": extra.get("rows", {}),
        },
        "licences": extra["licences"],
        "left_out": choice.left_out.listed(),
        "feature_versions": {group: group_version(group) for group in groups(lake.features)},
        "numbers": extra.get("numbers", []),
        "notes": [*extra["notes"], *_empty_sides(request, extra["sides"])],
        "files": described_files(folder),
    }
