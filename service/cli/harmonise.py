"""`wordtone harmonise`: values of metadata sets on the scale that is measured here."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.settings import Settings


@click.command("harmonise")
@click.option("--show", is_flag=True, help="Show the calibrations that are stored; fit nothing.")
@click.option("--feature", help="Only calibrations to this feature.")
@click.option("--source", help="Only calibrations of this source, as spotify:table.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw tracks and curves to FILE.png or FILE.svg.",
)
@click.pass_obj
def command(
    settings: Settings, show: bool, feature: str | None, source: str | None, plot: Path | None
) -> None:
    """Fit a monotone curve from each imported scale to the measured one, on tracks that have both.

    Values of one feature from two sources are never mixed silently: `track_features` shows imported
    ones calibrated where there is a curve, and training leaves out what has none. `import` does
    this, too; run it after ingesting audio of tracks that were imported.
    """
    from service import calibrations

    chosen = calibrations.Chosen(feature, source)
    if not show:
        calibrations.fit(settings)
    rows = calibrations.stored(settings, chosen)
    click.echo(calibrations.as_table(rows))
    if plot is not None:
        drawn = calibrations.draw(settings, rows, plot)
        click.echo(f"{plot}: {drawn} calibrations drawn")
