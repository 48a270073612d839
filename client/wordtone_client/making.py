"""Music: jobs, their progress, what they made, and its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypedDict, Unpack

import httpx

from wordtone_client.asking import plain
from wordtone_client.connection import Connection
from wordtone_client.errors import JobFailed, UnexpectedAnswer, Unreachable
from wordtone_client.events import events_of
from wordtone_client.files import save
from wordtone_client.finding import segment
from wordtone_client.models import (
    ConditioningRequest,
    ConditioningVector,
    FileReport,
    GenerationResult,
    Job,
    Transcription,
)
from wordtone_client.stating import Detailed, asked

Progress = Callable[[Job], object]
ENDED = ("done", "failed", "cancelled")
BUNDLE = "daw.zip"
"""A generation's files in one archive for a digital audio workstation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a piece is made.

    Attributes
    ----------
    engine : one of `Client.engines`
    preset : what it is for: "podcast-intro", "sting" …
    candidates : pieces to make, 1 … 16; the one that meets most of what is asked is kept
    seed : same seed, same piece
    correct : whether tempo and key may be corrected afterwards
    melody : what `Client.transcribe` heard: the piece takes it up
    like : a file of what `Client.analyse` measured: the prompt says how to differ from it
    """

    engine: str = "embedded"
    preset: str | None = None
    candidates: int | None = None
    seed: int | None = None
    correct: bool = True
    melody: Transcription | None = None
    like: FileReport | None = None

    def plain(self) -> dict[str, Any]:
        names = ("engine", "preset", "candidates", "seed", "correct")
        given = {name: getattr(self, name) for name in names}
        heard = {"melody": self.melody, "like": self.like}
        given |= {name: one.plain() for name, one in heard.items() if one is not None}
        return {name: value for name, value in given.items() if value is not None}


class Change(TypedDict, total=False):
    """What is to become of a piece; what is not named stays."""

    words: str | None
    """as "darker, more bass\""""
    locks: Sequence[str]
    """what the words must not move"""
    keep_stems: Sequence[str]
    regenerate_stems: Sequence[str]
    keep_regions: Sequence[tuple[float, float]]
    """(from, to) in seconds"""
    regenerate_regions: Sequence[tuple[float, float]]
    vary: bool
    """other notes; style, tempo and key stay"""
    length_s: float | None
    """go on to this length"""
    seed: int | None
    """same seed, same piece"""


USUAL = Making()


class MakingMusic(Connection):
    """Methods of `Client` that make music."""

    def generate(
        self,
        prompt: str,
        making: Making = USUAL,
        progress: Progress | None = None,
        **stating: Unpack[Detailed],
    ) -> GenerationResult:
        """Make music of a prompt, and wait for it; `progress` is told of every change.

        Raises
        ------
        JobFailed
            When the engine could not make it, or somebody cancelled it.
        Busy
            When too much is waiting.
        """
        return self.wait(self.submit(prompt, making, **stating), progress)

    def submit(self, prompt: str, making: Making = USUAL, **stating: Unpack[Detailed]) -> Job:
        """Ask for music of a prompt, and do not wait for it."""
        body = {"question": asked(prompt, stating), **making.plain()}
        return self._post("/v1/generate", Job, body)

    def submit_request(
        self,
        request: ConditioningRequest | ConditioningVector | Mapping[str, Any],
        making: Making = USUAL,
    ) -> Job:
        """Ask for music of a request or vector, and do not wait for it."""
        return self._post("/v1/generate", Job, {"request": plain(request), **making.plain()})

    def edit(self, generation_id: str, **change: Unpack[Change]) -> Job:
        """Ask for a changed piece, and do not wait for it; the earlier one is left alone."""
        body = {name: value for name, value in change.items() if value is not None}
        for name in ("keep_regions", "regenerate_regions"):
            if name in body:
                body[name] = [{"start_s": a, "end_s": b} for a, b in change[name]]
        return self._post(f"/v1/generations/{segment(generation_id)}/edit", Job, body)

    def job(self, job_id: str) -> Job:
        return self._get(f"/v1/jobs/{segment(job_id)}", Job)

    def cancel(self, job_id: str) -> Job:
        return self._parsed(self._request("DELETE", f"/v1/jobs/{segment(job_id)}"), Job)

    def follow(self, job_id: str) -> Iterator[Job]:
        """A job as it changes, until it has ended; a stream that breaks is taken up again."""
        lost = 0
        while True:
            try:
                for job in self._changes(job_id):
                    lost = 0
                    yield job
                    if job.state in ENDED:
                        return
            except Unreachable as error:
                if lost >= self._patience.retries:
                    raise
                if isinstance(error.__cause__, httpx.ConnectError):
                    raise  # was tried again already
            lost += 1
            if lost > self._patience.retries:
                raise Unreachable(f"{self.address}: the progress of job {job_id} breaks off")

    def wait(self, job: Job, progress: Progress | None = None) -> GenerationResult:
        """Wait for a job's piece. Raises JobFailed."""
        for later in self.follow(job.job_id):
            job = later
            if progress is not None:
                progress(job)
        if job.state != "done" or job.generation_id is None:
            raise JobFailed(self.address, job)
        return self.generation(job.generation_id)

    def generations(self, limit: int = 20) -> list[GenerationResult]:
        """What was made, the latest first; at most 200."""
        return self._get("/v1/generations", list[GenerationResult], {"limit": limit})

    def generation(self, generation_id: str) -> GenerationResult:
        return self._get(f"/v1/generations/{segment(generation_id)}", GenerationResult)

    def download(self, generation_id: str, name: str, target: Path) -> Path:
        """Write a file of a generation: mix.wav, mix.mid, stems/NAME.wav or daw.zip.

        The file appears whole or not at all.
        """
        path = f"/v1/generations/{segment(generation_id)}/{_inside(self.address, name)}"
        with self._streamed("GET", path) as response, self._reaching():
            save(response.iter_bytes(), target)
        return target

    def download_all(self, result: GenerationResult, folder: Path) -> list[Path]:
        """Write the mix, the stems and the notes of a generation into a folder."""
        names = [file.path for file in result.audio]
        names += [result.midi_path] if result.midi_path else []
        return self.download_some(result.generation_id, names, folder)

    def download_some(self, generation_id: str, names: Sequence[str], folder: Path) -> list[Path]:
        """Write files of a generation into a folder, by the paths that its result gives."""
        # Where a file goes is ours to say: a path that leads out of the folder is refused.
        places = [folder / _inside(self.address, name, quoted=False) for name in names]
        return [
            self.download(generation_id, name, place)
            for name, place in zip(names, places, strict=True)
        ]

    def _changes(self, job_id: str) -> Iterator[Job]:
        path = f"/v1/jobs/{segment(job_id)}/events"
        with self._streamed("GET", path) as response, self._reaching():
            for event in events_of(response.iter_lines()):
                yield Job.model_validate_json(event.data)


def _inside(address: str, name: str, *, quoted: bool = True) -> str:
    """The path of a file below a generation. Raises UnexpectedAnswer when it leads out of it."""
    parts = PurePosixPath(name).parts
    odd = any(part in ("..", "/") or "\\" in part or ":" in part for part in parts)
    if odd or not parts:
        raise UnexpectedAnswer(f"{address}: {name!r} is no file of a generation")
    return "/".join(segment(part) if quoted else part for part in parts)
