"""`wordtone snapshots`: what --as-of can name."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options


@click.command("snapshots")
@options.output
@click.pass_obj
def command(settings: Settings, form: str, out: Path | None) -> None:
    """List the warehouse's snapshots, newest first: number, time, run and message."""
    import pyarrow as pa

    from service import compose

    with compose.open_lake(settings) as lake:
        listed = sorted(lake.snapshots(), key=lambda s: -s.version)
    columns = {
        "snapshot": [s.version for s in listed],
        "at": [s.at for s in listed],
        "run_id": [s.author for s in listed],
        "message": [s.message for s in listed],
    }
    options.show(pa.table(columns), form, out)
