"""`wordtone review`: what was made, judged by listeners and by measurement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from schemas.errors import InputError
from schemas.settings import Settings

if TYPE_CHECKING:
    from pipelines.review import Comparison, Rating
    from service.backends.backend import Backend


@click.command("review")
@click.argument("generation", required=False)
@click.option("--rating", type=float, help="Of the whole: 1 (bad) … 5 (good).")
@click.option("--feature", help="Which feature is judged, as in energy or brightness_hz.")
@click.option(
    "--value",
    "heard",
    type=click.Choice(["higher", "lower", "right"]),
    help="How the feature sounds against what was asked.",
)
@click.option("--note", help="In words.")
@click.option("--better", metavar="ID", help="The one of two that is better …")
@click.option("--than", metavar="ID", help="… than this one.")
@click.option("--on", "criterion", default="overall", show_default=True, help="Compared by what.")
@click.option("--reviewer", help="Who says so.  [default: your login name]")
@click.option("--measure", is_flag=True, help="Measure GENERATION, or all, with today's extractor.")
@click.option("--summary", is_flag=True, help="Show what all reviews say, and what they propose.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@click.pass_obj
def command(settings: Settings, /, generation: str | None, form: str, **chosen: Any) -> None:
    """Review GENERATION (an id, or "latest"), or list what nobody has reviewed.

    Saying something of the same again replaces what was said. Nothing leaves this machine.

    \b
    wordtone review latest --rating 4 --feature energy --value higher
    wordtone review --better ID1 --than ID2 --on "follows the prompt"
    """
    modes = [chosen[name] for name in ("measure", "summary")] + [bool(chosen["better"])]
    if sum(map(bool, modes)) > 1:
        raise click.UsageError("valid is one of --better, --measure and --summary")
    from service.backends.backend import at_home, opened

    if chosen["measure"]:
        at_home(settings, "review --measure")
        _measure(settings, generation)
        return
    with opened(settings) as backend:
        if chosen["summary"]:
            _summary(backend, form)
        elif said := _said(backend, generation, chosen):
            click.echo("noted" if backend.say(said) else "said before: nothing changed")
        else:
            _list(backend, form)


def _said(
    backend: Backend, generation: str | None, chosen: dict[str, Any]
) -> Rating | Comparison | None:
    from pipelines.review import Comparison, Rating
    from pipelines.reviewing.saying import of_stars
    from schemas.operations import Heard
    from service import reviews

    better, than, reviewer = chosen["better"], chosen["than"], chosen["reviewer"] or reviews.login()
    words = ("rating", "feature", "heard")
    if (better is None) != (than is None):
        raise InputError("--better and --than go together")
    if better is not None:
        if generation is not None or any(chosen[name] is not None for name in words):
            raise InputError("--better ID --than ID stands alone, with --on, --note and --reviewer")
        return Comparison(
            winner=_id(backend, better),
            loser=_id(backend, than),
            reviewer=reviewer,
            criterion=chosen["criterion"],
            note=chosen["note"],
        )
    if generation is None:
        if any(chosen[name] is not None for name in (*words, "note")):
            raise InputError('which generation? Name its id, or "latest"')
        return None
    rating = None if chosen["rating"] is None else of_stars(chosen["rating"])
    return Rating(
        generation_id=_id(backend, generation),
        reviewer=reviewer,
        rating=rating,
        feature=chosen["feature"],
        heard=None if chosen["heard"] is None else Heard(chosen["heard"]),
        note=chosen["note"],
    )


def _id(backend: Backend, name: str) -> str:
    return backend.generation(name).result.generation_id


def _measure(settings: Settings, generation: str | None) -> None:
    from pipelines.review import ReviewRequest
    from service import generations, reviews

    named: tuple[str, ...] = ()
    if generation is not None:
        named = (generations.generation(settings, generation).result.generation_id,)
    report = reviews.measure_batch(
        settings, ReviewRequest(named), lambda text: click.echo(text, err=True)
    )
    for trouble in report.unreadable:
        click.echo(f"wordtone: {trouble}", err=True)
    changed = "entered" if report.changed else "nothing changed"
    click.echo(
        f"{report.measured} generations measured, {report.hits} of {report.asked} features met; "
        f"{changed}"
    )


def _summary(backend: Backend, form: str) -> None:
    import json
    from dataclasses import asdict

    from service.report.review import findings_report

    found = backend.findings()
    if form == "json":
        plain = asdict(found)
        plain["proposals"] = [one.model_dump(mode="json") for one in found.proposals]
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        click.echo(findings_report(found))


def _list(backend: Backend, form: str) -> None:
    import json

    from service.report.review import unreviewed_report

    there = backend.unreviewed()
    if form == "json":
        rows = [{"generation_id": p.generation_id, "prompt": p.prompt} for p in there]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        click.echo(unreviewed_report(there))
