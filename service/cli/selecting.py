"""Options of the commands that take a selection of tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from warehouse.selection import Selection


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """--where, --tag and --not-tag; read them with `chosen`."""
    for option in (
        click.option(
            "--not-tag", "not_tags", multiple=True, help="Leave out tracks with this tag."
        ),
        click.option(
            "--tag", "tags", multiple=True, help="Only with this tag: techno, or genre=techno."
        ),
        click.option(
            "--where",
            multiple=True,
            help='Only in this range: "tempo_bpm=120..130", "energy>=0.6", "key=C minor".',
        ),
    ):
        command = option(command)
    return command


def from_options(options: Mapping[str, object]) -> Selection:
    """The selection out of a command's options where, tags and not_tags."""
    listed = []
    for name in ("where", "tags", "not_tags"):
        values = options[name]
        assert isinstance(values, tuple)
        listed.append([str(value) for value in values])
    return chosen(*listed)


def chosen(where: Sequence[str], tags: Sequence[str], not_tags: Sequence[str]) -> Selection:
    """The selection that was asked for. Raises ContractError for what does not parse."""
    from warehouse.selection import parse_selection

    return parse_selection(where, tags, not_tags)
