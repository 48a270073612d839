"""Write batches in a child process, kill it with SIGKILL at a random moment, look at what is left.

crashes.py CATALOGUE STORAGE KILLS SEED; prints one JSON object. Batch n holds ten tracks, ten tags
and sets the counter to n, so a state is whole when it holds exactly the batches 1 … counter.
The parent only forks: DuckDB and Arrow are imported once, and first used in the children.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time

from schemas.catalogue import FileRow, TagRow, TrackRow
from schemas.outcomes import FileState
from warehouse.lake import Lake, Location, RunStamp
from warehouse.store import Store

ROWS = 10


def batch(n: int) -> dict[str, list[object]]:
    ids = [f"track-{n}-{i}" for i in range(ROWS)]
    counter = FileRow(uri="counter", size=n, mtime_ns=0, state=FileState.MISSING, source="test")
    return {
        "tracks": [TrackRow(track_id=i, title=f"batch {n}") for i in ids],
        "tags": [TagRow(track_id=i, term="x", kind="genre", source="t", raw="x") for i in ids],
        "files": [counter],
    }


def committed(location: Location) -> int:
    """Number of whole batches; raises when the state is not exactly those."""
    with Lake.open(location) as lake:
        found = lake.query(
            "SELECT coalesce(max(size), 0) AS n, count(*) AS files, "
            "(SELECT count(*) FROM tracks) AS tracks, "
            "(SELECT count(DISTINCT track_id) FROM tracks) AS ids, "
            "(SELECT count(DISTINCT title) FROM tracks) AS batches, "
            "(SELECT count(*) FROM tags) AS tags FROM files"
        ).to_pylist()[0]
    n = found.pop("n")
    whole = {
        "files": min(n, 1),
        "tracks": n * ROWS,
        "ids": n * ROWS,
        "batches": n,
        "tags": n * ROWS,
    }
    if found != whole:
        raise AssertionError(f"after batch {n}: {found}, not {whole}")
    return n


def child(location: Location, pipe: int) -> None:
    n = committed(location)
    with Store(location) as store:
        while True:
            n += 1
            store.write(batch(n), RunStamp("crash", "test", f"batch {n}"))
            os.write(pipe, f"{n}\n".encode())


def one_round(location: Location, wait_s: float) -> int:
    """Kill a child `wait_s` after its first commit; the last batch that it reported."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            child(location, writer)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(3)
    os.close(writer)
    select.select([reader], [], [], 60)
    time.sleep(wait_s)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(reader) as stream:
        lines = stream.read().split()
    if not os.WIFSIGNALED(status) or not lines:
        sys.exit("the child ended by itself")
    return int(lines[-1])


def main() -> None:
    catalogue, storage, kills, seed = sys.argv[1:]
    location, chance = Location(catalogue, storage), random.Random(int(seed))
    reported = [one_round(location, chance.uniform(0, 0.35)) for _ in range(int(kills))]
    final = committed(location)
    with Store(location) as store:
        store.write(batch(final + 1), RunStamp("after", "test", "the next write"))
    print(json.dumps({"reported": reported, "final": final, "next": committed(location)}))


if __name__ == "__main__":
    main()
