"""A request through an engine, measured, judged, kept on disk and entered in the warehouse."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from generation.around.candidates import create
from generation.around.describing import Origin, describe
from generation.around.keeping import Kept, keep, list_generations, load_generation
from generation.contract import Generator, Progress, silent
from generation.registry import DEFAULT_ENGINE, Making, make
from schemas.answers import ConditioningVector
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.errors import ContractError, WarehouseError
from schemas.features import feature, key_name
from schemas.parts import Lock, Prompt, Source
from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from generation.learned.artifact import Kind
    from generation.payloads.base import Payload
    from mapping.reading.wishes import Options


_VERSION = f"wordtone {version('wordtone')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generating:
    """How a request is generated.

    Attributes
    ----------
    correct : whether tempo and key may be corrected by stretching and shifting
    record : whether rows are written to the warehouse; the folder is kept in any case
    other : a generator to use in place of `engine`, as one that blends two earlier pieces
    """

    other: Generator | None = None
    engine: str = DEFAULT_ENGINE
    making: Making = field(default_factory=Making)
    correct: bool = True
    record: bool = True


@dataclass(frozen=True, slots=True)
class Generated:
    """`trouble` says why no rows were written, where that failed; the folder is whole."""

    kept: Kept
    trouble: str | None = None


def generate(
    settings: Settings,
    request: ConditioningRequest,
    how: Generating | None = None,
    progress: Progress = silent,
) -> Generated:
    """Make the request's piece, or the best of its candidates.

    A ConditioningVector is taken as its request, without names where the policy says so; the
    result tells which mapping answered, and on which tracks that rests.

    Raises
    ------
    InputError
        When there is no such engine, or it can make nothing of the request.
    GenerationError, MissingExtraError
        When the engine cannot run: what is missing, and what would help.
    StorageError
        When the folder of generations cannot be written.
    """
    how = how or Generating()
    plain, origin = _plain(request)
    engine = make(how.engine, _located(settings, how.engine, how.making))
    if plain.edit is not None:
        from service.edits import Inheriting

        engine = Inheriting(engine)
    measure = compose.measure(settings, plain)
    made = create(engine, plain, measure, correct=how.correct, progress=progress)
    result = describe(engine.manifest, plain, made, _VERSION, origin)
    kept = keep(settings.generations_path, made, result, _vector(settings, request))
    return Generated(kept, record(settings, [kept]) if how.record else None)


def unprompted(asked: Options) -> ConditioningRequest:
    """A request that leaves all open but what is stated: the seed draws style, tempo, key, form."""
    from mapping.reading.rules_key import parse_key

    features: dict[str, FeatureCondition] = {}
    stated = dict(asked.locks) | ({} if asked.bpm is None else {"tempo_bpm": asked.bpm})
    for name, value in stated.items():
        features[name] = FeatureCondition(
            value=value, unit=feature(name).unit, source=Source.USER, confidence=1, lock=Lock.HARD
        )
    key = None
    if asked.key is not None and (found := parse_key(asked.key)) is not None:
        tonic, major = found
        key = KeyCondition(
            pitch_class=tonic,
            mode="major" if major else "minor",
            name=key_name(tonic, major),
            source=Source.USER,
            confidence=1,
            lock=Lock.HARD,
        )
    return ConditioningRequest(
        prompt=Prompt(text=""), features=features, key=key, duration_s=asked.duration_s
    )


def payload(engine: str, request: ConditioningRequest) -> Payload:
    """The request as the call of a generator, without calling it. Raises InputError."""
    from generation.payloads import catalogue

    return catalogue.build(engine, _plain(request)[0])


def generation(settings: Settings, generation_id: str) -> Kept:
    """An earlier generation; "latest" is the one made last.

    Raises
    ------
    InputError
        When there is none of that id.
    ContractError
        When its `result.json` is damaged.
    """
    root = settings.generations_path
    if generation_id == "latest" and (there := list_generations(root)):
        return load_generation(root, there[0])
    return load_generation(root, generation_id)


def generations(settings: Settings, limit: int = 20, before: str | None = None) -> list[Kept]:
    """The latest generations, or those before the one of that id, the last first.

    What cannot be read is left out.
    """
    found: list[Kept] = []
    for generation_id in list_generations(settings.generations_path):
        if before is not None and generation_id >= before:
            continue
        if len(found) == limit:
            break
        with contextlib.suppress(ContractError):
            found.append(load_generation(settings.generations_path, generation_id))
    return found


def record(settings: Settings, kept: Iterable[Kept]) -> str | None:
    """Enter generations in the warehouse; what went wrong in words, or None."""
    from pipelines.generations import record_generations

    try:
        with compose.store(settings) as store:
            record_generations(store, [one.result for one in kept])
    except (WarehouseError, ContractError) as error:
        return str(error)
    return None


def _vector(settings: Settings, request: ConditioningRequest) -> ConditioningVector | None:
    """What words can move later: the request's own vector, or that of the piece it edits."""
    if isinstance(request, ConditioningVector) or request.edit is None:
        return request if isinstance(request, ConditioningVector) else None
    from service.edits import vector_after

    before = generation(settings, request.edit.generation_id).vector()
    return None if before is None else vector_after(before, request)


def _plain(request: ConditioningRequest) -> tuple[ConditioningRequest, Origin]:
    if not isinstance(request, ConditioningVector):
        return request, Origin()
    tracks = tuple(track.track_id for track in request.evidence)
    return request.to_request(), Origin(request.model, tracks)


def _located(settings: Settings, engine: str, making: Making) -> Making:
    """With the folder of earlier generations, and that of a trained generator: the named, or the
    last one of its kind."""
    weights = making.weights
    kinds: dict[str, Kind] = {"learned-symbolic": "symbolic", "learned-audio": "audio"}
    if engine in kinds:
        from pipelines.generator.keeping import generator_folder, latest_generator

        found = (
            latest_generator(settings, kinds[engine])
            if weights is None
            else generator_folder(settings, weights)
        )
        weights = str(found)
    return replace(making, weights=weights, generations=settings.generations_path)
