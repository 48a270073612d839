"""What the warehouse holds: the dashboard of `wordtone status`, and one track."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from schemas.errors import InputError
from schemas.features import KEY_NAMES, FeatureSpec
from service.detail import track_detail
from service.report.analysis import clock, counted_bars
from warehouse.lake import Lake

_BAR, _COLUMNS = 8, 2


def print_status(counts: Mapping[str, Any], console: Console | None = None) -> None:
    """Draw the dashboard from `queries.status_counts`."""
    console = console or Console()
    parts: list[RenderableType] = [
        f"[bold]{counts['tracks']}[/] tracks, {counts['hours']:.1f} hours, "
        f"{counts['artists']} artists, {counts['tags']} tags; snapshot {counts['snapshot']}",
        _pairs("files", counts["files_by_state"]),
        _coverage(counts["feature_coverage"], counts["tracks"]),
        _pairs("tags by kind", counts["tags_by_kind"]),
        _licences(counts["licences"]),
    ]
    if counts["rejects_by_reason"]:
        parts.append(_pairs("not accepted whole (wordtone rejects)", counts["rejects_by_reason"]))
    parts.append(_runs(counts["last_runs"]))
    console.print(Group(*parts))


def track_card(lake: Lake, track_id: str) -> str:
    """Everything known of a track, each value with where it is from.

    Raises
    ------
    InputError
        When there is no such track.
    """
    track = track_detail(lake, track_id)
    if track is None:
        raise InputError(f"no track {track_id!r}; `wordtone tracks` lists them")
    plain = ((name, value) for name, value in track.items() if not isinstance(value, dict | list))
    console = Console(width=110, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(_plain("track", ((k, v) for k, v in plain if v is not None)))
        console.print(_rows("values", _values(lake, track["features"])))
        console.print(f"beats: {_beats(track['beats'])}")
        console.print(_rows("sections", map(_section, track["sections"])))
        console.print(_rows("words", track["terms"]))
        console.print(_rows("rights", track["rights"]))
    return text.get()


def _values(lake: Lake, features: Mapping[str, Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Each feature that was looked for: its value and where that is from, or why it is null."""
    for spec in lake.features:
        if (found := features.get(spec.name)) is None:
            continue
        value = found["value"]
        shown = f"null: {found['null_reason']}" if value is None else _value(spec, value)
        yield {"feature": spec.name, "value": shown, "unit": spec.unit, "source": found["source"]}


def _beats(beats: Mapping[str, Any] | None) -> str:
    if beats is None:
        return "none"
    bars = len(beats["downbeats"])
    return f"{beats['count']}, {counted_bars(bars)}"


def _section(row: Mapping[str, Any]) -> Mapping[str, Any]:
    hidden = ("index", "start_s", "end_s", "key_pitch_class", "key_mode")
    times = {"start": clock(row["start_s"]), "end": clock(row["end_s"])}
    return times | {name: value for name, value in row.items() if name not in hidden}


def _value(spec: FeatureSpec, value: Any) -> str:
    if spec.size > 1:
        return " ".join("-" if part is None else f"{part:.3g}" for part in value)
    name = {"key_pitch_class": lambda pc: f"{pc:g} ({KEY_NAMES[int(pc)]})"}.get(spec.name)
    return name(value) if name else f"{value:.4g}"


def _pairs(title: str, counts: Mapping[str, int]) -> RenderableType:
    text = "  ".join(f"{name} [bold]{count}[/]" for name, count in counts.items())
    return Panel(text or "none yet", title=title, title_align="left")


def _coverage(coverage: Mapping[str, int], tracks: int) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    cells = [_bar(name, count, tracks) for name, count in coverage.items()]
    for i in range(0, len(cells), _COLUMNS):
        grid.add_row(*cells[i : i + _COLUMNS])
    return Panel(grid, title="tracks with a value", title_align="left")


def _bar(name: str, count: int, tracks: int) -> str:
    filled = round(_BAR * count / tracks) if tracks else 0
    return f"{name:<25}[green]{'█' * filled}[/][dim]{'░' * (_BAR - filled)}[/] {count}"


def _licences(rows: Iterable[Mapping[str, Any]]) -> RenderableType:
    return _rows("licences", rows)


def _runs(rows: Iterable[Mapping[str, Any]]) -> RenderableType:
    return _rows(
        "last runs",
        (
            {
                "run": row["run"],
                "flow": row["flow"],
                "state": row["state"],
                "at": f"{row['started_at']:%Y-%m-%d %H:%M}",
                "counts": ", ".join(f"{n} {name}" for name, n in _counts(row) if n),
            }
            for row in rows
        ),
    )


def _counts(row: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    counts: dict[str, int] = json.loads(row["counts"])
    return counts.items()


def _plain(title: str, pairs: Iterable[tuple[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for name, value in pairs:
        table.add_row(name, _cell(value))
    return table


def _rows(title: str, rows: Iterable[Mapping[str, Any]]) -> RenderableType:
    listed = list(rows)
    if not listed:
        return f"{title}: none"
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for name in listed[0]:
        table.add_column(name, overflow="ellipsis", max_width=60)
    for row in listed:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: object) -> str:
    from rich.markup import escape

    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else escape(" ".join(str(value).split()))
