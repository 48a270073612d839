"""One track: everything known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table

from schemas.errors import InputError
from schemas.features import KEY_NAMES
from service.detail import track_detail
from service.report.analysis import clock, counted_bars
from warehouse.lake import Lake


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
    return card_text(track)


def card_text(track: Mapping[str, Any]) -> str:
    """The same of a track as `service.detail` has it."""
    plain = ((name, value) for name, value in track.items() if not isinstance(value, dict | list))
    console = Console(width=110, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(_plain("track", ((k, v) for k, v in plain if v is not None)))
        console.print(_rows("values", _values(track["features"])))
        console.print(f"beats: {_beats(track['beats'])}")
        console.print(_rows("sections", map(_section, track["sections"])))
        console.print(_rows("words", track["terms"]))
        console.print(_rows("rights", track["rights"]))
    return text.get()


def _values(features: Mapping[str, Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Each feature that was looked for: its value and where that is from, or why it is null."""
    for name, found in features.items():
        value = found["value"]
        shown = f"null: {found['null_reason']}" if value is None else _value(name, value)
        yield {"feature": name, "value": shown, "unit": found["unit"], "source": found["source"]}


def _beats(beats: Mapping[str, Any] | None) -> str:
    if beats is None:
        return "none"
    bars = len(beats["downbeats"])
    return f"{beats['count']}, {counted_bars(bars)}"


def _section(row: Mapping[str, Any]) -> Mapping[str, Any]:
    hidden = ("index", "start_s", "end_s", "key_pitch_class", "key_mode")
    times = {"start": clock(row["start_s"]), "end": clock(row["end_s"])}
    return times | {name: value for name, value in row.items() if name not in hidden}


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return " ".join("-" if part is None else f"{part:.3g}" for part in value)
    named = {"key_pitch_class": lambda pc: f"{pc:g} ({KEY_NAMES[int(pc)]})"}.get(name)
    return named(value) if named else f"{value:.4g}"


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
