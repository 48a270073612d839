"""Train: from one snapshot of the warehouse to a saved mapping and its row in `models`."""

from __future__ import annotations

from collections.abc import Mapping as Mappings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.current_model import named_current
from pipelines.keeping import Making, keep
from pipelines.registry.promotion import Promotion
from pipelines.running import recorded
from schemas.errors import MappingError
from schemas.protocols import TrainingExample
from schemas.rights import DEFAULT_POLICY, Admission, Ground
from schemas.settings import Settings
from warehouse.gate import load_policy
from warehouse.location import Location
from warehouse.pooling import Pooled
from warehouse.reader import WarehouseReader

if TYPE_CHECKING:
    from mapping.model import Mapping


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train on and with.

    Attributes
    ----------
    as_of : a snapshot or a time
    encoder : as `load_encoder` takes it
    policy : name of the policy whose licences may train
    allow_unknown_rights : let in tracks whose licence nobody has stated or nobody understands
    promote : put the mapping in use where it is no worse than the current one
    prior : let the starter answer where the catalogue has little to say
    """

    as_of: int | datetime | None = None
    encoder: str = "minilm"
    seed: int = 0
    policy: str = DEFAULT_POLICY
    allow_unknown_rights: bool = False
    promote: bool = True
    prior: bool = True


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained mapping, where it was saved, what it was trained on, and whether it is in use."""

    mapping: Mapping
    path: Path
    snapshot: int
    tracks: int
    seconds: float
    admission: Admission
    promotion: Promotion | None


def train(settings: Settings, request: TrainRequest) -> Trained:
    """Learn the mapping from the catalogue as of `request.as_of` and keep it.

    Raises
    ------
    WarehouseError, SnapshotNotFound
        No warehouse, or no such snapshot.
    ContractError
        No such policy.
    MappingError
        Too little to learn from, of what may be used; EncoderError when the encoder cannot be
        loaded.
    """
    from mapping.encoder import load_encoder
    from mapping.learning.config import TrainConfig
    from mapping.model import Mapping

    started = datetime.now(UTC)
    with recorded(settings, "train", [f"policy {request.policy}"], unit="tracks") as shown:
        shown.stage("reading the catalogue")
        read = read_examples(settings, request)
        shown.stage(f"learning from {len(read.examples)} tracks")
        encoder = load_encoder(request.encoder, settings.encoder_path)
        config = TrainConfig(seed=request.seed, prior=request.prior)
        mapping = Mapping.train(read.examples, encoder, config, read.snapshot)
    mapping.manifest = replace(mapping.manifest, data=read.data)
    parameters = {
        "encoder": request.encoder,
        "seed": request.seed,
        "policy": request.policy,
        "allow_unknown_rights": request.allow_unknown_rights,
        "promote": request.promote,
        "prior": request.prior,
    }
    parent = named_current(settings)
    kept = keep(settings, mapping, Making("train", started, parameters, parent, request.promote))
    return Trained(
        mapping,
        kept.path,
        read.snapshot,
        len(read.examples),
        (kept.ended - started).total_seconds(),
        read.admission,
        kept.promotion,
    )


@dataclass(frozen=True, slots=True)
class Read:
    """Examples of one snapshot that the policy lets in; `data` is what the manifest keeps of it."""

    examples: Sequence[TrainingExample]
    snapshot: int
    admission: Admission
    data: dict[str, object]


def read_examples(settings: Settings, request: TrainRequest) -> Read:
    """What may be learned from, as of `request.as_of`. Raises as `train` does."""
    location = Location.from_settings(settings)
    policy = replace(load_policy(request.policy), allow_unknown=request.allow_unknown_rights)
    reader = WarehouseReader(location, as_of=request.as_of, policy=policy)
    examples = reader.training_examples()
    admission = reader.admission
    assert admission is not None
    _check_enough(examples, admission)
    data: dict[str, object] = {"rights": asdict(admission), "pooling": _plain(reader.left_out)}
    return Read(examples, reader.snapshot, admission, data)


def _check_enough(examples: Sequence[TrainingExample], admission: Admission) -> None:
    """Where the gate is why there is too little to learn from, say so and name the switch."""
    from mapping.learning.config import MINIMUM_TRACKS

    left_out = admission.tracks - admission.allowed
    if not left_out or sum(bool(e.text.strip()) for e in examples) >= MINIMUM_TRACKS:
        return
    unknown = admission.counts.get(Ground.UNKNOWN, 0)
    reasons = "; ".join(f"{n} {reason}" for reason, n in list(admission.left_out.items())[:3])
    switch = (
        f" --allow-unknown-rights lets in the {unknown} whose licence is unknown."
        if unknown
        else ""
    )
    raise MappingError(
        f"policy {admission.policy} lets {admission.allowed} of {admission.tracks} tracks train, "
        f"and at least {MINIMUM_TRACKS} with words are needed. Left out: {reasons}. "
        f"`wordtone rights` shows them.{switch}"
    )


def _plain(pooling: Mappings[str, Pooled]) -> dict[str, object]:
    return {name: asdict(pooled) for name, pooled in pooling.items()}
