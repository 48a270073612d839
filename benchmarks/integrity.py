"""What a kill at a random moment costs, and what a run over known files costs.

Kills: SIGKILL while batches are committed, while files are joined, expired and deleted, and while
an ingest measures, stages and commits. After each, the warehouse is opened by another process:
every kept snapshot must hold whole batches, all that was reported must be there once, the audits
must pass; an ingest is run again and must complete the work once. Any fault ends the benchmark.

Known files: `wordtone ingest` of a folder of small files of which nothing is pending, in a process
of its own, start to end.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import _kills, _kills_ingest, _noop
from benchmarks.figures import Figure
from schemas.errors import WordtoneError
from schemas.settings import Settings
from warehouse.lake import Location

_AUDIT_EVERY = 8
SEED = 20261126


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--commits", type=int, default=60, help="kills during commits")
    parser.add_argument("--compactions", type=int, default=40, help="kills during maintenance")
    parser.add_argument("--ingests", type=int, default=16, help="kills during ingest")
    parser.add_argument("--files", type=int, default=100_000, help="known files of the re-run")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    small = 8 if options.quick else 1
    with tempfile.TemporaryDirectory(prefix="wordtone-bench-") as folder:
        root = Path(folder)
        counts = (options.commits, options.compactions, options.ingests)
        kills = kill_trials(root, *(count // small for count in counts))
        return [*kills, *_noop_figures(root / "noop", options.files // small)]


def kill_trials(root: Path, commits: int, compactions: int, ingests: int) -> list[Figure]:
    """Figures of all kills.

    Raises
    ------
    WordtoneError
        The warehouse did not open on a whole state, or an audit failed.
    """
    chance = random.Random(SEED)
    found = _trials(root / "commits", _kills.write_on, commits, chance, 0.4)
    found += _trials(root / "compactions", _kills.maintain_on, compactions, chance, 2.0)
    found += _kills_ingest.trials(root / "ingests", ingests, chance) if ingests else []
    if faults := [fault for *_, faults in found for fault in faults]:
        raise WordtoneError(f"after a kill: {'; '.join(faults[:3])}")
    note = f"{commits} during commits, {compactions} during maintenance, {ingests} during ingest"
    return [
        Figure("kill_trials", len(found), "kills", ">= 100", note=note),
        Figure("kill_lost_rows", sum(lost for lost, *_ in found), "rows", "0"),
        Figure("kill_doubled_rows", sum(doubled for _, doubled, _ in found), "rows", "0"),
    ]


def _trials(
    folder: Path,
    action: Callable[[Location, _kills.Report], None],
    count: int,
    chance: random.Random,
    longest_s: float,
) -> list[tuple[int, int, list[str]]]:
    """Kills one after another on one warehouse, which grows."""
    location = Location(str(folder / "catalogue.sqlite"), str(folder / "data"))
    found = []
    for number in range(count):
        reported = _kills.killed(
            lambda report: action(location, report), chance.uniform(0, longest_s)
        )
        audits = number % _AUDIT_EVERY == 0 or number == count - 1
        trial = _kills.judge(location, reported, audits=audits)
        found.append((trial.lost, trial.doubled, list(trial.faults)))
    return found


def _noop_figures(folder: Path, files: int) -> list[Figure]:
    settings = Settings(home=folder / "home")
    paths = _noop.make_folder(folder / "music", files)
    _noop.make_warehouse(settings, folder / "music", paths)
    found = min((_noop.run_again(settings, folder / "music") for _ in range(2)), key=_seconds)
    note = f"{files} files, {found.unchanged} unchanged; {found.cpu_s:.1f} s of CPU, "
    note += f"{found.peak_mb:.0f} MB; the better of two runs"
    return [
        Figure("noop_rerun_100k_s", found.seconds, "s", "<= 15", note=note),
        Figure("noop_rerun_decodes", found.decoded, "files", "0"),
    ]


def _seconds(run: _noop.NoopRun) -> float:
    return run.seconds
