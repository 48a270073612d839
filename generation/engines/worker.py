"""Running a worker of an external engine: JSON in, JSON lines out, time and size watched."""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from generation.contract import Progress
from generation.engines.hostile import size_of
from schemas.errors import GenerationError

MAX_LINE = 1 << 20
MAX_LINES = 100_000
_TAIL = 2_000
_LOOK_S = 0.2

Lines = queue.Queue["bytes | None"]


def run_worker(
    command: Sequence[str],
    asked: str,
    folder: Path,
    home: Path,
    limits: tuple[float, int],
    progress: Progress,
) -> dict[str, Any]:
    """Run `command` in `home` with `asked` on its stdin; the object of its {"result": …} line.

    No shell takes part. The worker is its own process group and is ended with its children when it
    is late, writes more than it may to `folder`, or the caller stops waiting (`progress` raises).
    It sees this process's environment without wordtone's own settings.

    Parameters
    ----------
    limits : seconds, and bytes in `folder`, its stderr included

    Raises
    ------
    GenerationError
        It cannot be started, fails, breaks the protocol or a limit.
    """
    timeout_s, most = limits
    deadline = time.monotonic() + timeout_s
    request, log = folder / "request.json", folder / "stderr.log"
    request.write_text(asked, encoding="utf-8")
    with request.open("rb") as stdin, log.open("wb") as stderr:
        worker = _started(command, home, stdin, stderr)
        lines: Lines = queue.Queue(maxsize=1000)
        assert worker.stdout is not None
        reader = threading.Thread(target=_read, args=(worker.stdout, lines), daemon=True)
        reader.start()
        try:
            result = _followed(lines, _Watch(folder, log, deadline, timeout_s, most), progress)
            status = worker.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise GenerationError(
                f"the worker was not done in {timeout_s:g} s{_tail(log)}"
            ) from error
        finally:
            _ended(worker)
            _drained(lines, reader)
            worker.stdout.close()
    if status != 0:
        raise GenerationError(f"the worker ended with status {status}{_tail(log)}")
    if result is None:
        raise GenerationError(f"the worker ended without a result{_tail(log)}")
    return result


class _Watch:
    """The limits of one run, looked at now and then."""

    def __init__(
        self, folder: Path, log: Path, deadline: float, timeout_s: float, most: int
    ) -> None:
        self.folder, self.log, self.most = folder, log, most
        self.deadline, self.timeout_s = deadline, timeout_s

    def look(self) -> None:
        if time.monotonic() > self.deadline:
            raise GenerationError(
                f"the worker was not done in {self.timeout_s:g} s{_tail(self.log)}"
            )
        if size_of(self.folder) > self.most:
            raise GenerationError(f"the worker wrote more than {self.most} bytes")


def _started(
    command: Sequence[str], home: Path, stdin: IO[bytes], stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("WORDTONE_")}
    try:
        return subprocess.Popen(  # noqa: S603  an argument list that the user declared
            list(command),
            cwd=home,
            env=environ,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise GenerationError(f"worker {command[0]!r} cannot be started: {error}") from error


def _read(stdout: IO[bytes], lines: Lines) -> None:
    """Lines of a worker, cut at MAX_LINE + 1 bytes, and None at the end."""
    with contextlib.suppress(OSError, ValueError):
        for _ in range(MAX_LINES):
            line = stdout.readline(MAX_LINE + 1)
            if not line:
                break
            lines.put(line)
    lines.put(None)


def _followed(lines: Lines, watch: _Watch, progress: Progress) -> dict[str, Any] | None:
    result: dict[str, Any] | None = None
    looked = 0.0
    while True:
        if time.monotonic() - looked > _LOOK_S:
            watch.look()
            looked = time.monotonic()
        try:
            line = lines.get(timeout=_LOOK_S)
        except queue.Empty:
            continue
        if line is None:
            watch.look()
            return result
        said = _object(line)
        if "result" in said:
            if not isinstance(said["result"], dict):
                raise GenerationError("worker: result is no JSON object")
            result = said["result"]
        elif "progress" in said:
            progress(_share(said["progress"]), _clean(str(said.get("doing", "generating")), 80))


def _object(line: bytes) -> dict[str, Any]:
    """One line of the protocol. Anything else on stdout breaks it, and is shown."""
    if len(line) > MAX_LINE:
        raise GenerationError(f"worker: a line of more than {MAX_LINE} bytes on stdout")
    if not line.strip():
        return {}
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        shown = _clean(line.decode("utf-8", "replace"), 200)
        raise GenerationError(
            f"worker: {shown!r} on stdout is no JSON; a worker logs to stderr"
        ) from error
    if not isinstance(said, dict):
        raise GenerationError("worker: a line of stdout is no JSON object")
    return said


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise GenerationError(f"worker: progress is {str(value)[:50]!r}; valid is 0 … 1")
    return min(1.0, max(0.0, float(value)))


def _ended(worker: subprocess.Popen[bytes]) -> None:
    """The worker's whole group ends, also what it left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _drained(lines: Lines, reader: threading.Thread) -> None:
    """The reader may wait for room in the queue: give it some until it is done."""
    while reader.is_alive():
        with contextlib.suppress(queue.Empty):
            lines.get(timeout=0.05)
    reader.join()


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            text = _clean(file.read().decode("utf-8", "replace"), _TAIL)
    except OSError:
        return ""
    return f": …{text[-800:]}" if text else ""


def _clean(text: str, most: int) -> str:
    """Without what would move a terminal's cursor or colour it."""
    return "".join(c if c.isprintable() else " " for c in text)[-most:].strip()
