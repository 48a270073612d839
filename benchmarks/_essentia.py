"""Essentia as a peer: in a Python environment of its own, made at first use, asked over pipes.

It never meets the project's environment. Where it cannot be installed, `Essentia` raises InputError
and the figures that need it say so.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.features.threads import THREAD_VARIABLES
from schemas.errors import InputError

VERSION = "2.1b6.dev1389"
PEER = f"Essentia {VERSION}"
_WORKER = Path(__file__).with_name("_essentia_worker.py")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked for, and the CPU seconds (user and system) that it took."""

    value: Any
    cpu_s: float


class Essentia:
    """A running Essentia; use it as a context manager.

    Raises
    ------
    InputError
        On entry, when it cannot be installed or started; from a question, when Essentia fails on
        the file.
    """

    def __enter__(self) -> Essentia:
        threads = dict.fromkeys(THREAD_VARIABLES, "1")
        self._process = subprocess.Popen(
            [_python(), str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | threads,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate(timeout=30)

    def tempo(self, path: Path) -> float:
        """BPM by RhythmExtractor2013, method multifeature."""
        return float(self.ask("tempo", path).value)

    def beats(self, path: Path) -> tuple[float, ...]:
        """Seconds, by RhythmExtractor2013."""
        return tuple(self.ask("beats", path).value)

    def key(self, path: Path) -> tuple[int, int]:
        """Pitch class (C = 0) and 1 for major or 0 for minor, by KeyExtractor, bgate."""
        pitch_class, mode = self.ask("key", path).value
        return int(pitch_class), int(mode)

    def danceability(self, path: Path) -> float:
        """Streich & Herrera's, as Essentia has it."""
        return float(self.ask("danceability", path).value)

    def ask(self, what: str, path: Path) -> Answer:
        """Any function of `_essentia_worker.py`, with its CPU time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"what": what, "path": str(path)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise InputError(f"{path}: Essentia's process ended while it held this file")
        answer = json.loads(line)
        if "error" in answer:
            raise InputError(f"{path}: Essentia: {answer['error']}")
        return Answer(answer["value"], answer["cpu_s"])


def cache_folder() -> Path:
    """Where benchmarks keep what is dear to make: $XDG_CACHE_HOME/wordtone/benchmarks."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "wordtone" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _python() -> str:
    """The interpreter of Essentia's environment, made when there is none."""
    folder = cache_folder() / f"essentia-{VERSION}-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", f"essentia=={VERSION}"])
        _run([str(python), "-c", "import essentia.standard"])
        (folder / "complete").touch()
    return str(python)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise InputError(f"essentia=={VERSION} cannot be installed for the benchmark: {last}")
