"""Keep a trained generator: its folder under HOME/generators, and its row in `models`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from generation.learned import artifact
from generation.learned.artifact import Arrays, Manifest
from schemas.errors import InputError
from schemas.operations import ModelRow, RunRow, RunState
from schemas.settings import Settings
from warehouse.lake import RunStamp
from warehouse.location import Location
from warehouse.store import Store

FLOW = "train-generator"
KIND = "generator"
NO_ENCODER = "none"
"""What `models.encoder` holds: a generator reads no text."""


@dataclass(frozen=True, slots=True)
class Kept:
    path: Path
    ended: datetime


def generators(settings: Settings) -> list[str]:
    """Ids of the trained generators on disk, oldest first."""
    folder = settings.home_path / "generators"
    return sorted(path.parent.name for path in folder.glob(f"*/{artifact.MANIFEST}"))


def generator_folder(settings: Settings, name: str) -> Path:
    """The folder of a generator: a path that is one, an id, or the only id that holds `name`.

    Raises
    ------
    InputError
        When there is none, or more than one; lists those there are.
    """
    path = Path(name).expanduser()
    if (path / artifact.MANIFEST).is_file():
        return path
    there = generators(settings)
    found = [one for one in there if name == one] or [one for one in there if name in one]
    if len(found) != 1 or not name:
        what = "names more than one generator" if len(found) > 1 else "no such generator"
        names = ", ".join(found or there) or "none yet; `wordtone train-generator` makes one"
        raise InputError(f"{name!r}: {what}; there are: {names}")
    return settings.home_path / "generators" / found[0]


def latest_generator(settings: Settings, kind: artifact.Kind) -> Path:
    """The folder of the generator of `kind` that was trained last.

    Raises
    ------
    InputError
        When there is none.
    """
    for name in reversed(generators(settings)):
        folder = settings.home_path / "generators" / name
        if artifact.read_manifest(folder)["kind"] == kind:
            return folder
    raise InputError(
        f"no {kind} generator has been trained yet: `wordtone train-generator --kind {kind}`"
    )


def keep(
    settings: Settings,
    arrays: Arrays,
    manifest: Manifest,
    started: datetime,
    parameters: Mapping[str, object],
) -> Kept:
    """Save under its time and id, and record it.

    Raises GenerationError when the folder cannot be written, WarehouseError when the rows cannot.
    """
    home = settings.home_path / "generators"
    name = f"{started:%Y%m%dT%H%M%S}-{manifest.kind}-{uuid4().hex[:8]}"
    path = home / name
    artifact.save(path, arrays, manifest)
    ended = datetime.now(UTC)
    run = f"{started:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    rows = {
        "models": [_model_row(path, manifest)],
        "runs": [
            RunRow(
                run=run,
                flow=FLOW,
                state=RunState.COMPLETED,
                started_at=started,
                ended_at=ended,
                parameters=json.dumps(dict(parameters)),
                counts=json.dumps(
                    {"tracks": len(manifest.tracks), "library": manifest.library_pieces}
                ),
                message=f"{manifest.kind} generator {name}",
                version=version("wordtone"),
            )
        ],
    }
    with Store(Location.from_settings(settings)) as store:
        store.write(rows, RunStamp(run, FLOW, f"generator {name}"))
    return Kept(path, ended)


def _model_row(path: Path, manifest: Manifest) -> ModelRow:
    content = (path / artifact.MANIFEST).read_bytes()
    return ModelRow(
        model_id=path.name,
        kind=KIND,
        path=str(path),
        snapshot=manifest.snapshot,
        encoder=NO_ENCODER,
        features=list(manifest.features),
        metrics=json.dumps(dict(manifest.metrics)),
        manifest_hash=hashlib.blake2b(content, digest_size=16).hexdigest(),
        trained_tracks=len(manifest.tracks),
        code=manifest.code,
        config=json.dumps(dict(manifest.config)),
        data=json.dumps(
            {
                "kind": manifest.kind,
                "policy": manifest.policy,
                "licences": dict(manifest.licences),
                "rights": manifest.rights,
                "library_pieces": manifest.library_pieces,
            }
        ),
    )
