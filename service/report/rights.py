"""Rights for a person: counts by layer, licence and verdict; one track's statements and verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.errors import InputError
from schemas.rights import Admission, Ground, Policy, Purpose
from warehouse import gate, queries
from warehouse.lake import Lake

_WIDTH = 110
_MEANING = {
    Ground.ALLOWED: "known and allowed",
    Ground.ALLOWED_UNKNOWN: "unknown, let in by --allow-unknown-rights",
    Ground.UNKNOWN: "unknown: not stated or not understood",
    Ground.FORBIDDEN: "known and not allowed",
}


@dataclass(frozen=True, slots=True)
class Found:
    """The same as text for a terminal, and as values for JSON."""

    text: str
    data: Any


def catalogue_rights(lake: Lake, policy: Policy, purpose: Purpose) -> Found:
    """Counts by verdict, by layer and licence, and the commonest reasons against."""
    admission = Admission.of(policy, purpose, gate.verdicts(lake, policy, purpose).values())
    licences = [
        {**row, "allowed": row["spdx"] is not None and gate.allows(policy, purpose, row["spdx"])}
        for row in gate.statements(lake).to_pylist()
    ]
    verdicts = [
        {"verdict": _MEANING[ground], "tracks": count} for ground, count in admission.counts.items()
    ]
    rule = f"{policy.name} ({policy.version}): {policy.description}"
    parts = [
        _table(f"policy {rule}; to {purpose}", verdicts),
        _table("statements by layer and licence", map(_licence, licences)),
        _table("commonest reasons against", _reasons(admission)),
        "`wordtone rights TRACK` shows why, `wordtone rights --unclear` what was not understood.",
    ]
    data = {"admission": asdict(admission), "statements": licences}
    return Found("\n".join(part for part in parts if part), data)


def unclear_rights(lake: Lake) -> Found:
    """Statements that could not be read as a licence."""
    rows = gate.unclear(lake).to_pylist()
    shown = ({**row, "sources": ", ".join(row["sources"])} for row in rows)
    return Found(_table("not understood", shown) or "every statement is understood", rows)


def track_rights(lake: Lake, policy: Policy, purpose: Purpose, track_id: str) -> Found:
    """Statements about a track with their evidence, and the verdict.

    Raises
    ------
    InputError
        When there is no such track.
    """
    track = queries.track(lake, track_id)
    if track is None:
        raise InputError(f"no track {track_id!r}; `wordtone tracks` lists them")
    verdict = gate.verdicts(lake, policy, purpose, [track_id])[track_id]
    rows = queries.track_rights(lake, track_id).to_pylist()
    word = "may" if verdict.allowed else "may not"
    lines = [
        f"{track['title'] or track_id} – {track['artist'] or '?'}",
        f"under policy {policy.name} ({policy.version}) it {word} be used to {purpose}:",
        f"  {verdict.reason}",
        _table("statements", map(_statement, rows)) or "nothing is stated about its rights",
    ]
    return Found("\n".join(lines), {"verdict": verdict._asdict(), "statements": rows})


def _licence(row: Mapping[str, Any]) -> Mapping[str, Any]:
    known = row["spdx"] is not None
    verdict = "allowed" if row["allowed"] else "not allowed" if known else "unknown"
    licence = row["spdx"] or "(not understood)"
    return {"layer": row["layer"], "licence": licence, "tracks": row["tracks"], "verdict": verdict}


def _reasons(admission: Admission) -> Iterable[Mapping[str, Any]]:
    for reason, count in list(admission.left_out.items())[:10]:
        yield {"tracks": count, "reason": reason}


def _statement(row: Mapping[str, Any]) -> Mapping[str, Any]:
    raw = " ".join(str(row["raw"]).split())
    return {
        "layer": row["layer"],
        "licence": row["spdx"] or "(not understood)",
        "as found": raw if len(raw) <= 60 else f"{raw[:59]}…",
        "holder": row["holder"] or "",
        "evidence": row["evidence"],
    }


def _table(title: str, rows: Iterable[Mapping[str, Any]]) -> str:
    listed = list(rows)
    if not listed:
        return ""
    table = Table(box=None)
    for name, value in listed[0].items():
        table.add_column(name, justify="right" if isinstance(value, int) else "left")
    for row in listed:
        # Text, not markup: what is shown here was written by strangers.
        table.add_row(*(Text(str(value), overflow="fold") for value in row.values()))
    console = Console(width=_WIDTH, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(table)
    return "\n".join([title, *(line.rstrip() for line in text.get().splitlines())]) + "\n"
