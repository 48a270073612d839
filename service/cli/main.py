"""Entry point of `wordtone`: finds the command, turns errors into a sentence and an exit code.

Exit codes: 0 done, 1 it could not be done, 2 the request was wrong. Command modules are imported
only when they are run, so that `--help` answers at once.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import importlib
import keyword
import logging
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import click

from schemas.errors import WordtoneError
from schemas.settings import Settings

COMMANDS: dict[str, str] = {
    "ingest": "Take a folder of music into the warehouse.",
    "import": "Take a metadata set into the warehouse.",
    "harmonise": "Bring imported values to the scale that is measured here.",
    "schedule": "Ingest at fixed times, started by a Prefect server.",
    "analyse": "Show what is measured on audio files, without a warehouse.",
    "transcribe": "Write down the melody of a hum, a whistle or a recording.",
    "query": "Run a SELECT on the warehouse.",
    "search": "Find tracks by words, tags and features.",
    "similar": "Find tracks like one, and see why.",
    "tracks": "List tracks, or show one with everything known of it.",
    "status": "Show what the warehouse holds and what needs attention.",
    "report": "Write a page about the catalogue or a mapping that opens anywhere.",
    "rejects": "List inputs that were not accepted whole, by reason.",
    "override": "Correct a value of a track; it wins until it is withdrawn.",
    "audit": "Look for rows that break a rule of the warehouse.",
    "maintain": "Join small files, expire old snapshots, free space.",
    "backup": "Write the warehouse and the models to one file.",
    "restore": "Put a backup in an empty place, or check it.",
    "duplicates": "List copies of recordings with the evidence; undo and redo links.",
    "snapshots": "List the warehouse's snapshots, for --as-of.",
    "vocabulary": "Look up terms, list unknown ones, read tags again with new terms.",
    "rights": "Count tracks by licence and verdict, or show why one may be used or not.",
    "export": "Write a catalogue or a training set, with licences and attributions.",
    "train": "Learn the mapping from words to features.",
    "train-generator": "Train a generator of notes or sound of one's own.",
    "train-adapter": "Let the vector itself condition somebody else's generator.",
    "models": "List trained mappings, compare two, put one in use or go back.",
    "condition": "Turn a prompt into a conditioning vector.",
    "generate": "Make music of a prompt or a vector, measured against what was asked.",
    "edit": "Change an earlier generation: by words, by stems, in part, longer, blended.",
    "generations": "List what was generated, or show one with what was asked and met.",
    "samples": "Draw one-shots and loops at random: drums, notes, chords, effects.",
    "demo-catalogue": "Render a labelled catalogue to try things on, by the built-in sequencer.",
    "review": "Review what was generated; measure it again; see what all reviews say.",
    "batch": "Turn a file of prompts into arrays for training a generator.",
    "refine": "Move an earlier vector by words; what is locked stays.",
    "explain": "Show which words moved which feature, and by how much.",
    "schema": "Print the JSON documents' schemas.",
    "serve": "Start the HTTP service.",
    "token": "Make a secret for a caller of the service, good for some things.",
    "doctor": "Check the installation and the settings.",
}


REMOTE = frozenset(
    (
        "transcribe", "query", "search", "similar", "tracks", "models", "condition", "generate",
        "edit", "generations", "review", "batch", "refine", "explain",
    )
)  # fmt: skip
"""Commands that a service can answer."""
ANYWHERE = frozenset(("analyse", "samples", "demo-catalogue", "schema", "token", "doctor"))
"""Commands that ask neither a service nor this machine's home."""


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, named after them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # A module cannot be called by a word of the language, so `import` lives in `import_`.
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"service.cli.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click's own hint needs each command object, which would import them all.
        if args and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name is not None and name not in REMOTE | ANYWHERE:
            command = copy.copy(command)
            command.callback = functools.partial(_at_home, name, command.callback)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _at_home(name: str, callback: Callable[..., Any] | None, *given: Any, **named: Any) -> Any:
    """Run a command that no service answers; a service that is named is not quietly passed over."""
    from service.backends.backend import at_home

    at_home(click.get_current_context().find_root().obj, name)
    return callback(*given, **named) if callback else None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("wordtone"), message="wordtone %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.option(
    "--remote", metavar="URL", help="Ask this service, not the home here (docs/remote.md)."
)
@click.pass_context
def cli(ctx: click.Context, debug: bool, remote: str | None) -> None:
    """Words and music: ingest a catalogue, query it, and turn prompts into conditioning vectors.

    Settings come from WORDTONE_… environment variables; `wordtone doctor` lists them.
    """
    settings = Settings.from_env(os.environ)
    ctx.obj = settings if remote is None else dataclasses.replace(settings, remote=remote)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _leave_pandas_out()
    # A log that cannot be delivered, as to a Prefect server that went away, is no news to a person.
    logging.raiseExceptions = "--debug" in arguments
    try:
        code = cli.main(arguments, prog_name="wordtone", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except WordtoneError as error:
        click.echo(f"wordtone: {error}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("wordtone: interrupted", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader (head, say) has enough; without this, Python complains when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if "--debug" in arguments:
            raise
        click.echo(
            f"wordtone: unexpected {type(error).__name__}: {error}\n"
            "This is a fault of wordtone. `wordtone --debug …` shows where it happened.",
            err=True,
        )
        sys.exit(1)


class _NoPandas:
    """A finder that says there is no pandas.

    pyarrow and duckdb import pandas, where it is installed, to ask of the first Python value they
    meet whether it is one of pandas' own. No command hands them one, and the import takes most of
    a second. Where torch is loaded that is no matter, and torch asks `find_spec`, which should not
    raise.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas" and "torch" not in sys.modules:
            raise ModuleNotFoundError("No module named 'pandas' in a wordtone command", name=name)


def _leave_pandas_out() -> None:
    if _NoPandas not in sys.meta_path:
        sys.meta_path.insert(0, _NoPandas)
