"""Options of the commands that take a selection of tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from service.backends.backend import Picked
    from warehouse.selection import Selection


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """--where, --tag and --not-tag; read them with `picked` or `from_options`."""
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


def picked(options: Mapping[str, object]) -> Picked:
    """The selection as it was written, out of a command's options where, tags and not_tags."""
    from service.backends.backend import Picked

    listed = {}
    for name in ("where", "tags", "not_tags"):
        values = options[name]
        assert isinstance(values, tuple)
        listed[name] = [str(value) for value in values]
    return Picked(**listed)


def from_options(options: Mapping[str, object]) -> Selection:
    """The same, read. Raises ContractError for what does not parse."""
    from warehouse.selection import parse_selection

    found = picked(options)
    return parse_selection(found.where, found.tags, found.not_tags)
