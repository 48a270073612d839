"""Keep a mapping: its folder, its row in `models`, the row of the run, and the gate's word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as Mappings
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pipelines.registry.promotion import Promotion, consider
from schemas.operations import ModelRow, RunRow, RunState
from schemas.settings import Settings
from warehouse.lake import RunStamp
from warehouse.location import Location
from warehouse.store import Store

if TYPE_CHECKING:
    from mapping.model import Mapping


@dataclass(frozen=True, slots=True)
class Making:
    """How a mapping came about.

    Attributes
    ----------
    flow : train or recalibrate
    started : when
    parameters : what was asked for; kept with the run
    parent : the model in use before, or the one it was made from
    promote : put it in use where the gate lets it
    """

    flow: str
    started: datetime
    parameters: Mappings[str, object]
    parent: str | None
    promote: bool


@dataclass(frozen=True, slots=True)
class Kept:
    path: Path
    ended: datetime
    promotion: Promotion | None


def keep(settings: Settings, mapping: Mapping, making: Making) -> Kept:
    """Save `mapping` under its time and id, record it, and let the gate decide.

    Raises ArtifactError when the folder cannot be written, WarehouseError when the rows cannot.
    """
    path = settings.models_path / f"{making.started:%Y%m%dT%H%M%S}-{mapping.info.model_id}"
    mapping.save(path)
    ended = datetime.now(UTC)
    run = _run_row(mapping, making, ended)
    rows = {"models": [_model_row(mapping, path, making.parent)], "runs": [run]}
    with Store(Location.from_settings(settings)) as store:
        store.write(rows, RunStamp(run.run, making.flow, f"mapping {path.name}"))
    return Kept(path, ended, consider(settings, path.name, mapping, making.promote))


def _model_row(mapping: Mapping, path: Path, parent: str | None) -> ModelRow:
    content = (path / "manifest.json").read_bytes()
    manifest = mapping.manifest
    return ModelRow(
        model_id=path.name,
        kind="mapping",
        path=str(path),
        snapshot=mapping.info.snapshot,
        encoder=mapping.info.encoder,
        features=list(mapping.features),
        metrics=json.dumps(manifest.metrics),
        manifest_hash=hashlib.blake2b(content, digest_size=16).hexdigest(),
        parent=parent,
        trained_tracks=manifest.trained_tracks,
        code=manifest.code,
        config=json.dumps(manifest.config),
        data=json.dumps(manifest.data),
    )


def _run_row(mapping: Mapping, making: Making, ended: datetime) -> RunRow:
    return RunRow(
        run=f"{making.started:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}",
        flow=making.flow,
        state=RunState.COMPLETED,
        started_at=making.started,
        ended_at=ended,
        parameters=json.dumps(dict(making.parameters)),
        counts=json.dumps({"tracks": mapping.info.trained_tracks}),
        message=f"snapshot {mapping.info.snapshot}",
        version=version("wordtone"),
    )
