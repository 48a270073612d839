"""A part of the corpus through `wordtone ingest` into a fresh warehouse: nothing is lost there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.outcomes import RejectReason
from schemas.settings import Settings
from warehouse.audits import run_audits
from warehouse.lake import Lake
from warehouse.location import Location

_PROGRAM = "import sys; from service.cli.main import main; sys.exit(main())"
_KNOWN = """
SELECT f.uri, f.state, r.reason, r.detail, d.track_id IS NOT NULL AS duplicate
FROM files AS f
LEFT JOIN rejects AS r ON r.uri = f.uri AND NOT r.resolved
LEFT JOIN duplicates AS d ON d.track_id = f.track_id
"""
_UNLISTED = "SELECT uri, reason, detail, stage FROM rejects WHERE stage = 'list'"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What the warehouse holds afterwards.

    Attributes
    ----------
    counts : mapping
        Outcome → files, as the run recorded it.
    reasons : mapping
        Name of a file → its reject reason; None where it has none.
    faults : sequence of str
        What does not add up.
    """

    counts: Mapping[str, int]
    reasons: Mapping[str, str | None]
    faults: tuple[str, ...]


def ingest_folder(folder: Path, home: Path, timeout_s: float) -> Ingested:
    """Ingest `folder` with the command line in a process of its own, then read the warehouse."""
    environ = {
        **os.environ,
        "WORDTONE_HOME": str(home),
        "WORDTONE_WORKERS": "2",
        "WORDTONE_FILE_TIMEOUT_S": str(timeout_s),
    }
    command = [sys.executable, "-c", _PROGRAM, "ingest", str(folder)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    faults = []
    if done.returncode != 0:
        faults.append(f"exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    if "Traceback" in done.stdout + done.stderr:
        faults.append(f"a traceback: {(done.stdout + done.stderr)[-500:]}")
    settings = Settings(home=home)
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        files = list(lake.query(_KNOWN).to_pylist())
        unlisted = list(lake.query(_UNLISTED).to_pylist())
        (run,) = lake.query("SELECT counts FROM runs").to_pylist()
        faults += [f"audit {audit.name}" for audit in run_audits(lake) if not audit.passed]
    counts = {name: count for name, count in json.loads(run["counts"]).items() if count}
    faults += _contradictions(files, unlisted, counts)
    reasons = {Path(row["uri"]).name: row["reason"] for row in [*files, *unlisted]}
    return Ingested(counts, reasons, tuple(faults))


def _contradictions(
    files: list[dict[str, Any]], unlisted: list[dict[str, Any]], counts: Mapping[str, int]
) -> Iterator[str]:
    found, counted = len(files) + len(unlisted), sum(counts.values())
    if found != counted:
        yield f"{found} files in the tables, {counted} in the counts"
    refused = sum(row["state"] == "rejected" for row in files) + len(unlisted)
    set_aside = counts.get("rejected", 0) + counts.get("quarantined", 0)
    if refused != set_aside:
        yield f"{refused} refused files in the tables, {set_aside} in the counts"
    damaged = [row for row in files if row["state"] == "present" and row["reason"] is not None]
    partial = sum(not row["duplicate"] for row in damaged)
    if partial != counts.get("partial", 0):
        yield f"{partial} partial files in the tables, {counts.get('partial', 0)} in the counts"
    for row in [*files, *unlisted]:
        yield from _unexplained(row)


def _unexplained(row: Mapping[str, Any]) -> Iterator[str]:
    if row.get("state") == "rejected" and row["reason"] is None:
        yield f"{row['uri']} is rejected without a reason"
    elif row["reason"] is not None:
        if row["reason"] not in set(RejectReason) or row["reason"] == RejectReason.INTERNAL_ERROR:
            yield f"{row['uri']}: {row['reason']}: {row['detail']}"
        if not (row["detail"] or "").strip() or "Traceback" in row["detail"]:
            yield f"{row['uri']} has no sentence for its reason"


def disagreements(
    ingested: Ingested, expected: Mapping[str, str | None], excepted: Iterable[str]
) -> Iterator[str]:
    """Files whose reason in the warehouse is not the one that the worker alone gave."""
    for name, reason in expected.items():
        if name in excepted:
            continue
        if name not in ingested.reasons:
            yield f"{name} is in no table"
        elif ingested.reasons[name] != reason:
            yield f"{name}: {ingested.reasons[name]} in the warehouse, {reason} by itself"
