"""`wordtone rights`: what a policy makes of the catalogue, or of one track."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import click

from schemas.rights import Purpose
from schemas.settings import Settings
from service.cli import options


@click.command("rights")
@click.argument("track_id", required=False)
@options.rights
@click.option(
    "--purpose", type=click.Choice([p.value for p in Purpose]), default="train", show_default=True
)
@click.option("--unclear", is_flag=True, help="List statements that could not be read.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@options.as_of
@click.pass_obj
def command(
    settings: Settings, /, track_id: str | None, as_of: int | datetime | None, **chosen: object
) -> None:
    """Count tracks by layer, licence and verdict, or show the statements about TRACK_ID, where
    they were found, and the verdict with its reason.

    Policies are dated data; docs/rights.md says what each allows and which layers count.
    """
    from service import compose
    from service.report import rights
    from warehouse.gate import load_policy

    policy = load_policy(str(chosen["policy"]))
    policy = replace(policy, allow_unknown=bool(chosen["allow_unknown_rights"]))
    purpose = Purpose(str(chosen["purpose"]))
    with compose.open_lake(settings, as_of) as lake:
        if track_id is not None:
            found = rights.track_rights(lake, policy, purpose, track_id)
        elif chosen["unclear"]:
            found = rights.unclear_rights(lake)
        else:
            found = rights.catalogue_rights(lake, policy, purpose)
    text = json.dumps(found.data, indent=2, default=str) if chosen["form"] == "json" else found.text
    click.echo(text)
