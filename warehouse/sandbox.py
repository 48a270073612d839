"""SQL of strangers, as `wordtone query --safe` and the HTTP service run it.

A statement passes only when all of its tree is on an allow-list (`warehouse.safe.check`); then it
runs in a process of its own, which is fenced in, locked down and killed when its time is up
(`warehouse.safe.worker`). What comes back is Arrow, cut at a number of rows and bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from schemas import errors
from schemas.errors import ContractError, QueryError, WarehouseError
from warehouse.location import Location
from warehouse.user_query import with_distinct_names

_ROOT = Path(__file__).resolve().parents[1]
_COMMAND = (sys.executable, "-P", "-m", "warehouse.safe.worker")
_STARTUP_S = 30.0
_TRANSFER_S = 5.0
_SLACK_BYTES = 1 << 20
_PASSED_ON = ("AWS_", "PG")
"""Environment that an object store or PostgreSQL catalogue is reached by; nothing else is given."""

_KINDS: dict[str, type[errors.WordtoneError]] = {
    kind.__name__: kind
    for kind in (
        errors.ContractError,
        errors.SnapshotNotFound,
        errors.StorageError,
        errors.WarehouseBusy,
        errors.WarehouseError,
    )
}


@dataclass(frozen=True, slots=True)
class SafeLimits:
    """What one statement may cost.

    Attributes
    ----------
    wall_s : float
        Seconds from the moment the process runs until it is killed; 0.1 … 3600.
    rows, bytes : int
        Most rows and bytes of the result; what is beyond is cut and `truncated` says so.
    memory_mb : int
        Memory of the engine, MB; 64 or more.
    threads : int
        Most threads of the engine; with an SQLite catalogue it has one.
    """

    wall_s: float = 10.0
    rows: int = 10_000
    bytes: int = 16 << 20
    memory_mb: int = 1024
    threads: int = 2

    def __post_init__(self) -> None:
        if not 0.1 <= self.wall_s <= 3600:
            raise ContractError(f"wall_s={self.wall_s:g}: valid is 0.1 … 3600 s")
        for name, least in (("rows", 0), ("bytes", 0), ("memory_mb", 64), ("threads", 1)):
            if getattr(self, name) < least:
                raise ContractError(f"{name}={getattr(self, name)}: valid is {least} or more")


DEFAULT_LIMITS = SafeLimits()


@dataclass(frozen=True, slots=True)
class SafeResult:
    """Rows of a statement, whether some were cut, and the snapshot that they are of."""

    table: pa.Table
    truncated: bool
    snapshot: int


def run_safe(
    location: Location,
    sql: str,
    limits: SafeLimits = DEFAULT_LIMITS,
    as_of: int | datetime | None = None,
    index: Path | None = None,
) -> SafeResult:
    """Run one SELECT of somebody who is not trusted, on the published views.

    `index` is the folder of derived files beside the lake, which are used where they are current.

    Raises
    ------
    QueryError
        The statement is not allowed, cannot run, or takes more time or memory than `limits` give.
    ContractError, SnapshotNotFound, StorageError, WarehouseBusy, WarehouseError
        See `warehouse.lake.Lake.open`.
    """
    job = {
        "sql": sql,
        "index": None if index is None else str(index.absolute()),
        "as_of": as_of.isoformat() if isinstance(as_of, datetime) else as_of,
        # The process has another working folder.
        "location": {"catalogue": location.absolute_catalogue, "storage": location.data_path},
        **asdict(limits),
    }
    return _result(*_answer(json.dumps(job).encode(), limits), limits)


def _answer(job: bytes, limits: SafeLimits) -> tuple[dict[str, Any], bytes]:
    """What the process has to say: its last line, and the rows behind it. It is dead afterwards."""
    process = subprocess.Popen(  # noqa: S603  our own interpreter and module
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(job)
        return _Listener(process.stdout.fileno(), limits).answer()
    except _Silent as silence:
        raise _death(process, silence.overdue, limits) from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


class _Silent(Exception):
    def __init__(self, *, overdue: bool) -> None:
        super().__init__()
        self.overdue = overdue


class _Listener:
    """Reads the pipe of one process: never longer, and never more, than the limits allow."""

    def __init__(self, pipe: int, limits: SafeLimits) -> None:
        self._pipe = pipe
        self._limits = limits
        self._held = b""
        self._most = limits.bytes + limits.bytes // 2 + _SLACK_BYTES

    def answer(self) -> tuple[dict[str, Any], bytes]:
        said = self._line(time.monotonic() + _STARTUP_S)
        deadline = time.monotonic() + self._limits.wall_s
        if "ready" in said:
            said = self._line(deadline)
        while "truncated" in said and self._more(deadline + _TRANSFER_S):
            pass
        return said, self._held

    def _line(self, deadline: float) -> dict[str, Any]:
        while b"\n" not in self._held:
            if not self._more(deadline):
                raise _Silent(overdue=False)
        line, _, self._held = self._held.partition(b"\n")
        said = json.loads(line)
        assert isinstance(said, dict)
        return said

    def _more(self, deadline: float) -> bool:
        """Read on; False at the end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise _Silent(overdue=True)
        piece = os.read(self._pipe, 1 << 16)
        self._held += piece
        if len(self._held) > self._most:
            raise QueryError("the result takes more bytes than it may")
        return bool(piece)


def _death(process: subprocess.Popen[bytes], overdue: bool, limits: SafeLimits) -> QueryError:
    if not overdue:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
    if overdue or process.returncode in {-signal.SIGXCPU, -signal.SIGALRM}:
        return QueryError(f"the statement was stopped after {limits.wall_s:g} s")
    return QueryError(
        f"the statement was stopped: it took more than {limits.memory_mb} MB, or broke the engine"
    )


def _environment() -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    return {"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8", **passed}


def _result(said: dict[str, Any], rows: bytes, limits: SafeLimits) -> SafeResult:
    kind = said.get("error")
    if kind == "memory":
        raise QueryError(f"the statement took more than {limits.memory_mb} MB of memory")
    if kind is not None:
        raise _KINDS.get(str(kind), QueryError)(str(said.get("message")))
    try:
        with pa.ipc.open_stream(rows) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise WarehouseError("the result of the statement arrived damaged") from error
    return SafeResult(with_distinct_names(table), bool(said["truncated"]), int(said["snapshot"]))
