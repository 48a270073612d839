"""`wordtone export`: a catalogue or a training set as files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options, selecting

_FORMATS = ("parquet", "csv", "jsonl", "croissant", "audiocraft", "stable-audio-tools", "ace-step")


@click.command("export")
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A new folder."
)
@click.option("--policy", "policy_name", default="open", show_default=True)
@click.option(
    "--allow-unknown-rights",
    is_flag=True,
    help="Also tracks of unknown licence; the manifest says so.",
)
@selecting.selection
@click.option("--split", help="Shares of train, valid, test by artist and album, as 80,10,10.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--overwrite", is_flag=True, help="Replace an earlier export in the folder.")
@options.as_of
@click.pass_obj
def command(
    settings: Settings,
    /,
    form: str,
    out: Path,
    as_of: int | datetime | None,
    **chosen: object,
) -> None:
    """Write tracks whose licence is known and allows it to a folder, with ATTRIBUTION.md and a
    manifest that names the snapshot, the policy and what was left out.

    \b
    wordtone export --format audiocraft --out set --tag genre=techno --split 80,10,10
    """
    from service import compose
    from service.report.exported import export_text
    from warehouse.export.request import ExportRequest, parse_split
    from warehouse.export.run import export
    from warehouse.gate import load_policy

    policy = load_policy(str(chosen["policy_name"]))
    split, seed = chosen["split"], chosen["seed"]
    request = ExportRequest(
        form=form,
        out=out,
        policy=replace(policy, allow_unknown=bool(chosen["allow_unknown_rights"])),
        selection=selecting.from_options(chosen),
        split=None if split is None else parse_split(str(split)),
        seed=int(str(seed)),
        overwrite=bool(chosen["overwrite"]),
    )
    with compose.open_lake(settings, as_of) as lake:
        snapshot = lake.current_snapshot()
    with compose.open_lake(settings, snapshot) as lake:
        click.echo(export_text(export(lake, request)), nl=False)
