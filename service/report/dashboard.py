"""The dashboard of `wordtone status`: panels for 80 columns, side by side where there is room."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipelines.printable import printable, tail
from schemas.features import groups
from service.report.analysis import clock

Status = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]

_WIDE, _CELL, _GAP = 160, 37, 2
_BAR = 8
_COLOURS = {"measured": "green", "imported": "blue", "override": "yellow"}
_TERMS_SHOWN, _LICENCES_SHOWN = 5, 4


def print_status(status: Status, console: Console | None = None) -> None:
    """Draw the dashboard from `service.status.gather`."""
    console = console or Console()
    width = console.width // 2 - 1 if console.width >= _WIDE else console.width
    left: list[RenderableType] = [
        _attention(status),
        _files(status),
        _tags(status),
        _licences(status),
        _links(status),
    ]
    right: list[RenderableType] = [_coverage(status, width), _runs(status), _storage(status)]
    console.print(_headline(status))
    if console.width < _WIDE:
        console.print(Group(*left[:2], right[0], *left[2:], *right[1:]))
        return
    columns = Table.grid(padding=(0, 1), expand=True)
    columns.add_column(ratio=1)
    columns.add_column(ratio=1)
    columns.add_row(Group(*left), Group(*right))
    console.print(columns)


def _headline(status: Status) -> Text:
    parts = [
        (status["tracks"], "tracks"),
        (round(status["hours"], 1), "hours"),
        (status["artists"], "artists"),
        (status["albums"], "albums"),
        (status["tags"], "tags"),
        (status["scores"], "scores"),
    ]
    text = Text()
    for count, name in parts:
        if count or name in ("tracks", "hours", "artists"):
            text.append(", " if text else "")
            text.append(f"{count:,}", "bold").append(f" {name}")
    return text.append(f"; snapshot {status['snapshot']}", "dim")


def _attention(status: Status) -> RenderableType:
    if not status["tracks"] and not status["files"]:
        words = "The warehouse is empty. `wordtone ingest FOLDER` takes music in."
        return _panel("needs attention", Text(words))
    if not status["attention"]:
        return _panel("needs attention", Text("nothing", "green"))
    text = Text()
    for line in status["attention"]:
        text.append("\n" if text else "")
        text.append("• ", "yellow").append(printable(line["text"]))
        text.append(f"\n  {printable(line['command'], 300)}", "cyan")
    return _panel("needs attention", text)


def _files(status: Status) -> RenderableType:
    text = _pairs(status["files_by_state"])
    for row in status["reject_examples"]:
        text.append("\n").append(f"{row['count']:>7,} ", "bold").append(f"{row['reason']}: ")
        detail = row["detail"].removeprefix(f"{row['uri']}: ")
        text.append(f"{tail(row['uri'], 40)}: {printable(detail, 80)}", "dim")
    return _panel("files, and why inputs were not accepted whole", text)


def _coverage(status: Status, width: int) -> RenderableType:
    table = Table.grid(padding=(0, _GAP))
    across = max(1, (width - 4 + _GAP) // (_CELL + _GAP))
    for group, members in groups().items():
        table.add_row(Text(group, "dim"))
        cells = [_bar(spec.name, status) for spec in members]
        for at in range(0, len(cells), across):
            table.add_row(*cells[at : at + across])
    legend = Text("of all tracks: ", "dim")
    for name, colour in _COLOURS.items():
        legend.append("█ ", colour).append(f"{name}  ", "dim")
    return _panel("tracks with a value", Group(table, legend))


def _bar(name: str, status: Status) -> Text:
    kinds, tracks = status["coverage_by_kind"].get(name, {}), status["tracks"]
    text = Text(f"{name[:23]:<23} ", no_wrap=True)
    filled, total = 0, 0
    for kind, colour in _COLOURS.items():
        total += kinds.get(kind, 0)
        upto = round(_BAR * total / tracks) if tracks else 0
        text.append("█" * (upto - filled), colour)
        filled = upto
    text.append("░" * (_BAR - filled), "dim")
    return text.append(f" {_share(total, tracks):>4}", "" if total else "dim")


def _share(part: int, whole: int) -> str:
    """Per cent, such that 0 % is none at all and 100 % is all."""
    if not whole or not part:
        return "0%"
    return "100%" if part == whole else f"{min(99, max(1, round(100 * part / whole)))}%"


def _tags(status: Status) -> RenderableType:
    if not status["tags_by_kind"]:
        return _panel("tags", Text("none yet", "dim"))
    table = _table("kind", "tracks", "tags", "commonest")
    for row in status["tags_by_kind"]:
        terms = [t for t in status["top_terms"] if t["kind"] == row["kind"]][:_TERMS_SHOWN]
        commonest = ", ".join(f"{printable(t['term'], 24)} {t['tracks']:,}" for t in terms)
        table.add_row(row["kind"], f"{row['tracks']:,}", f"{row['tags']:,}", Text(commonest, "dim"))
    described = f"{status['described']:,} tracks have words beyond their names"
    return _panel("tags by kind", Group(table, Text(described, "dim")))


def _licences(status: Status) -> RenderableType:
    table = _table("layer", "known", "unclear", "none", "licences")
    for row in status["rights_by_layer"]:
        licences = [r for r in status["licences"] if r["layer"] == row["layer"]]
        named = [r for r in licences if r["licence"] != "(unclear)"][:_LICENCES_SHOWN]
        words = ", ".join(f"{printable(r['licence'], 30)} {r['tracks']:,}" for r in named)
        unclear, none = row["stated"] - row["known"], status["tracks"] - row["stated"]
        counts = (f"{row['known']:,}", f"{unclear:,}", f"{none:,}")
        table.add_row(row["layer"], *counts, Text(words, "dim"))
    shown = table if status["rights_by_layer"] else Text("none stated", "dim")
    return _panel("licences, in tracks by layer", shown)


def _links(status: Status) -> RenderableType:
    text = Text()
    for row in status["duplicates"]:
        undone = f", {row['undone']:,} undone" if row["undone"] else ""
        text.append(f"{row['links']:,} repeats by {row['method']}{undone}\n")
    if not status["duplicates"]:
        text.append("no repeats linked\n", "dim")
    corrected = {row["metric"]: row["active"] for row in status["overrides"] if row["active"]}
    named = ", ".join(f"{count:,} {name}" for name, count in corrected.items())
    text.append(f"values corrected by hand: {named or 'none'}\n")
    for row in status["calibrations"]:
        text.append(_calibration(row) + "\n")
    text.rstrip()
    return _panel("duplicates, corrections, calibrations", text)


def _calibration(row: Mapping[str, Any]) -> str:
    name = f"{row['metric']} of {row['source']} as {row['reference']}"
    if row["reason"]:
        return f"{name}: none, {printable(row['reason'])}"
    return f"{name}: {row['method']}, {row['tracks']:,} tracks, error {_number(row['error_after'])}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"


def _runs(status: Status) -> RenderableType:
    table = _table("run", "state", "at", "took", "counts")
    for row in status["last_runs"]:
        counts = ", ".join(f"{n:,} {k}" for k, n in json.loads(row["counts"]).items() if n)
        took = (row["ended_at"] - row["started_at"]).total_seconds()
        state = Text(row["state"], _STATES.get(row["state"], ""))
        at = f"{row['started_at']:%m-%d %H:%M}"
        table.add_row(row["flow"], state, at, clock(took), Text(counts, "dim"))
    return _panel("last runs", table if status["last_runs"] else Text("none yet", "dim"))


_STATES = {"completed": "green", "failed": "red", "interrupted": "yellow"}


def _storage(status: Status) -> RenderableType:
    kept, space = status["snapshots"], status["space"]
    text = Text(f"{kept['count']:,} snapshots, ")
    text.append(f"{_moment(kept['oldest'])} to {_moment(kept['newest'])}\n")
    text.append(f"{_size(space['current_bytes'])} now, {_size(space['bytes'])} with the past, ")
    text.append(f"in {space['files']:,} files\n")
    text.append(f"{status['home']}\n", "dim")
    for row in status["models"]:
        text.append(f"{row['kind']} {row['model_id']}").append(
            f", {row['features']} features, snapshot {row['snapshot']}", "dim"
        )
        text.append(", in use\n" if row["model_id"] == status.get("model_in_use") else "\n")
    if not status["models"]:
        text.append("no model trained yet", "dim")
    text.rstrip()
    return _panel("snapshots, space, models", text)


def _moment(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _size(size: int) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000  # type: ignore[assignment]  # bytes become a fraction of a larger unit
    return f"{size:.3g} GB"


def _pairs(counts: Mapping[str, int]) -> Text:
    text = Text()
    for name, count in counts.items():
        text.append("  " if text else "").append(f"{name} ").append(f"{count:,}", "bold")
    return text if text else Text("none yet", "dim")


def _table(*names: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        right = name in ("tracks", "tags", "known", "unclear", "none", "took")
        table.add_column(name, justify="right" if right else "left", no_wrap=right)
    return table


def _panel(title: str, content: RenderableType) -> Panel:
    return Panel(content, title=title, title_align="left", border_style="dim")
