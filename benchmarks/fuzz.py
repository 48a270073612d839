"""The HTTP API against its own OpenAPI document: requests it allows, requests it does not.

Schemathesis makes both from the document, sends them to a running service on a home with tracks, a
piece and a review, and holds the answers against the document: no fault of the service, no status,
header or field that it does not declare, no wrong request taken, no right one refused for its form,
nothing without the token. All of its checks count but one, which `_fuzz_checks` replaces by a
sharper one; event streams are left out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks._fuzz_run import Fuzzing, fuzz, stocked
from benchmarks.figures import Figure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--examples", type=int, default=300, help="requests an operation")
    parser.add_argument("--seconds", type=int, default=1800, help="longest time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operations", default="", help="a pattern of paths; empty: all")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    """Raises WordtoneError where the service or Schemathesis does not run."""
    examples, seconds = (20, 300) if options.quick else (options.examples, options.seconds)
    with tempfile.TemporaryDirectory(prefix="wordtone-bench-fuzz-") as name:
        folder = Path(name)
        home = stocked(folder / "home", folder / "music").home
        how = Fuzzing(examples, seconds, options.seed, options.operations)
        found = fuzz(folder, home, how)
    if found.violations:
        print(found.report, file=sys.stderr)
    faults = sum("Server error" in one for one in found.violations)
    return [
        Figure("fuzz_requests", found.requests, "requests", note=f"seed {options.seed}"),
        Figure("fuzz_server_errors", faults, "kinds", "<= 0", note="5xx, by operation"),
        Figure("fuzz_violations", len(found.violations), "kinds", "<= 0", note="of the contract"),
    ]
