"""`wordtone override`: a person's word on a value."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from schemas.settings import Settings
from service.cli import options


@click.command("override")
@click.argument("track_id", required=False)
@click.argument("values", nargs=-1, metavar="[FEATURE=VALUE]…")
@click.option("--note", default="", help="Why; needed with a value.")
@click.option("--author", help="Who says so.  [default: your login name]")
@click.option("--withdraw", multiple=True, metavar="FEATURE", help="Take a correction back.")
@click.option("--list", "as_list", is_flag=True, help="List corrections, of TRACK_ID or of all.")
@click.option("--all", "include_withdrawn", is_flag=True, help="With --list: withdrawn ones, too.")
@options.output
@click.pass_obj
def command(settings: Settings, /, track_id: str | None, **chosen: Any) -> None:
    """Correct values of TRACK_ID: they win over every analysis and import until withdrawn.

    A correction is stored beside what was measured, with its note and author; earlier states stay
    in the snapshots. key="C minor" stands for key_pitch_class and key_mode.

    \b
    wordtone override TRACK_ID tempo_bpm=128 key="C minor" --note "counted by hand"
    wordtone override TRACK_ID --withdraw tempo_bpm
    """
    values, gone, as_list = chosen["values"], chosen["withdraw"], chosen["as_list"]
    if sum(map(bool, (values, gone, as_list))) != 1:
        raise click.UsageError("valid is one of FEATURE=VALUE, --withdraw FEATURE and --list")
    if as_list:
        _list(settings, track_id, chosen["include_withdrawn"], chosen["form"], chosen["out"])
        return
    if track_id is None:
        raise click.UsageError("which track? `wordtone tracks` lists them")
    from pipelines import overrides

    author = chosen["author"] or _login()
    if gone:
        names = overrides.feature_names(gone)
        snapshot = overrides.withdraw(settings, track_id, names, author)
        click.echo(f"{', '.join(names)} of {track_id} withdrawn; snapshot {snapshot}")
        return
    parsed = overrides.parse_values(values)
    snapshot = overrides.override(settings, track_id, parsed, chosen["note"], author)
    shown = ", ".join(f"{name}={value:g}" for name, value in parsed.items())
    click.echo(f"{track_id}: {shown}, by {author}; snapshot {snapshot}")


def _list(
    settings: Settings, track_id: str | None, withdrawn: bool, form: str, out: Path | None
) -> None:
    from service import compose
    from warehouse import queries

    with compose.open_lake(settings) as lake:
        found = queries.overrides(lake, track_id, include_withdrawn=withdrawn)
    options.show(found, form, out)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise click.UsageError("who says so? Name yourself with --author") from error
