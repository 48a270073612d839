"""JSON lines to and from a child process: bounded in time and size, and deaf to noise.

The child may do anything: stay silent, never read, answer nonsense, or print without end. Nothing
here blocks past the deadline it is given (seconds of `time.monotonic`), keeps more than 64 MB, or
lets what the child says be executed.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import time
from collections.abc import Mapping
from typing import IO, Any, NoReturn

Message = Mapping[str, Any]

_MAX_BYTES = 64 << 20  # of one message, or of what is printed beside it
_READ_BYTES = 1 << 20
_KEPT_WORDS = 4096
_LOOK_EVERY_S = 0.5  # a descendant may hold the pipes of a dead child open


class ChannelError(Exception):
    """The child cannot be talked to any more; the text says why."""


class Overdue(ChannelError):
    """The deadline passed."""


class Ended(ChannelError):
    """The child is gone, or has closed its end."""


class Garbled(ChannelError):
    """The child says what is no message."""


class Channel:
    """Both directions of one child started with pipes for its three standard streams.

    Standard output carries messages; standard error is read so that the child never waits for it,
    and its end is kept as `last_words`.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._stdin, self._stdout, self._stderr = _pipes(process)
        self._received = bytearray()
        self._searched = 0
        self._words = bytearray()
        self._noise = 0
        self._selector = selectors.DefaultSelector()
        for pipe in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(pipe.fileno(), False)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)

    def send(self, message: Message, deadline: float) -> None:
        """Write one message. Raises Overdue or Ended."""
        left = memoryview(json.dumps(message).encode() + b"\n")
        with contextlib.ExitStack() as stack:
            while left:
                try:
                    left = left[os.write(self._stdin.fileno(), left) :]
                except BlockingIOError:  # the pipe is full: the child is not reading
                    if self._stdin not in self._selector.get_map():
                        self._selector.register(self._stdin, selectors.EVENT_WRITE)
                        stack.callback(self._selector.unregister, self._stdin)
                    self._pump(deadline)
                except OSError:
                    raise Ended("it closed its input") from None

    def receive(self, deadline: float) -> Message:
        """Read one message. Raises Overdue, Ended, or Garbled."""
        # Only what has just arrived can hold the end of the line: a flood stays cheap to read.
        while (end := self._received.find(b"\n", self._searched)) < 0:
            self._searched = len(self._received)
            self._pump(deadline)
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self._searched = 0
        return _message(line)

    def forget_words(self) -> None:
        """What was printed so far belongs to work that is done."""
        self._words.clear()
        self._noise = 0

    def last_words(self) -> str:
        """Last line that the child printed, as printable text of at most 300 characters."""
        with contextlib.suppress(OSError, ValueError, Garbled):
            while self._read_words():
                pass
        lines = self._words.decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else ""
        return "".join(c if c.isprintable() else " " for c in last).strip()[:300]

    def close(self) -> None:
        """Close the pipes. Safe to call twice."""
        self._selector.close()
        for pipe in (self._stdin, self._stdout, self._stderr):
            with contextlib.suppress(OSError):
                pipe.close()

    def _pump(self, deadline: float) -> None:
        """Wait until something moves, and take in what the child has written."""
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise Overdue
        ready = [key.fileobj for key, _ in self._selector.select(min(remaining, _LOOK_EVERY_S))]
        if self._stderr in ready and not self._read_words():
            self._selector.unregister(self._stderr)
        if self._stdout in ready:
            received = os.read(self._stdout.fileno(), _READ_BYTES)
            if not received:
                raise Ended("it closed its output")
            self._received += received
            if len(self._received) > _MAX_BYTES:
                raise Garbled("its answer is over 64 MB")
        if not ready and self._process.poll() is not None:
            raise Ended("it is gone")

    def _read_words(self) -> bool:
        try:
            words = os.read(self._stderr.fileno(), _READ_BYTES)
        except BlockingIOError:
            return False
        self._words = (self._words + words)[-_KEPT_WORDS:]
        self._noise += len(words)
        if self._noise > _MAX_BYTES:
            raise Garbled("it printed over 64 MB")
        return bool(words)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("a channel needs a process with three pipes")
    return process.stdin, process.stdout, process.stderr


def _message(line: bytes) -> Message:
    try:
        message = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        shown = line[:60].decode("ascii", "backslashreplace")
        raise Garbled(f"its answer is no JSON: {shown}") from None
    if not isinstance(message, dict):
        raise Garbled(f"its answer is no object but a {type(message).__name__}")
    return message


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
