"""Music made by a service somewhere else, its files, and what listeners say of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from schemas.errors import InputError
from schemas.settings import Settings
from service.backends.backend import Blended, Edited, Unjudged
from service.backends.remote.answers import as_contract, only_here
from wordtone_client import Client, Making

if TYPE_CHECKING:
    from generation.around.keeping import Kept
    from generation.contract import Progress
    from pipelines.melody.transcribe import Wanted as MelodyWanted
    from pipelines.review import Comparison, Rating
    from pipelines.reviewing.findings import Findings
    from schemas.conditioning import ConditioningRequest
    from schemas.melody import Transcription
    from service.exporting import Wanted
    from service.generations import Generated, Generating
    from wordtone_client.models import GenerationResult, Job

_MOST_UNREVIEWED = 1_000


class RemoteMusic:
    """Jobs, generations and reviews of a service; files come into `folder` when they are wanted."""

    def __init__(self, settings: Settings, client: Client, folder: Path) -> None:
        self._settings = settings
        self._client = client
        self._folder = folder

    def transcribe(self, file: Path, wanted: MelodyWanted) -> Transcription:
        from schemas.melody import Transcription

        try:
            kind = cast(Literal["auto", "line", "mix"], wanted.kind)
            found = self._client.transcribe(file, kind, wanted.tempo_bpm, wanted.taps)
        except OSError as error:
            raise InputError(f"{file}: {error.strerror or error}") from error
        return as_contract(Transcription, found, self._client.address)

    def make(self, request: ConditioningRequest, how: Generating, progress: Progress) -> Generated:
        _only_served(how)
        making = Making(engine=how.engine, preset=how.making.preset, correct=how.correct)
        job = self._client.submit_request(request.model_dump(mode="json"), making)
        return self._seen_through(job, progress)

    def edit(self, edited: Edited, how: Generating, progress: Progress) -> Generated:
        usual = type(how)()
        _only_served(how)
        only_here(
            model=edited.model_id,
            candidates=edited.candidates,
            engine=how.engine != usual.engine,
            no_correct=how.correct != usual.correct,
        )
        change: dict[str, Any] = asdict(edited.change) | {"seed": edited.seed}
        for name in ("keep_regions", "regenerate_regions"):
            regions = getattr(edited.change, name)
            change[name] = [(region.start_s, region.end_s) for region in regions]
        given = {name: value for name, value in change.items() if value not in (None, (), [])}
        job = self._client.edit(self._id(edited.generation), **given)
        return self._seen_through(job, progress)

    def blend(self, blended: Blended, how: Generating, progress: Progress) -> Generated:
        raise InputError("--blend: not with --remote; a service does not take it")

    def generations(self, limit: int) -> list[Kept]:
        if limit > 200:
            raise InputError(f"--limit {limit}: with --remote valid is 1 … 200")
        return [self._kept(result) for result in self._client.generations(limit)]

    def generation(self, name: str) -> Kept:
        return self._kept(self._client.generation(self._id(name)))

    def with_files(self, kept: Kept, wanted: Wanted) -> Kept:
        """Fetch what is wanted: the mix always, stems and notes where they are."""
        if wanted.out is None:
            return kept
        result = kept.result
        everything = wanted.stems or wanted.daw
        names = [file.path for file in result.audio if everything or file.stem is None]
        if result.midi_path is not None and (wanted.midi or wanted.daw):
            names.append(result.midi_path)
        folder = self._folder / result.generation_id
        self._client.download_some(result.generation_id, names, folder)
        return replace(kept, folder=folder)

    def place(self, kept: Kept) -> str:
        return f"{self._client.address}/v1/generations/{kept.result.generation_id}"

    def say(self, said: Rating | Comparison) -> bool:
        from pipelines.review import Rating

        given = asdict(said)
        if isinstance(said, Rating):
            return self._client.review(given.pop("generation_id"), **given).changed
        return self._client.prefer(given.pop("winner"), given.pop("loser"), **given).changed

    def unreviewed(self) -> list[Unjudged]:
        found = self._client.unreviewed(_MOST_UNREVIEWED)
        return [Unjudged(piece.generation_id, piece.prompt) for piece in found]

    def findings(self) -> Findings:
        from pydantic import TypeAdapter

        from pipelines.reviewing.findings import Findings

        return TypeAdapter(Findings).validate_python(self._client.findings().plain())

    def _seen_through(self, job: Job, progress: Progress) -> Generated:
        from service.generations import Generated

        result = self._client.wait(job, lambda job: progress(job.progress, told(job)))
        return Generated(self._kept(result))

    def _kept(self, found: GenerationResult) -> Kept:
        from generation.around.keeping import Kept
        from schemas.generation import GenerationResult

        result = as_contract(GenerationResult, found, self._client.address)
        return Kept(result, self._folder / result.generation_id)

    def _id(self, name: str) -> str:
        if name != "latest":
            return name
        found = self._client.generations(1)
        if not found:
            raise InputError(f"{self._client.address}: there are no generations yet")
        return found[0].generation_id


def told(job: Job) -> str:
    """What a job is doing, or how many come first."""
    return f"waiting, {job.ahead} ahead" if job.state == "queued" and job.ahead else job.doing


def _only_served(how: Generating) -> None:
    """Refuse what the service decides itself. Raises InputError."""
    making, usual = how.making, type(how.making)()
    names = ("weights", "download", "steps", "guidance", "adapter")
    only_here(
        **{name: getattr(making, name) for name in names},
        device=making.device != usual.device,
        no_record=not how.record,
    )
