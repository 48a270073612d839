"""The composition root: from Settings to the parts that do the work; they are wired here only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from schemas.errors import NotTrainedError
from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping
    from warehouse.index.opened import Indexes
    from warehouse.lake import Lake
    from warehouse.store import Store


def open_lake(settings: Settings, as_of: int | datetime | None = None) -> Lake:
    """The warehouse, read-only, now or as it was. Raises WarehouseError when there is none yet.

    It stays at that snapshot. Where `track_features` has been brought together in a file (see
    `warehouse.index.resolved`), the file is read.
    """
    from warehouse.lake import Lake
    from warehouse.location import Location

    lake = Lake.open(Location.from_settings(settings), read_only=True, as_of=as_of, pinned=True)
    root = settings.home_path / "index"
    if next(root.glob("resolved-*"), None) is not None:
        from warehouse.index.resolved import use_resolved

        use_resolved(root, lake)
    return lake


def open_index(settings: Settings, lake: Lake, parts: frozenset[str]) -> Indexes:
    """The parts (text, words, features) of the search index for what `lake` shows.

    What is missing or older is built first; standard error says so.
    """
    from pipelines.index import open_index as opened
    from service.indexing import IndexProgress

    with IndexProgress() as shown:
        return opened(settings, lake, parts, shown.note, shown.advance)


def store(settings: Settings) -> Store:
    """The warehouse for writing; makes it when there is none."""
    from warehouse.location import Location
    from warehouse.store import Store

    return Store(Location.from_settings(settings))


def newest_model(settings: Settings) -> str:
    """Id of the mapping trained last. Raises NotTrainedError when there is none."""
    return _trained(settings)[-1]


def load_mapping(settings: Settings, model_id: str | None = None) -> Mapping:
    """The named, or newest, trained mapping.

    Raises
    ------
    NotTrainedError
        When there is none, or none of that id; lists the ids there are.
    """
    from mapping.model import Mapping

    trained = _trained(settings)
    if model_id is not None and model_id not in trained:
        raise NotTrainedError(f"no mapping {model_id!r}; there are: {', '.join(trained)}")
    path = settings.models_path / (model_id or trained[-1])
    return Mapping.load(path, encoder_folder=settings.encoder_path)


def _trained(settings: Settings) -> list[str]:
    # A model's id begins with the time of its training, so that names sort by age.
    found = sorted(path.parent.name for path in settings.models_path.glob("*/manifest.json"))
    if not found:
        raise NotTrainedError(f"no mapping in {settings.models_path}: run `wordtone train` first")
    return found
