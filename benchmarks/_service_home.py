"""A home that the service under measurement runs on: a mapping, and nothing that could be lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks._mapping_speed import made_up
from pipelines.current_model import current_model
from schemas.errors import InputError
from schemas.settings import Settings

TRACKS, QUICK_TRACKS = 5_000, 300


def prepared(folder: Path, source: Path | None, quick: bool, say: Callable[[str], None]) -> Path:
    """A fresh home in `folder` with the mapping in use in `source`, or with a made-up one.

    Raises
    ------
    InputError
        When `source` has no trained mapping in use.
    """
    home = folder / "home"
    models = home / "models"
    models.mkdir(parents=True)
    if source is None:
        tracks = QUICK_TRACKS if quick else TRACKS
        say(f"training on {tracks} made-up tracks …")
        _train(models / "made-up", tracks)
        return home
    settings = Settings(home=source)
    used = current_model(settings)
    if used is None:
        raise InputError(f"--home {source}: no mapping has been trained there")
    shutil.copytree(settings.models_path / used, models / used)
    return home


def _train(path: Path, tracks: int) -> None:
    from mapping.encoder import load_encoder
    from mapping.learning.config import TrainConfig
    from mapping.model import Mapping

    mapping = Mapping.train(made_up(tracks), load_encoder(), TrainConfig(evaluate=False))
    mapping.save(path)
