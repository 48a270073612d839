"""Whether anything that calls itself audio can stop, crash or deceive the ingestion.

A seeded script writes the corpus to a temporary folder: whole files of 28 formats and codecs; the
same cut, with flipped bits, holes, repeats, noise and broken headers; headers that lie; bombs;
playlists and references to other files and hosts; odd but valid sound; other files under names of
audio; FIFOs, devices, links; files that change while they are read. Each is analysed by a real
worker process under its limits, and must end accepted, partial, rejected or quarantined with a
reason and a sentence, inside the limits, its values inside their ranges. A part of it then goes
through `wordtone ingest` into a fresh warehouse, whose tables must agree and add up.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks._robustness_attacks import SECRET
from benchmarks._robustness_corpus import FULL, QUICK, Listener, corpus, sample
from benchmarks._robustness_ingest import Ingested, disagreements, ingest_folder
from benchmarks._robustness_mutations import Case
from benchmarks._robustness_run import Ending, Pool, breaches_of_secrecy
from benchmarks.figures import Figure
from pipelines.audio.isolate import Limits
from schemas.outcomes import Outcome

LIMITS = Limits(memory_mb=4096, cpu_s=240.0, wall_s=240.0)
CUT = ("truncated", "boundary")
_COLUMNS = ("whole", "truncated", "boundary", "flipped", "header", "zeroed", "noise", "lost")
_LETTERS: dict[Outcome | None, str] = {Outcome.ACCEPTED: "a", Outcome.PARTIAL: "p"}
_SHOWN = 40
_NOT_INGESTED = ("bomb", "restless")  # big, or not the same twice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="worker processes")
    parser.add_argument(
        "--ingest", type=int, default=300, metavar="N", help="files that go into a warehouse"
    )


def run(options: argparse.Namespace) -> Sequence[Figure]:
    size = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as temporary, Listener() as listener:
        folder = Path(temporary) / "corpus"
        folder.mkdir()
        endings = Pool(folder, LIMITS, options.processes).run(corpus(folder, listener.port, size))
        endings = breaches_of_secrecy(endings, folder / SECRET)
        again = list(corpus(folder, listener.port, size))
        ingested, faults = _ingested(Path(temporary), again, endings, options.ingest)
        calls = listener.calls
    print(_table(endings))
    alone = [f"{e.case.name}: {fault}" for e in endings for fault in e.faults]
    for fault in [*alone[:_SHOWN], *(f"ingest: {fault}" for fault in faults[:_SHOWN])]:
        print(f"FAULT {fault}")
    return _figures(endings, ingested, faults, calls)


def _ingested(
    temporary: Path, cases: list[Case], endings: Sequence[Ending], count: int
) -> tuple[Ingested, list[str]]:
    """Ingest a sample and hold it against what the workers alone said of the same files."""
    folder = temporary / "part"
    folder.mkdir()
    chosen = sample([case for case in cases if case.kind not in _NOT_INGESTED], count)
    for case in chosen:
        case.write(folder / case.name)
    ingested = ingest_folder(folder, temporary / "home", LIMITS.wall_s)
    names = {case.name for case in chosen if case.kind != "path"}
    alone = {e.case.name: e.reason for e in endings if e.case.name in names}
    # What a listing does not take for an input at all is in no table, and right to be.
    unlisted = {name for name in names if name not in ingested.reasons and "." not in name}
    return ingested, [*ingested.faults, *disagreements(ingested, alone, unlisted)]


def _figures(
    endings: Sequence[Ending], ingested: Ingested, faults: list[str], calls: int
) -> Sequence[Figure]:
    unexplained = sum(bool(e.faults) and not e.crashed_parent for e in endings)
    cut = [e for e in endings if e.case.kind in CUT]
    missed = [e for e in cut if e.outcome is Outcome.ACCEPTED]
    slowest = max(endings, key=lambda e: e.seconds)
    outcomes = Counter(str(e.outcome) for e in endings)
    deaths = Counter(e.case.name for e in endings for _ in range(e.deaths))
    counts = ", ".join(f"{count} {name}" for name, count in sorted(ingested.counts.items()))
    return (
        Figure("robust_files", len(endings), "files", ">= 2000", note=_counted(outcomes)),
        Figure(
            "robust_parent_crashes", sum(e.crashed_parent for e in endings), "files", "0",
            note="exceptions out of the worker pool",
        ),
        Figure(
            "robust_unexplained", unexplained + len(faults) + calls, "files", "0",
            note="endings outside the contract; contradictions in the warehouse; calls to a host",
        ),
        Figure(
            "robust_truncations_detected", 1 - len(missed) / len(cut), "share", ">= .95",
            note=f"of {len(cut)}; undetected: {_counted(Counter(map(_cut_name, missed)))}",
        ),
        Figure("robust_slowest_s", slowest.seconds, "s", f"<= {LIMITS.wall_s:g}",
               note=slowest.case.name),
        Figure("robust_worker_deaths", sum(deaths.values()), "deaths", note=_counted(deaths)),
        Figure(
            "robust_ingested", sum(ingested.counts.values()), "files",
            note=f"{counts}; {len(faults)} contradictions",
        ),
    )  # fmt: skip


def _cut_name(ending: Ending) -> str:
    return f"{ending.case.format} {ending.case.kind}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common(12)) or "none"


def _table(endings: Iterable[Ending]) -> str:
    """Outcomes as accepted/partial/refused of each format and kind of damage."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for ending in endings:
        row = ending.case.format or ending.case.kind
        column = ending.case.kind if ending.case.format else "whole"
        counts.setdefault((row, column), Counter())[_LETTERS.get(ending.outcome, "r")] += 1
    rows = list(dict.fromkeys(row for row, _ in sorted(counts)))
    lines = ["accepted/partial/refused".ljust(26) + "".join(c.rjust(11) for c in _COLUMNS)]
    for row in rows:
        cells = []
        for column in _COLUMNS:
            found = counts.get((row, column))
            cells.append("/".join(str(found[key]) for key in "apr") if found else "")
        lines.append(row.ljust(26) + "".join(cell.rjust(11) for cell in cells))
    return "\n".join(lines)
