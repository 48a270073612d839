"""The demonstration on a terminal of its own (a pseudo-terminal), as a person starts it."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.conftest import environment


class Terminal:
    """What was said so far, and the keys."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.text = ""

    def until(self, pattern: str, timeout_s: float = 240) -> str:
        """The first group of `pattern`, as soon as it was said."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self._read(0.5):
            if found := re.search(pattern, self.text):
                return found[1]
        raise AssertionError(f"{pattern!r} was not said: {self.text[-3000:]}")

    def press_ctrl_c(self) -> None:
        os.write(self._master, b"\x03")

    def _read(self, wait_s: float) -> bool:
        """False once the other side is gone."""
        if select.select([self._master], [], [], wait_s)[0]:
            try:
                data = os.read(self._master, 65_536)
            except OSError:
                return False
            self.text += data.decode("utf-8", "replace")
            return bool(data)
        return True

    def rest(self) -> None:
        """Read what is left."""
        while select.select([self._master], [], [], 0)[0] and self._read(0):
            pass


@contextmanager
def on_a_terminal(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Terminal]]:
    """`./dev demo --no-open` in `folder`; killed at the end where it still runs."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "service.demonstration", "--no-open"],
        cwd=folder,
        env=environment() | {"WORDTONE_PORT": "8190"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509  one thread has been started by nobody here
    )
    os.close(slave)
    terminal = Terminal(master)
    try:
        yield process, terminal
        terminal.rest()
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _take_terminal() -> None:
    """Make it the controlling one, so that Ctrl-C becomes a signal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
