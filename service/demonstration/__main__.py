"""The command line of the demonstration: `./dev demo`."""

from __future__ import annotations

import argparse
import dataclasses
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from schemas.errors import InputError, WordtoneError
from schemas.settings import Settings
from service.demonstration.music import MOST_RENDERED, RENDERED_TRACKS
from service.demonstration.serving import serve
from service.demonstration.steps import run

HOME, OWN_HOME = Path(".wordtone/demo"), Path(".wordtone/music")
"""Where the demonstration keeps its catalogue, and that of `--music`: they are never mixed."""


def main(arguments: Sequence[str]) -> int:
    """Run the demonstration; 0 when every step did what it says, and when the page was stopped."""
    options = _parser().parse_args(arguments)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _as_interrupt)
    started = time.monotonic()
    try:
        home = (OWN_HOME if options.music else HOME).absolute()
        settings = dataclasses.replace(Settings.from_env(os.environ), home=home)
        run(settings, options.music, _tracks(options))
        print(f"\nThe whole demonstration took {time.monotonic() - started:.0f} s.", flush=True)
        # A pipe or a file wants the steps alone: a page that nobody sees would wait for ever.
        if sys.stdout.isatty() if options.serve is None else options.serve:
            return serve(settings, show=options.open)
    except WordtoneError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\ndemo: interrupted; run it again to go on", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev demo",
        description="From music to the page: fetch and render, ingest, train, generate, serve.",
        allow_abbrev=False,
    )
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="use your own music alone")
    parser.add_argument(
        "--tracks",
        type=int,
        metavar="N",
        help=f"tracks to render beside the recordings, 0 … {MOST_RENDERED}; {RENDERED_TRACKS}",
    )
    parser.add_argument(
        "--serve",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="end with the page; usual on a terminal",
    )
    parser.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="open the page in a browser where there is a display",
    )
    return parser


def _tracks(options: argparse.Namespace) -> int:
    if options.tracks is None:
        return RENDERED_TRACKS
    if options.music is not None:
        raise InputError("--tracks: nothing is rendered beside --music")
    if not 0 <= options.tracks <= MOST_RENDERED:
        raise InputError(f"--tracks {options.tracks}: valid is 0 … {MOST_RENDERED}")
    return int(options.tracks)


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    """What ends by SIGTERM, or with its terminal, cleans up as what ends by Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
