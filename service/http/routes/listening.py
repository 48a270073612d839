"""Routes that take sound: a hum becomes notes, a file becomes features. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from pydantic import Field

from pipelines.melody.transcribe import Wanted, read_again
from schemas.errors import InputError
from schemas.melody import Transcription
from schemas.parts import Contract, Tempo
from schemas.report import AnalysisReport, FileReport
from schemas.settings import Settings
from service.analysis import checked_groups
from service.http.answers.catalogue import SimilarTracks
from service.http.shell.tokens import Scope
from service.http.uploads import BODY, sent, unless_gone
from service.likeness import tracks_like
from service.listening import Listening

_Text = Annotated[str, Field(max_length=200)]
Kind = Literal["auto", "line", "mix"]


class QuantiseQuestion(Contract):
    """Notes that were heard, and the tempo of the grid that they are put on."""

    transcription: Transcription
    tempo_bpm: Tempo | None = Field(None, description="stated; null with `taps`")
    taps: tuple[float, ...] = Field(
        (),
        max_length=2_000,
        description="times of beats, s; within the recording, they also place the beat",
    )


class LikeQuestion(Contract):
    """A file that was measured before, and which tracks may be like it."""

    like: FileReport = Field(description="as /v1/analyse answered")
    where: tuple[_Text, ...] = Field((), max_length=20, description="as in `tempo_bpm>=120`")
    tag: tuple[_Text, ...] = Field((), max_length=20)
    not_tag: tuple[_Text, ...] = Field((), max_length=20)
    limit: int = Field(10, ge=1, le=200)


def add_listening(app: FastAPI, listening: Listening, guard: Callable[[Scope], list[Any]]) -> None:
    """Put the routes on `app`."""
    needed = guard(Scope.CONDITION)

    @app.post("/v1/transcribe", dependencies=needed, openapi_extra=BODY)
    async def transcribe(
        request: Request,
        kind: Annotated[Kind, Query(description="one line, a mix, or to be told")] = "auto",
        tempo_bpm: Annotated[Tempo | None, Query(description="of the grid")] = None,
        taps: Annotated[
            str, Query(description="times of beats, s, as in 0.4,1.0,1.6", max_length=20_000)
        ] = "",
        name: Annotated[str, Query(description="what errors call it", max_length=200)] = "",
    ) -> Transcription:
        """The melody of a hum, a whistle or a recording: notes, key, tempo, and a pitch curve."""
        wanted = Wanted(tempo_bpm, _times(taps), kind)
        with listening.place():
            async with sent(request, name) as recording:
                worker = listening.worker()
                return await unless_gone(
                    request, worker, lambda: listening.hear(worker, recording, wanted)
                )

    @app.post("/v1/transcribe/quantise", dependencies=needed)
    def quantise(asked: QuantiseQuestion) -> Transcription:
        """The notes of an earlier answer, changed or not, on the grid of another tempo."""
        return read_again(asked.transcription, Wanted(asked.tempo_bpm, asked.taps))

    @app.post("/v1/analyse", dependencies=needed, openapi_extra=BODY)
    async def analyse(
        request: Request,
        groups: Annotated[
            str, Query(description="of features, as in rhythm,tonality; all", max_length=200)
        ] = "",
        name: Annotated[str, Query(description="what errors call it", max_length=200)] = "",
    ) -> AnalysisReport:
        """Everything that is measured on a file, as `wordtone analyse --json` prints it."""
        wanted = checked_groups([one.strip() for one in groups.split(",") if one.strip()])
        with listening.place():
            async with sent(request, name) as recording:
                worker = listening.worker()
                report = await unless_gone(
                    request, worker, lambda: listening.measure(worker, recording, wanted)
                )
        return AnalysisReport(extractor="wordtone", files=(report,))


def add_similar_to(app: FastAPI, settings: Settings, guard: Callable[[Scope], list[Any]]) -> None:
    """Put on `app` what compares a file with the catalogue."""

    @app.post("/v1/similar", dependencies=guard(Scope.READ), response_model=SimilarTracks)
    def similar_to_file(asked: LikeQuestion) -> dict[str, Any]:
        """Tracks like a file, by its features, and why."""
        from warehouse.selection import parse_selection
        from warehouse.similar import Wish

        selection = parse_selection(asked.where, asked.tag, asked.not_tag)
        wish = Wish(selection=selection, limit=asked.limit)
        rows, notes = tracks_like(settings, asked.like, wish)
        return {"tracks": rows, "notes": list(notes)}


def _times(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError as error:
        raise InputError(f"taps {text[:80]!r}: valid are seconds, as in 0.4,1.0,1.6") from error
