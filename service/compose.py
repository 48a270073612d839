"""The composition root: from Settings to the parts that do the work; they are wired here only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import NotTrainedError
from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping
    from schemas.conditioning import ConditioningRequest
    from schemas.protocols import Measure
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


def measure(settings: Settings, request: ConditioningRequest) -> Measure:
    """The extractor, for the features that a request conditions, with tempo, key and metre.

    Raises TaggerError when a tagger is set and its weights cannot be used.
    """
    from pipelines.features.extract import Asked, extract_track
    from pipelines.features.tagger.registry import load_tagger

    wanted = frozenset(request.features) | _ALWAYS
    tagger = load_tagger(settings.tagger) if settings.tagger else None
    return lambda audio: extract_track(audio, Asked(features=wanted), tagger=tagger).values


_ALWAYS = frozenset(
    {"tempo_bpm", "tempo_candidates", "key_pitch_class", "key_mode", "time_signature"}
)

STARTER = "starter"
"""Id of the mapping that ships, which is in use until one has been trained."""


def current_model(settings: Settings) -> str:
    """Id of the mapping in use. Raises NotTrainedError when none of those trained is."""
    from pipelines.current_model import current_model as in_use
    from pipelines.current_model import trained_models

    found = in_use(settings)
    if found is None and trained_models(settings):
        raise NotTrainedError("no mapping is in use: `wordtone models promote ID` puts one in use")
    return found or STARTER


def load_mapping(settings: Settings, model_id: str | None = None) -> Mapping:
    """The named trained mapping, or the one in use; the starter where none has been trained.

    Raises
    ------
    NotTrainedError
        When there is none of that id, or none in use; lists the ids there are.
    ContractError
        When the file of references cannot be read.
    """
    from mapping.encoder import load_encoder
    from mapping.model import Mapping
    from pipelines.current_model import trained_models

    there = (STARTER, *trained_models(settings))
    if model_id is not None and model_id not in there:
        raise NotTrainedError(f"no mapping {model_id!r}; there are: {', '.join(there)}")
    asked = model_id or current_model(settings)
    if asked == STARTER:
        mapping = Mapping.starter(load_encoder(folder=settings.encoder_path))
    else:
        path = settings.models_path / asked
        mapping = Mapping.load(path, encoder_folder=settings.encoder_path)
    _names(settings, mapping)
    return mapping


def _names(settings: Settings, mapping: Mapping) -> None:
    """What names in prompts are for, and those that the user supplies."""
    from typing import cast

    from schemas.references import ReferencePolicy

    mapping.references = cast(ReferencePolicy, settings.references)
    if settings.references_file:
        from mapping.references.supplied import read_references

        path = Path(settings.references_file).expanduser()
        mapping.supply(read_references(path, mapping.learned.tracks))
