"""Train: from one snapshot of the warehouse to a saved mapping and its row in `models`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from schemas.operations import ModelRow, RunRow, RunState
from schemas.settings import Settings
from warehouse.lake import RunStamp
from warehouse.location import Location
from warehouse.reader import WarehouseReader
from warehouse.store import Store

if TYPE_CHECKING:
    from mapping.model import Mapping


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train on and with. `as_of` is a snapshot or a time; `encoder` as `load_encoder`."""

    as_of: int | datetime | None = None
    encoder: str = "minilm"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained mapping, where it was saved, and what it was trained on."""

    mapping: Mapping
    path: Path
    snapshot: int
    tracks: int
    seconds: float


def train(settings: Settings, request: TrainRequest) -> Trained:
    """Learn the mapping from the catalogue as of `request.as_of` and keep it.

    Raises
    ------
    WarehouseError, SnapshotNotFound
        No warehouse, or no such snapshot.
    MappingError
        Too little to learn from; EncoderError when the encoder cannot be loaded.
    """
    from mapping.config import TrainConfig
    from mapping.encoder import load_encoder
    from mapping.model import Mapping

    started = datetime.now(UTC)
    location = Location.from_settings(settings)
    reader = WarehouseReader(location, as_of=request.as_of)
    examples = reader.training_examples()
    encoder = load_encoder(request.encoder, settings.encoder_path)
    mapping = Mapping.train(examples, encoder, TrainConfig(seed=request.seed), reader.snapshot)
    path = settings.models_path / f"{started:%Y%m%dT%H%M%S}-{mapping.info.model_id}"
    mapping.save(path)
    ended = datetime.now(UTC)
    run = _run_row(request, mapping, started, ended)
    with Store(location) as store:
        rows = {"models": [_model_row(mapping, path)], "runs": [run]}
        store.write(rows, RunStamp(run.run, "train", f"mapping {path.name}"))
    seconds = (ended - started).total_seconds()
    return Trained(mapping, path, reader.snapshot, len(examples), seconds)


def _model_row(mapping: Mapping, path: Path) -> ModelRow:
    manifest = (path / "manifest.json").read_bytes()
    return ModelRow(
        model_id=path.name,
        kind="mapping",
        path=str(path),
        snapshot=mapping.info.snapshot,
        encoder=mapping.info.encoder,
        features=list(mapping.features),
        metrics=json.dumps(mapping.manifest.metrics),
        manifest_hash=hashlib.blake2b(manifest, digest_size=16).hexdigest(),
    )


def _run_row(request: TrainRequest, mapping: Mapping, started: datetime, ended: datetime) -> RunRow:
    return RunRow(
        run=f"{started:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}",
        flow="train",
        state=RunState.COMPLETED,
        started_at=started,
        ended_at=ended,
        parameters=json.dumps({"encoder": request.encoder, "seed": request.seed}),
        counts=json.dumps({"tracks": mapping.info.trained_tracks}),
        message=f"snapshot {mapping.info.snapshot}",
        version=version("wordtone"),
    )
