"""The HTTP service as programs meet it: start, latency, throughput, memory, a long load.

The service runs as a process of its own; the clients run beside it on the same cores, and their
share of the CPU is in the notes. Prompts are drawn anew for every request (seeded; the notes say
how many repeat by chance). Without --home the mapping is one of 5,000 made-up tracks; with it, the
mapping in use in that folder, which is copied and stays as it is.

--only takes parts, separated by commas: start, one, eight, generating, soak. The peer, FastAPI that
echoes JSON of the same size, is measured in the same run: where both are slow, the machine is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import _service_home
from benchmarks._service_parts import PARTS, Bench
from benchmarks.figures import Figure
from schemas.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--soak-s", type=float, default=600.0, help="length of the soak, s")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--home", type=Path, help="folder whose mapping in use is served")
    parser.add_argument("--seed", type=int, default=1, help="of the prompts")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    """Raises InputError for an unknown part, WordtoneError where the service fails."""
    wanted = [part.strip() for part in options.only.split(",") if part.strip()]
    if odd := [part for part in wanted if part not in PARTS]:
        raise InputError(f"--only: {odd[0]!r}; valid are {', '.join(PARTS)}")
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="wordtone-bench-service-") as folder,
        ExitStack() as all_,
    ):
        home = _service_home.prepared(Path(folder), options.home, options.quick, _say)
        soak_s = min(options.soak_s, 20.0) if options.quick else options.soak_s
        bench = Bench(Path(folder), home, options.seed, soak_s, options.quick, _say, all_)
        for name, part in PARTS.items():
            if name in wanted:
                _say(f"{name} …")
                figures += part(bench)
    return figures


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
