"""Processes that write, kill and look: what SIGKILL at a random moment leaves of a warehouse.

Batch n holds ten tracks, ten tags and sets a counter to n, so that a state is whole when it holds
exactly the batches 1 … counter. The caller only forks: DuckDB and Arrow are imported once, and
first used in the children.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from schemas.catalogue import FileRow, TagKind, TagRow, TrackRow
from schemas.errors import WordtoneError
from schemas.outcomes import FileState
from warehouse import maintenance
from warehouse.audits import failing_audits
from warehouse.lake import Lake, Location, RunStamp
from warehouse.maintenance import Keep
from warehouse.store import Store

ROWS = 10
Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """What one kill left: rows that a commit had reported and are gone, and rows there twice."""

    lost: int
    doubled: int
    batches: int
    faults: tuple[str, ...] = ()


def in_child(action: Callable[[], Any]) -> Any:
    """What `action` returns, run in a process of its own; RuntimeError where it fails."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _end_with(writer, action)
    os.close(writer)
    with os.fdopen(reader) as stream:
        answer = stream.read()
    os.waitpid(pid, 0)
    found = json.loads(answer) if answer else {"error": "the process ended without an answer"}
    if "error" in found:
        raise RuntimeError(found["error"])
    return found["result"]


def _end_with(writer: int, action: Callable[[], Any]) -> NoReturn:
    try:
        answer = {"result": action()}
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    with os.fdopen(writer, "w") as stream:
        json.dump(answer, stream)
    os._exit(0)


def killed(action: Callable[[Report], None], wait_s: float) -> int:
    """Run `action` in a process of its own, kill that `wait_s` after its first report; its last."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            action(lambda n: _tell(writer, n))
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(3)
    os.close(writer)
    select.select([reader], [], [], 120)
    time.sleep(wait_s)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as stream:
        lines = stream.read().split()
    return int(lines[-1]) if lines else 0


def _tell(writer: int, n: int) -> None:
    os.write(writer, f"{n}\n".encode())


def batch(n: int) -> dict[str, list[object]]:
    ids = [f"track-{n}-{i}" for i in range(ROWS)]
    counter = FileRow(uri="counter", size=n, mtime_ns=0, state=FileState.MISSING, source="bench")
    return {
        "tracks": [TrackRow(track_id=i, title=f"batch {n}") for i in ids],
        "tags": [
            TagRow(track_id=i, term="x", kind=TagKind.GENRE, source="t", raw="x") for i in ids
        ],
        "files": [counter],
    }


def write_on(location: Location, report: Report) -> None:
    """Write one batch after another until killed."""
    n = int(look(location)["counter"])
    with Store(location) as store:
        while True:
            n += 1
            store.write(batch(n), RunStamp("kill", "bench", f"batch {n}"))
            report(n)


def maintain_on(location: Location, report: Report) -> None:
    """Write, expire, join and delete files until killed."""
    n = int(look(location)["counter"])
    with Store(location) as store:
        for _ in range(3):
            n += 1
            store.write(batch(n), RunStamp("kill", "bench", f"batch {n}"))
    report(n)
    while True:
        maintenance.expire(location, Keep(count=3), datetime.now(UTC))
        with Lake.open(location, read_only=True) as lake:
            tables = maintenance.wasteful(maintenance.table_files(lake))
        for table in tables:
            maintenance.compact(location, table, RunStamp("kill", maintenance.FLOW, table.name))
        maintenance.clean_up(location, timedelta(0))
        with Store(location) as store:
            n += 1
            store.write(batch(n), RunStamp("kill", "bench", f"batch {n}"))
        report(n)


def look(location: Location) -> dict[str, int]:
    """Counter and counts of the newest snapshot."""
    with Lake.open(location) as lake:
        return _counts(lake)


def _counts(lake: Lake) -> dict[str, int]:
    sql = (
        "SELECT coalesce(max(size), 0) AS counter, "
        "(SELECT count(*) FROM tracks) AS tracks, "
        "(SELECT count(DISTINCT track_id) FROM tracks) AS track_ids, "
        "(SELECT count(*) FROM tags) AS tags, "
        "(SELECT count(DISTINCT track_id) FROM tags) AS tag_ids, "
        "count(*) AS files FROM files"
    )
    return dict(lake.query(sql).to_pylist()[0])


def judged(location: Location, reported: int, *, audits: bool = True) -> Trial:
    """Whether every kept snapshot is a whole one, and the newest holds all that was reported."""
    with Lake.open(location, read_only=True) as lake:
        now = _counts(lake)
        faults = [result.name for result in failing_audits(lake)] if audits else []
        snapshots = [snapshot.version for snapshot in lake.snapshots()][-3:]
    for version in snapshots:
        with Lake.open(location, as_of=version) as lake:
            faults += _torn(version, _counts(lake))
    batches = max(now["counter"], reported)
    lost = sum(max(0, batches * ROWS - now[ids]) for ids in ("track_ids", "tag_ids"))
    doubled = now["tracks"] - now["track_ids"] + now["tags"] - now["tag_ids"]
    doubled += max(0, now["files"] - 1)
    return Trial(lost, doubled, now["counter"], tuple(faults))


def _torn(version: int, counts: dict[str, int]) -> list[str]:
    wanted = counts["counter"] * ROWS
    whole = counts["tracks"] == counts["tags"] == wanted
    return [] if whole else [f"snapshot {version} holds {counts}"]


def judge(location: Location, reported: int, *, audits: bool = True) -> Trial:
    """`judged`, in a process of its own. Raises WordtoneError where the warehouse does not open."""

    def action() -> Any:
        trial = judged(location, reported, audits=audits)
        return [trial.lost, trial.doubled, trial.batches, list(trial.faults)]

    try:
        lost, doubled, batches, faults = in_child(action)
    except RuntimeError as error:
        raise WordtoneError(f"the warehouse cannot be read after a kill: {error}") from error
    return Trial(lost, doubled, batches, tuple(faults))
