"""Recalibrate: a mapping learned on another catalogue, moved to this one by its labelled tracks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipelines.current_model import trained_models
from pipelines.keeping import Making, keep
from pipelines.train import Trained, TrainRequest, read_examples
from schemas.errors import InputError
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class RecalibrateRequest:
    """What to move, and to what.

    Attributes
    ----------
    model : an id of the registry, or a folder that holds a mapping
    labels : as `TrainRequest` has it: snapshot, policy, unknown rights, promote
    """

    model: str
    labels: TrainRequest


def recalibrate(settings: Settings, request: RecalibrateRequest) -> Trained:
    """Move the mapping to the catalogue as it is, keep it beside the others, let the gate decide.

    Raises
    ------
    InputError
        No such mapping.
    ArtifactError, EncoderError
        It cannot be loaded.
    MappingError
        The catalogue has too few labelled tracks that may be used.
    WarehouseError, SnapshotNotFound, ContractError
        As `pipelines.train.train` does.
    """
    from mapping.model import Mapping

    started = datetime.now(UTC)
    folder = _folder(settings, request.model)
    read = read_examples(settings, request.labels)
    source = Mapping.load(folder, encoder_folder=settings.encoder_path)
    mapping = source.recalibrate(read.examples)
    mapping.manifest = replace(mapping.manifest, data=read.data, snapshot=read.snapshot)
    parameters = {"model": folder.name, "policy": request.labels.policy}
    making = Making("recalibrate", started, parameters, folder.name, request.labels.promote)
    kept = keep(settings, mapping, making)
    seconds = (kept.ended - started).total_seconds()
    count = len(read.examples)
    return Trained(
        mapping, kept.path, read.snapshot, count, seconds, read.admission, kept.promotion
    )


def _folder(settings: Settings, model: str) -> Path:
    there = trained_models(settings)
    found = [name for name in there if name == model] or [name for name in there if model in name]
    if len(found) == 1:
        return settings.models_path / found[0]
    folder = Path(model).expanduser()
    if (folder / "manifest.json").is_file():
        return folder
    names = ", ".join(found or there) or "none yet"
    raise InputError(f"{model!r}: no mapping of that id and no folder of one; there are: {names}")
