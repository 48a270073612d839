"""What the warehouse holds: the dashboard of `wordtone status`, and one track."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from schemas.errors import InputError
from warehouse import queries
from warehouse.lake import Lake

_BAR = 20


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
    track = queries.track(lake, track_id)
    if track is None:
        raise InputError(f"no track {track_id!r}; `wordtone tracks` lists them")
    console = Console(width=110, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(_plain("track", ((k, v) for k, v in track.items() if v is not None)))
        for title, table in (
            ("values", queries.track_numbers(lake, track_id)),
            ("words", queries.track_terms(lake, track_id)),
            ("rights", queries.track_rights(lake, track_id)),
        ):
            console.print(_rows(title, table.to_pylist()))
    return text.get()


def _pairs(title: str, counts: Mapping[str, int]) -> RenderableType:
    text = "  ".join(f"{name} [bold]{count}[/]" for name, count in counts.items())
    return Panel(text or "none yet", title=title, title_align="left")


def _coverage(coverage: Mapping[str, int], tracks: int) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    cells = [_bar(name, count, tracks) for name, count in coverage.items()]
    for i in range(0, len(cells), 3):
        grid.add_row(*cells[i : i + 3])
    return Panel(grid, title="tracks with a value", title_align="left")


def _bar(name: str, count: int, tracks: int) -> str:
    filled = round(_BAR * count / tracks) if tracks else 0
    return f"{name:<24}[green]{'█' * filled}[/][dim]{'░' * (_BAR - filled)}[/] {count}"


def _licences(rows: Iterable[Mapping[str, Any]]) -> RenderableType:
    return _rows("licences", rows)


def _runs(rows: Iterable[Mapping[str, Any]]) -> RenderableType:
    names = ("run", "state", "started_at", "counts")
    return _rows("last runs", ({name: row[name] for name in names} for row in rows))


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
