"""Routes of somebody who corrects what is known of tracks, as `wordtone override` does."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query
from pydantic import Field
from starlette.exceptions import HTTPException

from schemas.parts import Contract
from schemas.settings import Settings
from service.browsing.catalogue import Catalogue
from service.http.answers.browsing import Corrected, Correction
from service.http.shell.tokens import Scope

if TYPE_CHECKING:
    from warehouse.lake import Lake


class CorrectionQuestion(Contract):
    """Values that win over every measurement and import of a track until they are taken back."""

    values: dict[str, float | str] = Field(
        min_length=1,
        max_length=50,
        description='feature → value in its unit; {"key": "C minor"} stands for tonic and mode',
    )
    note: str = Field(min_length=1, max_length=500, description="why")
    author: str = Field(min_length=1, max_length=80, description="who says so")


def add_curating(
    app: FastAPI, settings: Settings, catalogue: Catalogue, guard: Callable[[Scope], list[Any]]
) -> None:
    """Put the routes on `app`."""
    needed = guard(Scope.CURATE)

    @app.get(
        "/v1/tracks/{track_id}/overrides",
        dependencies=guard(Scope.READ),
        response_model=list[Correction],
    )
    def listed(track_id: str, withdrawn: bool = False) -> list[dict[str, Any]]:
        """Corrections of a track, the newest first; with `withdrawn` those taken back, too."""
        from warehouse import queries

        with catalogue.lakes.newest() as lake:
            _known(lake, track_id)
            found = queries.overrides(lake, track_id, include_withdrawn=withdrawn)
        return list(found.to_pylist())

    @app.post("/v1/tracks/{track_id}/overrides", dependencies=needed, response_model=Corrected)
    def correct(track_id: str, question: CorrectionQuestion) -> dict[str, int]:
        """Correct values of a track."""
        from pipelines import overrides

        with catalogue.lakes.newest() as lake:
            _known(lake, track_id)
        values = overrides.parse_values([f"{k}={v}" for k, v in question.values.items()])
        author, note = question.author, question.note
        return {"snapshot": overrides.override(settings, track_id, values, note, author)}

    @app.delete(
        "/v1/tracks/{track_id}/overrides/{feature}", dependencies=needed, response_model=Corrected
    )
    def withdraw(
        track_id: str,
        feature: str,
        author: Annotated[str, Query(min_length=1, max_length=80, description="who says so")],
    ) -> dict[str, int]:
        """Take a correction back: what was measured or imported counts again."""
        from pipelines import overrides

        with catalogue.lakes.newest() as lake:
            _known(lake, track_id)
        names = overrides.feature_names([feature])
        return {"snapshot": overrides.withdraw(settings, track_id, names, author)}


def _known(lake: Lake, track_id: str) -> None:
    from warehouse import queries

    if queries.track(lake, track_id) is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no track {track_id[:80]!r}")
