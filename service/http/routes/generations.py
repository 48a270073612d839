"""Routes of what was made: its result, the mix, stems, notes, and a bundle for a DAW."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from schemas.errors import InputError
from schemas.generation import GenerationResult
from schemas.settings import Settings
from service.http.answers import file_answers
from service.http.shell.files import RangedFile
from service.http.shell.tokens import Scope

if TYPE_CHECKING:
    from generation.around.keeping import Kept


def add_generations(app: FastAPI, settings: Settings, guard: Callable[[Scope], list[Any]]) -> None:
    """Put the routes on `app`; "latest" is the id of what was made last."""
    needed = guard(Scope.GENERATE)

    @app.get("/v1/generations", dependencies=needed)
    def list_generations(
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
    ) -> list[GenerationResult]:
        """What was made, the latest first."""
        from service.generations import generations

        return [kept.result for kept in generations(settings, limit)]

    @app.get(
        "/v1/generations/{generation_id}", dependencies=needed, response_model=GenerationResult
    )
    def get_generation(generation_id: str) -> Response:
        """What was asked of a piece, what became of it, and its files."""
        kept = kept_generation(settings, generation_id)
        return Response(kept.result.model_dump_json(), media_type="application/json")

    _add_files(app, settings, needed)


def _add_files(app: FastAPI, settings: Settings, needed: list[Any]) -> None:
    base = "/v1/generations/{generation_id}"
    shared: dict[str, Any] = {"dependencies": needed, "response_class": Response}

    @app.get(f"{base}/mix.wav", responses=file_answers("audio/wav"), **shared)
    def generation_mix(generation_id: str) -> Response:
        """The mix of a piece; ranges are answered."""
        return _file(kept_generation(settings, generation_id), "mix.wav", "audio/wav")

    @app.get(f"{base}/mix.mid", responses=file_answers("audio/midi"), **shared)
    def generation_midi(generation_id: str) -> Response:
        """The notes of a piece, where its engine knows them."""
        return _file(kept_generation(settings, generation_id), "mix.mid", "audio/midi")

    @app.get(f"{base}/stems/{{name}}", responses=file_answers("audio/wav"), **shared)
    def generation_stem(generation_id: str, name: str) -> Response:
        """A stem of a piece, as drums.wav; ranges are answered."""
        return _file(kept_generation(settings, generation_id), f"stems/{name}", "audio/wav")

    zipped: dict[int | str, dict[str, Any]] = {200: file_answers("application/zip")[200]}

    @app.get(f"{base}/daw.zip", responses=zipped, **shared)
    def generation_bundle(generation_id: str) -> Response:
        """Stems, notes and tempo of a piece for a DAW."""
        from service.exporting import bundle

        kept = kept_generation(settings, generation_id)
        named = f'attachment; filename="{kept.result.generation_id}.zip"'
        headers = {"Content-Disposition": named}
        return Response(bundle(kept), media_type="application/zip", headers=headers)


def _file(kept: Kept, name: str, media_type: str) -> Response:
    """A file that the result names, and no other of its folder."""
    offered = {file.path for file in kept.result.audio} | {kept.result.midi_path or "mix.wav"}
    path = kept.folder / name
    if name not in offered or not path.is_file():
        there = ", ".join(sorted(offered))
        known_as = kept.result.generation_id
        raise HTTPException(HTTPStatus.NOT_FOUND, f"{known_as} has {there}, daw.zip")
    return RangedFile(path, media_type=media_type)


def kept_generation(settings: Settings, generation_id: str) -> Kept:
    """The generation of that id. Raises HTTPException 404 when there is none."""
    from service.generations import generation

    try:
        return generation(settings, generation_id)
    except InputError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
