"""The music: freely licensed recordings where they can be had, and rendered tracks with labels."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from schemas.errors import GenerationError, SourceUnavailable
from schemas.settings import Settings

RENDERED_TRACKS = 200
"""Rendered beside the recordings: as many as keep the whole near two minutes on two cores."""

MOST_RENDERED = 10_000
_LOOK_S = 0.5
_SAY_S = 10.0
_LAST_LINES = 500


def find_music(settings: Settings, tracks: int) -> list[Path]:
    """Folders to ingest: recordings out of Debian packages where apt is, and rendered tracks.

    The tracks are rendered in a process of their own while the recordings are fetched.

    Raises
    ------
    SourceUnavailable
        Where no recordings can be had, and none are to be rendered.
    GenerationError
        When the rendering fails.
    """
    with Rendering(settings.home_path / "cache" / f"rendered-{tracks}", tracks) as rendering:
        recordings = _recordings(settings, alone=not tracks)
        rendered = rendering.wait() if tracks else None
    return [folder for folder in (recordings, rendered) if folder is not None]


def _recordings(settings: Settings, *, alone: bool) -> Path | None:
    from pipelines.sources.debian import fetch_demo_music

    try:
        found = fetch_demo_music(settings.home_path / "cache", lambda text: print(f"  {text}"))
    except SourceUnavailable as error:
        if alone:
            raise
        print(f"  no recordings: {error}")
        return None
    print(
        f"{found.tracks} freely licensed recordings out of the Debian packages "
        f"{', '.join(found.packages)} ({found.bytes / 1e6:.0f} MB)"
    )
    return found.folder


class Rendering:
    """`wordtone demo-catalogue` as a process of its own, ended with all it started when left."""

    def __init__(self, folder: Path, tracks: int) -> None:
        self._folder, self._tracks = folder, tracks
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder.with_name(f"{folder.name}.log")

    def __enter__(self) -> Rendering:
        if self._done() < self._tracks:
            self._folder.mkdir(parents=True, exist_ok=True)
            program = "import sys; from service.cli.main import main; sys.exit(main())"
            wanted = ["demo-catalogue", "--tracks", str(self._tracks), "--out", str(self._folder)]
            with self._log.open("wb") as log:
                # Its own session: Ctrl-C reaches us alone, and we end the whole of it.
                self._process = subprocess.Popen(
                    [sys.executable, "-c", program, *wanted],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def wait(self) -> Path:
        """The folder, once all tracks are there. Raises GenerationError when they never will be."""
        said = time.monotonic()
        while self._process is not None and self._process.poll() is None:
            if sys.stdout.isatty() or time.monotonic() - said > _SAY_S:
                said = time.monotonic()
                self._say()
            time.sleep(_LOOK_S)
        if self._process is not None and self._process.returncode:
            told = self._log.read_text("utf-8", "replace")[-_LAST_LINES:].strip()
            raise GenerationError(f"rendering the demonstration's tracks failed: {told}")
        print(
            f"{'' if not sys.stdout.isatty() else chr(13)}{self._tracks} tracks with true labels, "
            "rendered by the built-in sequencer (origin score_render: they are no recordings)"
        )
        return self._folder

    def _say(self) -> None:
        terminal = sys.stdout.isatty()
        text = f"rendering labelled tracks: {self._done()} of {self._tracks}"
        print(f"{chr(13) if terminal else ''}  {text}", end="" if terminal else "\n", flush=True)

    def _done(self) -> int:
        """A track's labels are written last."""
        return sum(1 for _ in self._folder.glob("*.json"))
