"""`wordtone batch`: many prompts to arrays that a generator is trained on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from schemas.settings import Settings

if TYPE_CHECKING:
    from pipelines.batch.run import BatchReport


@click.command("batch")
@click.argument("prompts", metavar="PROMPTS")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What to write; .parquet, .safetensors (shards and an index) or .jsonl by its ending.",
)
@click.option(
    "--input-format",
    type=click.Choice(["txt", "jsonl", "csv"]),
    help="Of PROMPTS; by its ending otherwise, and txt for standard input.",
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes."
)
@click.option(
    "--model", "model_id", help="A model id (`wordtone models`); the one in use otherwise."
)
@click.pass_obj
def command(settings: Settings, /, prompts: str, out: Path, **chosen: Any) -> None:
    """Turn every line of PROMPTS (a file, or - for standard input) into a conditioning vector.

    A line is a prompt; in JSONL an object with `prompt` and, if wanted, `id`, `bpm`, `key`,
    `duration_s`, `vocals`; in CSV the same as columns. Each vector is the one that `wordtone
    condition` gives. What cannot be read goes to FILE.rejects.jsonl with a reason. Memory does not
    grow with the number of lines; a run that was stopped goes on when it is started again.

    \b
    wordtone batch prompts.jsonl --out train.parquet --workers 4
    """
    from pipelines.batch.lines import format_of
    from pipelines.batch.run import BatchRequest, run_batch
    from service.backends.backend import opened
    from service.batch_progress import BatchProgress

    request = BatchRequest(format_of(prompts, chosen["input_format"]), out, chosen["workers"])
    with opened(settings) as backend, _opened(prompts) as stream, BatchProgress(stream) as progress:
        load = backend.answering(chosen["model_id"])
        report = run_batch(stream, request, load, progress.advance)
    click.echo(batch_text(report))


def batch_text(report: BatchReport) -> str:
    """The counts, which add up, and where things are."""
    resumed = f" ({report.resumed:,} of them by an earlier run)" if report.resumed else ""
    lines = [
        f"{report.lines:,} lines: {report.answered:,} answered{resumed}, "
        f"{report.rejected:,} rejected, {report.blank:,} blank",
        *(f"  {path}" for path in report.files[:8]),
    ]
    if more := len(report.files) - 8:
        lines += [f"  and {more} more shards"] if more > 0 else []
    if report.rejects:
        lines.append(f"rejects: {report.rejects}")
    return "\n".join(lines)


def _opened(prompts: str) -> BinaryIO:
    from schemas.errors import InputError

    if prompts == "-":
        return sys.stdin.buffer
    try:
        return Path(prompts).open("rb")
    except OSError as error:
        raise InputError(f"{prompts}: {error.strerror or error}") from error
