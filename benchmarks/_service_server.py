"""`wordtone serve` as a process of its own, watched from outside: start, memory, CPU, jobs, end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

from schemas.errors import WordtoneError

_ADDRESS = re.compile(rb"http://127\.0\.0\.1:([1-9]\d*)")
_START_S = 120.0


class Served:
    """A running service. Leaving the block ends it by SIGTERM, and fails where it ends badly.

    Raises
    ------
    WordtoneError
        When it does not start, or its end is not clean: exit code, or anything like a traceback.
    """

    def __init__(
        self, folder: Path, command: Sequence[str], environ: Mapping[str, str] | None = None
    ) -> None:
        self.log = folder / f"log-{time.monotonic_ns()}"
        self._out: IO[bytes] = self.log.open("wb")
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            command, env=dict(environ or os.environ), stdout=self._out, stderr=self._out
        )
        self.port = self._port()

    @classmethod
    def wordtone(cls, folder: Path, home: Path) -> Self:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WORDTONE_")}
        command = (str(Path(sys.executable).with_name("wordtone")), "serve", "--port", "0")
        return cls(folder, command, {**kept, "WORDTONE_HOME": str(home)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self.end(check=kind is None)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(10)
            self._out.close()

    def end(self, check: bool = True) -> float:
        """Ask for an end by SIGTERM; seconds until it came."""
        begun = time.perf_counter()
        if self.process.poll() is not None:  # whoever ended it knows how
            return 0.0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        told = self.log.read_text(errors="replace")
        # Killed by SIGTERM is how uvicorn, the peer, ends once it has finished.
        if check and (code not in (0, -signal.SIGTERM) or "Traceback" in told):
            raise WordtoneError(f"the service ended with {code}: {told[-1500:]}")
        return time.perf_counter() - begun

    def until_answered(self, path: str, body: dict[str, Any] | None = None) -> float:
        """Seconds from the start of the process until `path` is answered with 200."""
        while True:
            try:
                self.ask(path, body)
                return time.perf_counter() - self.begun
            except (urllib.error.URLError, ConnectionError) as error:
                if self.process.poll() is not None or self._age() > _START_S:
                    raise WordtoneError(f"{path}: {error}: {self.log.read_text()}") from error
                time.sleep(0.005)

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """The JSON answer of the service. Raises URLError for anything but a success."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())

    def rss_mb(self) -> float:
        """Resident memory, MB. Raises WordtoneError where it has ended."""
        return float(self._proc("statm").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def cpu_s(self) -> float:
        """CPU time so far, of all its threads and none of its children."""
        fields = self._proc("stat").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _proc(self, name: str) -> str:
        try:
            return Path(f"/proc/{self.process.pid}/{name}").read_text()
        except OSError as error:
            raise WordtoneError(f"the service is gone: {self.log.read_text()[-1500:]}") from error

    def _age(self) -> float:
        return time.perf_counter() - self.begun

    def _port(self) -> int:
        while self.process.poll() is None and self._age() < _START_S:
            if found := _ADDRESS.search(self.log.read_bytes()):
                return int(found[1])
            time.sleep(0.005)
        self.process.kill()
        raise WordtoneError(f"it did not start: {self.log.read_text(errors='replace')[-1500:]}")
