"""Gets Debian packages by name without being root, and unpacks them.

`apt-get download` checks each file against the signed package lists. The machine's own lists are
tried first; when they are missing or too old, private ones are fetched into a folder of ours.
Nothing is installed, and no maintainer script is run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import SourceUnavailable

_QUIET = ("-q", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=")
_PATIENCE = ("-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1")
_FIELDS = ("Package", "Version", "Description", "Homepage")


@dataclass(slots=True)
class Apt:
    """apt-get, with a folder for private lists and one deadline for all that is asked of it.

    Raises
    ------
    SourceUnavailable
        When apt-get or dpkg-deb is not on the PATH.
    """

    folder: Path
    deadline_s: float  # on time.monotonic()'s clock
    _private: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        for program in ("apt-get", "dpkg-deb"):
            if shutil.which(program) is None:
                raise SourceUnavailable(
                    f"{program}: not found on the PATH; Debian packages need a Debian or Ubuntu"
                )

    def download(self, package: str, into: Path) -> Path:
        """Download one package into the folder `into`; returns the .deb.

        Raises
        ------
        SourceUnavailable
            When apt does not know it, the network fails, or the deadline has passed.
        """
        into.mkdir(parents=True, exist_ok=True)
        try:
            self._download(package, into)
        except SourceUnavailable:
            if self._private or self._left() <= 0:
                raise
            complaint = self._fetch_lists()
            try:
                self._download(package, into)
            except SourceUnavailable as error:
                raise SourceUnavailable(f"{error}{complaint}") from error
        found = sorted(into.glob(f"{package}_*.deb"), key=lambda deb: deb.stat().st_mtime_ns)
        if not found:
            raise SourceUnavailable(f"{package}: apt-get ended well but left no .deb")
        return found[-1]

    def control(self, deb: Path) -> dict[str, str]:
        """Package, Version, Description and Homepage of a .deb, by lower-case name."""
        values = {}
        for name in _FIELDS:
            text = self._run(["dpkg-deb", "--field", str(deb), name], deb.parent).strip()
            values[name.lower()] = text
        return values

    def unpack(self, deb: Path, into: Path) -> None:
        """Extract the files of `deb` below `into`."""
        into.mkdir(parents=True, exist_ok=True)
        self._run(["dpkg-deb", "--extract", str(deb), str(into)], into)

    def _options(self) -> list[str]:
        if not self._private:
            return [*_QUIET, *_PATIENCE]
        lists, cache = self.folder / "lists", self.folder / "cache"
        own = ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}"]
        return [*_QUIET, *_PATIENCE, *own]

    def _download(self, package: str, into: Path) -> None:
        self._run(["apt-get", *self._options(), "download", package], into)

    def _fetch_lists(self) -> str:
        """Fetch private lists; returns what to add to an error when that failed.

        One source of the machine's list that is down makes the whole update fail, and the others
        may do: so the caller tries on.
        """
        self._private = True
        (self.folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        try:
            self._run(["apt-get", *self._options(), "update"], self.folder)
        except SourceUnavailable as error:
            return f" (update: {error})"
        return ""

    def _left(self) -> float:
        return self.deadline_s - time.monotonic()

    def _run(self, command: Sequence[str], folder: Path) -> str:
        """Run a program in `folder` until the deadline; returns what it printed."""
        if self._left() <= 0:
            raise SourceUnavailable(f"{command[0]}: the time allowed is over")
        # A group of its own: apt-get starts download helpers that must end with it.
        with (
            subprocess.Popen(  # noqa: S603 - a list of arguments, the first one a fixed name
                command,
                cwd=folder,
                env=os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            ) as process,
            _ending(process),
        ):
            try:
                printed, complaint = process.communicate(timeout=self._left())
            except subprocess.TimeoutExpired as error:
                raise SourceUnavailable(f"{command[0]}: the time allowed is over") from error
        if process.returncode != 0:
            raise SourceUnavailable(f"{command[0]}: {_last_line(complaint, process.returncode)}")
        return printed.decode("utf-8", "replace")


@contextlib.contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill the process and its children if the block is left before they ended."""
    try:
        yield
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _last_line(complaint: bytes, code: int) -> str:
    lines = [line for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:")]
    return (errors or lines or [f"ended with status {code}"])[-1][:300]
