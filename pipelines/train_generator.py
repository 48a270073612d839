"""Train a generator of one's own: from the catalogue and the style library to a kept artefact.

    warehouse ─gate─▶ scores, recordings ─┐
    style library ──compose, measure──────▶ rows (Parquet) ─stream─▶ training ─▶ artefact, `models`

Only tracks that the policy lets train are read, and generated ones never are. The model of sound is
trained on recordings alone, the symbolic one on scores and on pieces of the style library.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.generator.catalogue import Catalogue, has_warehouse, read_catalogue
from pipelines.generator.request import GeneratorRequest
from schemas.errors import GenerationError
from schemas.rights import Ground
from schemas.settings import Settings, cores

if TYPE_CHECKING:
    from generation.learned.artifact import Manifest
    from generation.learned.loop import Training
    from pipelines.generator.rows import RowReader

Progress = Callable[[float, str], None]
STEPS = {"symbolic": 800, "audio": 800}
MINIMUM_PIECES = 8
"""Fewer pieces than a batch cannot be learned from."""


@dataclass(frozen=True, slots=True)
class GeneratorTrained:
    """A trained generator, where it was saved, and how the training went."""

    path: Path
    manifest: Manifest
    seconds: float
    skipped: dict[str, int]
    losses: list[float]


def train_generator(
    settings: Settings, request: GeneratorRequest, progress: Progress
) -> GeneratorTrained:
    """Train and keep a generator.

    Raises
    ------
    MissingExtraError
        Without torch.
    WarehouseError, SnapshotNotFound
        The warehouse cannot be read, or has no such snapshot.
    ContractError
        No such policy.
    GenerationError
        Too little to learn from, of what may be used; says why.
    """
    from pipelines.generator.keeping import keep

    _needs_torch()
    started = datetime.now(UTC)
    catalogue = None
    if request.kind == "audio" or has_warehouse(settings):
        catalogue = read_catalogue(
            settings, request.as_of, request.policy, request.allow_unknown_rights
        )
    settings.home_path.mkdir(parents=True, exist_ok=True)
    # Beside the models, not in /tmp: ten thousand recordings are some gigabytes of spectra.
    with tempfile.TemporaryDirectory(prefix=".training-", dir=settings.home_path) as folder:
        rows = _gathered(settings, request, catalogue, Path(folder) / "rows.parquet", progress)
        manifest, training = _learned(request, rows, catalogue, progress)
        kept = keep(settings, training.weights, manifest, started, _parameters(request))
    seconds = (kept.ended - started).total_seconds()
    skipped = dict(catalogue.skipped) if catalogue else {}
    return GeneratorTrained(kept.path, manifest, seconds, skipped, training.losses)


def _needs_torch() -> None:
    from importlib.util import find_spec

    from schemas.errors import MissingExtraError

    if find_spec("torch") is None:
        raise MissingExtraError("training a generator", "engines")


def _gathered(
    settings: Settings,
    request: GeneratorRequest,
    catalogue: Catalogue | None,
    path: Path,
    progress: Progress,
) -> RowReader:
    """All that is learned from, in one file."""
    from pipelines.generator import library, recordings, scores
    from pipelines.generator.rows import RowReader, RowWriter

    def told(share: float, what: str) -> None:
        progress(0.1 + 0.4 * share, what)

    def told_first(share: float, what: str) -> None:
        progress(0.1 * share, what)

    with RowWriter(path) as writer:
        if request.kind == "audio":
            assert catalogue is not None
            for source, clip in recordings.rows(settings, catalogue, told):
                writer.add(source, clip)
        else:
            if catalogue is not None:
                for source, example in scores.rows(catalogue, told_first):
                    writer.add(source, example)
            first = request.seed * 1_000_000
            numbers = range(first, first + request.library)
            workers = min(settings.worker_count, cores())
            for source, example in library.rows(numbers, workers, told):
                writer.add(source, example)
    pieces = {source.piece for source in RowReader(path).sources()}
    if len(pieces) < MINIMUM_PIECES:
        raise GenerationError(_too_little(request, len(pieces), catalogue))
    return RowReader(path, request.seed)


def _too_little(request: GeneratorRequest, pieces: int, catalogue: Catalogue | None) -> str:
    """Why there is too little, and what would help."""
    what = "recordings" if request.kind == "audio" else "pieces"
    said = f"{pieces} {what} to learn from, and at least {MINIMUM_PIECES} are needed"
    if catalogue is None:
        return f"{said}: there is no warehouse, and --library is {request.library}"
    admission = catalogue.admission
    out = "; ".join(f"{n} {reason}" for reason, n in list(admission.left_out.items())[:3])
    skipped = "; ".join(f"{n} {reason}" for reason, n in catalogue.skipped.items())
    unknown = admission.counts.get(Ground.UNKNOWN, 0)
    switch = (
        f" --allow-unknown-rights lets in the {unknown} whose licence is unknown."
        if unknown
        else ""
    )
    return (
        f"{said}: policy {admission.policy} lets {admission.allowed} of {admission.tracks} tracks "
        f"train. Left out: {out or 'none'}. Not usable: {skipped or 'none'}.{switch}"
    )


def _learned(
    request: GeneratorRequest, rows: RowReader, catalogue: Catalogue | None, progress: Progress
) -> tuple[Manifest, Training]:
    from pipelines.generator.learning import learn_notes, learn_sound

    def told(share: float, what: str) -> None:
        progress(0.5 + 0.5 * share, what)

    learn = learn_sound if request.kind == "audio" else learn_notes
    return learn(request, rows, catalogue, told)


def _parameters(request: GeneratorRequest) -> dict[str, object]:
    as_of = None if request.as_of is None else str(request.as_of)
    return asdict(request) | {"as_of": as_of}
