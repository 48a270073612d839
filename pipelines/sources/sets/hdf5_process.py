"""Songs of HDF5 files, read in a process of their own; a file that ends it is one reject."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipelines.sources.sets.contract import Layout, Part, Record
from schemas.outcomes import RejectReason

_LONGEST_LINE = 16 << 20

SILENCE_S = 60.0
"""Longest time without a word before the process is ended."""


def folder_part(folder: Path, files: list[Path], layout: Layout) -> Part:
    """All songs of a folder tree as one part."""
    return Part(layout, str(folder), lambda: records(files), (), len(files))


def file_part(path: Path, layout: Layout) -> Part:
    """One file: a song, or the summary file of many."""
    return Part(layout, str(path), lambda: records([path]), (), 1)


def records(files: Iterable[Path]) -> Iterator[Record]:
    """A record a song, in the order of the files; a file that is refused is one record."""
    number, reader = 0, _Reader()
    try:
        for file in files:
            for values, reason, problem in reader.read(file):
                number += 1
                yield Record(number, values, reason, f"{file.name}: {problem}" if problem else "")
    finally:
        reader.close()


Found = tuple[dict[str, Any], RejectReason | None, str]


class _Reader:
    """The process, started when needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""

    def read(self, file: Path) -> Iterator[Found]:
        process = self._started()
        assert process.stdin is not None
        own = {"file": str(file)}
        try:
            process.stdin.write(json.dumps(str(file)).encode() + b"\n")
            process.stdin.flush()
            while True:
                message = self._line(process)
                if message is None:
                    yield own, RejectReason.WORKER_CRASHED, "its reader ended, or said nothing"
                    return
                if len(message) == 1:
                    return
                if message[1] is None:
                    yield own, RejectReason.UNREADABLE, str(message[2])
                else:
                    yield message[1], None, ""
        except BrokenPipeError:
            self.close()
            yield own, RejectReason.WORKER_CRASHED, "its reader ended"

    def _line(self, process: subprocess.Popen[bytes]) -> list[Any] | None:
        # Not readline: what it buffers, select cannot see.
        assert process.stdout is not None
        while b"\n" not in self._unread:
            ready, _, _ = select.select([process.stdout], [], [], SILENCE_S)
            read = os.read(process.stdout.fileno(), 1 << 16) if ready else b""
            if not read or len(self._unread) > _LONGEST_LINE:
                self.close()
                return None
            self._unread += read
        line, _, self._unread = self._unread.partition(b"\n")
        found = json.loads(line)
        return found if isinstance(found, list) else None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-P", "-m", "pipelines.sources.sets.hdf5_worker"]
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process, self._unread = self._process, None, b""
        if process is not None:
            process.kill()
            with suppress(OSError):
                process.communicate()
