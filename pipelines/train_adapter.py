"""Train an adapter: tracks of the catalogue that may train, coded by a frozen generator.

warehouse ─gate─▶ recordings ─stretches─▶ codes ─┐
                 └─ features, words ─▶ vectors ──┴─▶ pairs (Parquet) ─▶ projector ─▶ folder
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.generator.catalogue import Catalogue, read_catalogue
from pipelines.generator.stretches import names, stretches
from schemas.errors import GenerationError, InputError
from schemas.rights import DEFAULT_POLICY
from schemas.settings import Settings

if TYPE_CHECKING:
    from generation.adapters.adapter import Adapter
    from generation.adapters.hosts.host import Host
    from generation.adapters.pairs import Batch
    from generation.engines.engine import TorchEngine

Progress = Callable[[float, str], None]
FEWEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterRequest:
    """What to train, beside which weights, on what.

    Attributes
    ----------
    engine : musicgen, stable-audio-3 or stable-audio-open
    weights : folder or hub id
    out : folder to be written; must not exist or be empty
    seconds : length of a stretch of sound
    policy, allow_unknown_rights : which licences may train
    """

    engine: str
    weights: str
    out: Path
    seconds: float = 10.0
    steps: int = 2000
    batch: int = 16
    seed: int = 0
    device: str = "auto"
    download: bool = False
    as_of: int | datetime | None = None
    policy: str = DEFAULT_POLICY
    allow_unknown_rights: bool = False


def train_adapter(settings: Settings, request: AdapterRequest, progress: Progress) -> Adapter:
    """Train and write an adapter; its manifest has the tracks and licences it learned from.

    Raises
    ------
    MissingExtraError
        Without torch, diffusers or transformers.
    InputError
        An engine that no vector can condition.
    GenerationError
        The weights cannot be used, or too few recordings may train.
    ArtifactError
        `out` is there already.
    """
    from generation.adapters import artifact
    from generation.adapters.adapter import Adapter
    from generation.adapters.streaming import PairStream
    from generation.adapters.training import Config, train

    if not 1 <= request.seconds <= 30:
        raise InputError(f"seconds: {request.seconds}; valid is 1 … 30")
    engine, host = _host(request, progress)
    catalogue = read_catalogue(
        settings, request.as_of, request.policy, request.allow_unknown_rights
    )
    with tempfile.TemporaryDirectory(prefix=".training-", dir=settings.home_path) as folder:
        path = Path(folder) / "pairs.parquet"
        used = _written(path, request, engine, host, catalogue, progress)
        stream = PairStream(path, request.batch, seed=request.seed)
        config = Config(steps=request.steps, seed=request.seed)
        projector, course = train(
            host, stream, stream.vectors(), config, lambda s, what: progress(0.5 + 0.5 * s, what)
        )
    located = engine.located
    adapter = Adapter(
        projector=projector,
        kind=request.engine,
        names=names(),
        digest=located.digest,
        weights=located.weights.id,
        licence=located.weights.licence,
        trained=course.summary(config) | _learned_from(request, catalogue, used),
    )
    artifact.save(request.out, adapter)
    return adapter


def _host(request: AdapterRequest, progress: Progress) -> tuple[TorchEngine, Host]:
    from generation.adapters.kinds import KINDS
    from generation.registry import Making, make

    if request.engine not in KINDS:
        raise InputError(
            f"engine: a vector cannot condition {request.engine!r}; valid is {', '.join(KINDS)}"
        )
    making = Making(weights=request.weights, device=request.device, download=request.download)
    engine: Any = make(request.engine, making)
    model = engine.load(progress)
    from generation.adapters.adapter import host_of

    return engine, host_of(request.engine, model, engine.tokenizer)


def _written(
    path: Path,
    request: AdapterRequest,
    engine: TorchEngine,
    host: Host,
    catalogue: Catalogue,
    progress: Progress,
) -> list[str]:
    from generation.adapters.pairs import Meta, coded, write_pairs

    used: list[str] = []
    sounds = stretches(host, request.seconds, catalogue, used, progress)
    batches = coded(sounds, host.encode)
    first: Batch | None = next(batches, None)
    if first is not None:
        shape = tuple(int(n) for n in first.targets.shape[1:])
        meta = Meta(names=names(), kind=request.engine, digest=engine.located.digest, shape=shape)
        write_pairs(path, meta, _again(first, batches))
    if len(used) < FEWEST:
        raise GenerationError(_too_few(catalogue, len(used)))
    return used


def _again(first: Batch, rest: Iterator[Batch]) -> Iterator[Batch]:
    yield first
    yield from rest


def _too_few(catalogue: Catalogue, count: int) -> str:
    admission = catalogue.admission
    skipped = "; ".join(f"{n} {reason}" for reason, n in catalogue.skipped.items())
    return (
        f"{count} recordings to learn from, and at least {FEWEST} are needed: policy "
        f"{admission.policy} lets {admission.allowed} of {admission.tracks} tracks train; not "
        f"usable: {skipped or 'none'}"
    )


def _learned_from(request: AdapterRequest, catalogue: Catalogue, used: list[str]) -> dict[str, Any]:
    return {
        "snapshot": catalogue.snapshot,
        "policy": request.policy,
        "allow_unknown_rights": request.allow_unknown_rights,
        "seconds": request.seconds,
        "tracks": sorted(used),
        "licences": dict(Counter(catalogue.licence(track) for track in used)),
        "skipped": dict(catalogue.skipped),
    }
