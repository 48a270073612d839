"""The model registry for a person to read: the list, one model, two compared, a promotion."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from pipelines.registry.ledger import Entry, Ledger
from schemas.operations import PromotionAction

if TYPE_CHECKING:
    from mapping.report.comparison import Comparison
    from pipelines.registry.promotion import Promotion
    from pipelines.train import Trained

_WIDTH = 120
_NOTHING = "no mapping has been trained yet: run `wordtone train`"


def listed(ledger: Ledger) -> list[dict[str, Any]]:
    """Every model, newest first, as plain values."""
    return [_plain(entry) for entry in ledger.entries]


def described(entry: Entry) -> dict[str, Any]:
    """Everything of one model: lineage, choices, figures, events."""
    row = entry.row
    events = [{**event, "gate": _loaded(event["gate"])} for event in entry.events]
    return {
        **_plain(entry),
        "path": row["path"],
        "features": list(row["features"]),
        "config": _loaded(row.get("config")),
        "data": _loaded(row.get("data")),
        "metrics": _loaded(row["metrics"]),
        "events": events,
    }


def _plain(entry: Entry) -> dict[str, Any]:
    row, metrics = entry.row, _loaded(entry.row["metrics"]) or {}
    mean = metrics.get("mean") or {}
    policy = ((_loaded(row.get("data")) or {}).get("rights") or {}).get("policy")
    return {
        "model_id": entry.model_id,
        "state": entry.state,
        "trained_at": row["recorded_at"],
        "snapshot": row["snapshot"],
        "tracks": row.get("trained_tracks"),
        "encoder": row["encoder"],
        "policy": policy,
        "code": row.get("code"),
        "parent": row.get("parent"),
        "mean_r2": mean.get("r2"),
        "crps_skill": mean.get("crps_skill"),
        "coverage90": mean.get("coverage90"),
    }


def _loaded(text: str | None) -> Any:
    return json.loads(text) if text else None


def list_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The registry, as `listed` has it, as a table; the model in use is marked."""
    if not rows:
        return _NOTHING
    table = Table(box=None)
    for heading, side in (
        ("", "left"), ("model", "left"), ("state", "left"), ("snapshot", "right"),
        ("tracks", "right"), ("R²", "right"), ("CRPS skill", "right"), ("in 90 %", "right"),
        ("policy", "left"),
    ):  # fmt: skip
        table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True)
    for row in rows:
        table.add_row(
            "●" if row["state"] == "current" else "",
            row["model_id"],
            row["state"],
            str(row["snapshot"]),
            _number(row["tracks"]),
            *(_number(row[name]) for name in ("mean_r2", "crps_skill", "coverage90")),
            row["policy"] or "-",
        )
    return _rendered(table)


def show_text(entry: Entry) -> str:
    """One model: lineage, held-out means, events."""
    found = described(entry)
    lines = [f"{found['model_id']}  ({found['state']})"]
    for name in ("trained_at", "snapshot", "tracks", "policy", "encoder", "code", "parent", "path"):
        value = found[name]
        lines.append(f"  {name:<11}{'-' if value is None else _moment(value)}")
    lines.append(f"  {'features':<11}{', '.join(found['features'])}")
    if chosen := found["config"]:
        said = ", ".join(f"{k} {v}" for k, v in chosen.items() if not isinstance(v, list | dict))
        lines.append(f"  {'config':<11}{said}")
    for name in ("mean_r2", "crps_skill", "coverage90"):
        lines.append(f"  {name:<11}{_number(found[name])}")
    for event in found["events"]:
        lines.append(f"  {_moment(event['decided_at'])}  {event_text(event, entry.model_id)}")
    return "\n".join(lines)


def event_text(event: dict[str, Any], model_id: str) -> str:
    """What became of a model, and why; `event` is as `described` has it."""
    return _done(event, model_id) + _why(event)


def _done(event: dict[str, Any], model_id: str) -> str:
    if event["action"] != PromotionAction.ROLLED_BACK:
        return str(event["action"]).replace("_", " ")
    return "in use again" if event["model_id"] == model_id else f"left for {event['model_id']}"


def _why(event: dict[str, Any]) -> str:
    reasons = "; ".join((event["gate"] or {}).get("refused") or ())
    parts = [part for part in (reasons, event["note"]) if part]
    return f": {'; '.join(parts)}" if parts else ""


def comparison_text(old: str, new: str, found: Comparison) -> str:
    """Figure by figure, and what the gate would say."""
    table = Table(box=None)
    table.add_column("figure")
    for heading in ("A", "B", "better by", "noise", "tolerance"):
        table.add_column(heading, justify="right")
    table.add_column("B is")
    for f in found.figures:
        noise = "-" if f.noise is None else f"{f.noise:.3f}"
        cells = (f"{f.old:.3f}", f"{f.new:.3f}", f"{f.gain:+.3f}", noise, f"{f.tolerance:.3f}")
        table.add_row(f.name + (" *" if f.gated else ""), *cells, f.verdict)
    lines = [
        f"A  {old}",
        f"B  {new}",
        f"on {found.rows} tracks that both held out when they were trained",
    ]
    if found.figures:
        lines.append(_rendered(table))
        lines.append("* gated. noise: standard error of the difference, artists drawn again")
    lines += [f"only A predicts {', '.join(found.lost)}"] if found.lost else []
    lines += [f"only B predicts {', '.join(found.gained)}"] if found.gained else []
    lines += [f"note: {note}" for note in found.notes]
    if found.refused:
        lines.append("B would not be promoted over A: " + "; ".join(found.refused))
    else:
        lines.append("B may be promoted over A")
    return "\n".join(lines)


def promotion_lines(done: Promotion | None) -> list[str]:
    """What became of a model, for the end of a training or a promotion."""
    if done is None:
        return ["not promoted, as asked: `wordtone models promote ID` puts it in use"]
    verdict = done.verdict
    if done.action is PromotionAction.REFUSED:
        return [
            f"not promoted, {done.in_use} stays in use: {'; '.join(verdict.reasons)}",
            f"  `wordtone models compare {done.in_use} {done.model_id}` shows every figure",
        ]
    if done.action is PromotionAction.ROLLED_BACK:
        return [f"in use again: {done.model_id}, before it {verdict.old}"]
    lines = [f"in use: {done.model_id}" + (f", before it {verdict.old}" if verdict.old else "")]
    if verdict.comparison is not None:
        told = ", ".join(
            f"{f.name} {f.old:.3f} → {f.new:.3f} ({f.verdict})"
            for f in verdict.comparison.figures
            if f.gated
        )
        lines.append(f"  on {verdict.comparison.rows} tracks held out by both: {told}")
    elif verdict.note and verdict.old:
        lines.append(f"  {verdict.note}")
    if done.action is PromotionAction.FORCED:
        lines.append(f"  against the gate: {'; '.join(verdict.reasons)}")
    return lines


def moved_text(moved: Trained) -> str:
    """What recalibration was worth, feature by feature, on labels that did not take part."""
    told = json.loads(moved.mapping.read_beside("report.json") or b"{}").get("moved") or {}
    table = Table(box=None)
    table.add_column("feature")
    for heading in ("labels", "R² before", "after", "error before", "after", "in 90 %", "after"):
        table.add_column(heading, justify="right")
    for name, found in told.items():
        pairs = [found[side][what] for what in ("r2", "error", "coverage90") for side in _SIDES]
        cells = ("-" if value is None else f"{value:.3g}" for value in pairs)
        table.add_row(name, str(found["labels"]), *cells)
    lines = [f"mapping {moved.path.name}: moved by {moved.tracks} tracks, {moved.seconds:.1f} s"]
    lines += [_rendered(table)] if told else ["too few labels to judge the move by"]
    return "\n".join([*lines, *promotion_lines(moved.promotion)])


_SIDES = ("before", "after")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _moment(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if hasattr(value, "strftime") else str(value)


def _rendered(table: Table) -> str:
    console = Console(width=_WIDTH, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(table)
    return "\n".join(line.rstrip() for line in text.get().rstrip("\n").splitlines())
