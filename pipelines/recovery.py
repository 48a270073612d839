"""Completes what a killed run had staged and not committed."""

from __future__ import annotations

import fcntl
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines.known_hashes import KnownHashes
from pipelines.staging import is_current
from pipelines.steps import commit_staged
from schemas.errors import StorageError, WarehouseBusy
from schemas.operations import RunRow, RunState
from schemas.outcomes import Outcome
from warehouse.lake import RunStamp
from warehouse.store import Store

_LOCK, _INGEST_LOCK = "lock", "ingest.lock"


@contextmanager
def staging_folder(staging: Path, run_id: str) -> Iterator[Path]:
    """A run's own folder, locked while the run lives and removed when it ends empty.

    The lock is the operating system's and goes with the process, however that ends: a folder that
    can be locked belongs to a dead run.
    """
    folder = staging / run_id
    folder.mkdir(parents=True)
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    _remove(folder)


@contextmanager
def only_ingest(staging: Path) -> Iterator[None]:
    """Hold the warehouse's one place for an ingest run; it is free again when the process ends.

    Two runs at once would each give the same file a track of its own.

    Raises
    ------
    WarehouseBusy
        When another run has the place.
    """
    try:
        staging.mkdir(parents=True, exist_ok=True)
        lock = (staging / _INGEST_LOCK).open("w")
    except OSError as error:
        raise StorageError(f"{staging}: cannot be written ({error.strerror or error})") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WarehouseBusy(
                f"another ingest is running on this warehouse ({staging}); try again when it ends"
            ) from None
        yield


def left_over(staging: Path) -> list[Path]:
    """Staging folders of dead runs, oldest first."""
    if not staging.is_dir():
        return []
    return [folder for folder in sorted(staging.iterdir()) if folder.is_dir() and _dead(folder)]


def recover(folder: Path, store: Store, known: KnownHashes) -> Counter[Outcome]:
    """Commit what the dead run of `folder` had staged, record the run, and remove the folder.

    What another version of wordtone staged is given up: it may lack columns.
    """
    run_id = folder.name
    started = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    counts: Counter[Outcome] = Counter()
    stamp = RunStamp(run_id=run_id, flow="ingest", message="completed after the run was killed")
    for staged in sorted(folder.glob("chunk-*.parquet")):
        if is_current(staged):
            counts += commit_staged(store, stamp, staged, known)
        else:
            staged.unlink()  # its files are analysed again
    row = RunRow(
        run=run_id,
        flow="ingest",
        state=RunState.INTERRUPTED,
        started_at=started,
        ended_at=datetime.now(UTC),
        parameters="{}",
        counts=json.dumps({outcome.value: n for outcome, n in counts.items()}),
        message=f"killed; {counts.total()} staged results were committed by the next run",
        version=version("wordtone"),
    )
    store.write({"runs": [row]}, stamp)
    _remove(folder)
    return counts


def _dead(folder: Path) -> bool:
    path = folder / _LOCK
    if not path.exists():
        return True
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _remove(folder: Path) -> None:
    if any(folder.glob("chunk-*.parquet")):
        return
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()
