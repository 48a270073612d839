"""From rows to a trained generator and what its manifest says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from generation.learned.artifact import Manifest, licence_of
from generation.learned.conditions import HEARD, LEARNED
from generation.learned.loop import Training, TrainingConfig
from generation.learned.sound import layout as sound_layout
from generation.learned.sound import training as sound_training
from generation.learned.sound.clips import scale_of
from generation.learned.symbolic import layout as notes_layout
from generation.learned.symbolic import training as notes_training
from pipelines.generator.catalogue import Catalogue
from pipelines.generator.rows import RowReader

if TYPE_CHECKING:
    from pipelines.generator.request import GeneratorRequest

Progress = Callable[[float, str], None]
_CLIPS_FOR_SCALE = 200


def learn_notes(
    request: GeneratorRequest, rows: RowReader, catalogue: Catalogue | None, progress: Progress
) -> tuple[Manifest, Training]:
    """Train the symbolic model on `rows`."""
    named = {name for example in rows.examples(0) for name, _ in example.conditions.styles}
    styles = tuple(sorted(named))
    shape = notes_layout.Shape(features=len(LEARNED), styles=len(styles))
    config = _config(request, 800, 8, 3e-3)
    training = notes_training.train(rows.examples, shape, styles, config, progress)
    told = _told(request, rows, catalogue, config, training)
    manifest = Manifest(
        kind="symbolic", features=LEARNED, styles=styles, shape=shape.as_json(), **told
    )
    return manifest, training


def learn_sound(
    request: GeneratorRequest, rows: RowReader, catalogue: Catalogue | None, progress: Progress
) -> tuple[Manifest, Training]:
    """Train the model of sound on `rows`."""
    shape = sound_layout.Shape(features=len(HEARD))
    scale = scale_of(clip for number, clip in enumerate(rows.clips(0)) if number < _CLIPS_FOR_SCALE)
    config = _config(request, 800, 16, 1e-3)
    training = sound_training.train(rows.clips, shape, scale, config, progress)
    told = _told(request, rows, catalogue, config, training)
    manifest = Manifest(
        kind="audio", features=HEARD, styles=(), shape=shape.as_json(),
        scale={"mean": scale[0], "deviation": scale[1]}, **told,
    )  # fmt: skip
    return manifest, training


def _config(request: GeneratorRequest, steps: int, batch: int, rate: float) -> TrainingConfig:
    return TrainingConfig(
        steps=request.steps or steps,
        batch=request.batch or batch,
        rate=rate,
        seed=request.seed,
        device=request.device,
    )


def _told(
    request: GeneratorRequest,
    rows: RowReader,
    catalogue: Catalogue | None,
    config: TrainingConfig,
    training: Training,
) -> dict[str, Any]:
    """What the manifests of both kinds say alike."""
    pieces = {source.piece for source in rows.sources()}
    tracks = sorted(piece for piece in pieces if not piece.startswith("library:"))
    licences = rows.licences()
    last = training.losses[-max(1, len(training.losses) // 20) :]
    return {
        "licence": licence_of(licences),
        "licences": licences,
        "tracks": tuple(tracks),
        "library_pieces": len(pieces) - len(tracks),
        "snapshot": catalogue.snapshot if catalogue and tracks else 0,
        "policy": request.policy if tracks else "",
        "rights": asdict(catalogue.admission) if catalogue else None,
        "config": asdict(config) | {"library_from": request.seed * 1_000_000},
        "metrics": {
            "loss": float(np.mean(last)),
            "training_s": round(training.seconds, 2),
            "waiting_share": round(training.waiting_share, 5),
        },
    }
