"""Options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.errors import InputError
from schemas.rights import DEFAULT_POLICY

if TYPE_CHECKING:
    import pyarrow as pa


class AsOf(click.ParamType["int | datetime"]):
    """A snapshot number, or a time in ISO 8601 (UTC unless it names a zone)."""

    name = "snapshot|time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | datetime:
        if isinstance(value, int | datetime):
            return value
        text = str(value)
        if text.isdecimal():
            return int(text)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r}: valid is a snapshot number or a time such as 2026-05-01T12:00")
        return at if at.tzinfo else at.replace(tzinfo=UTC)


def as_of(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--as-of", type=AsOf(), help="Read the warehouse as it was: snapshot number or time."
    )(command)


def rights(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--allow-unknown-rights",
        is_flag=True,
        help="Let in tracks whose licence is not stated or not understood; the manifest says so.",
    )(command)
    return click.option(
        "--policy",
        default=DEFAULT_POLICY,
        show_default=True,
        help="Which licences may serve: open, noncommercial or all-known (docs/rights.md).",
    )(command)


def output(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead."
    )(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "csv", "json", "jsonl", "parquet"]),
        default="table",
        show_default=True,
    )(command)


def show(table: pa.Table, form: str, out: Path | None) -> None:
    """Write `table` to a file, or to standard output in the same bytes."""
    from warehouse.formats import write_table

    if out is None and form == "parquet" and sys.stdout.isatty():
        raise click.UsageError("parquet is binary: name a file with --out, or pipe it")
    write_table(table, form, out or sys.stdout.buffer)


def named(option: str, given: Iterable[str], valid: str) -> dict[str, str]:
    """Texts such as "dark=timbre" as a mapping; names may hold a "=", values may not.

    Raises
    ------
    InputError
        Names the option, the text and what is valid.
    """
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.rpartition("="))
        if not (equals and name and value):
            raise InputError(f"{option} {text!r}: valid is {valid}")
        found[name] = value
    return found


def numbered(option: str, given: Iterable[str], valid: str) -> dict[str, float]:
    """Texts such as "energy=0.8" as a mapping to numbers. Raises InputError as `named` does."""
    found: dict[str, float] = {}
    for name, value in named(option, given, valid).items():
        try:
            found[name] = float(value)
        except ValueError as error:
            raise InputError(f"{option} {name + '=' + value!r}: valid is {valid}") from error
    return found
