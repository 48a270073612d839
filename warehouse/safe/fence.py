"""What the operating system keeps from the process that runs a stranger's SQL.

Resource limits hold everywhere. On Linux with Landlock (5.13 and later) the process can, besides,
open nothing but the files of the warehouse, write none but what SQLite needs to share its catalogue
with writers, and (6.7 and later) reach no network. Both are for good: no code in the process can
lift them. Landlock binds the calling thread and the threads it starts, so the fence comes first.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
# Numbers of the system calls; the same on all architectures.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FILE_RIGHTS = ((1, 0x1FFF), (2, 0x3FFF), (3, 0x7FFF), (5, 0xFFFF))
"""Since which version of Landlock → every right over files that it knows."""
_TCP_SINCE, _TCP_RIGHTS = 4, 3
_STARTUP_S = 30.0


def limit(wall_s: float, memory_mb: int, threads: int) -> None:
    """Bound time, memory, files and their size; the process dies with its parent."""
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_AS, memory_mb << 20)
    _cap(resource.RLIMIT_CPU, int(wall_s * threads + _STARTUP_S))
    _cap(resource.RLIMIT_NOFILE, 512)
    # SQLite's shared memory is a file; nothing larger than that may come into being.
    _cap(resource.RLIMIT_FSIZE, 4 << 20)
    signal.setitimer(signal.ITIMER_REAL, wall_s + 2 * _STARTUP_S)
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def confine(readable: Iterable[Path], writable: Iterable[Path], *, network: bool) -> bool:
    """Allow this thread, and those it starts, these files alone; False where Landlock is missing.

    Paths that do not exist are passed over. With `network`, connections stay possible.
    """
    if sys.platform != "linux":
        return False
    libc = _libc()
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return False
    rights = max(mask for since, mask in _FILE_RIGHTS if since <= version)
    tcp = 0 if network or version < _TCP_SINCE else _TCP_RIGHTS
    attributes = struct.pack("=QQ", rights, tcp)[: 16 if version >= _TCP_SINCE else 8]
    rules = libc.syscall(_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        for path in readable:
            _permit(libc, rules, path, _READ_FILE | _READ_DIR)
        for path in writable:
            _permit(libc, rules, path, _READ_FILE | _WRITE_FILE)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _permit(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            allowed = rights if path.is_dir() else rights & ~_READ_DIR
            rule = struct.pack("=Qi", allowed, opened)
            libc.syscall(_ADD, rules, 1, rule, 0)
        finally:
            os.close(opened)


def _cap(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS knows no bound on address space
        resource.setrlimit(kind, (most, most))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
