"""Rows of what wordtone did: runs, trained models, prompts, generations and their reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.columns import column


class RunState(StrEnum):
    """A run is written once when it ends; `interrupted` when it was stopped by hand."""

    COMPLETED = "completed"
    NOTHING_TO_DO = "nothing_to_do"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    run: str = column("id of the run", key=True)
    flow: str = column("name of the flow")
    state: RunState = column("how it ended")
    started_at: datetime = column("start")
    ended_at: datetime = column("end")
    parameters: str = column("JSON")
    counts: str = column("JSON: outcome → number of inputs")
    message: str = column("one line for a person")
    version: str = column("version of wordtone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    model_id: str = column("id of the mapping artefact", key=True)
    kind: str = column("mapping, generator, …")
    path: str = column("folder of the artefact")
    snapshot: int = column("warehouse snapshot it was trained on", minimum=0)
    encoder: str = column("id of the text encoder")
    features: list[str] = column("target features, in vector order")
    metrics: str = column("JSON: evaluation figures")
    manifest_hash: str = column("BLAKE2b-128 of the manifest, hex")
    parent: str | None = column("model that was current when it was trained", default=None)
    trained_tracks: int | None = column("tracks it learned from", minimum=0, default=None)
    code: str | None = column("version of wordtone that trained it", default=None)
    config: str | None = column("JSON: choices of the training", default=None)
    data: str | None = column("JSON: policy, rights verdicts, scales of features", default=None)


class PromotionAction(StrEnum):
    """What became of a model: in use, refused by the gate, or the one before it in use again."""

    PROMOTED = "promoted"
    FORCED = "forced"
    ADOPTED = "adopted"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRow:
    promotion_id: str = column("id; ids sort by time", key=True)
    kind: str = column("mapping, generator, …")
    model_id: str = column("the model; after a rollback the one in use again")
    previous: str | None = column("model in use before", default=None)
    action: PromotionAction = column("what was done")
    gate: str = column("JSON: comparison with the model before")
    note: str | None = column("a person's reason", default=None)
    decided_at: datetime = column("when")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRow:
    prompt_id: str = column("id", key=True)
    text: str = column("the prompt, stored with consent only")
    language: str | None = column("BCP 47", default=None)
    vector: str = column("JSON: the conditioning vector it gave")
    model_id: str | None = column("mapping that answered", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRow:
    generation_id: str = column("id", key=True)
    prompt_id: str | None = column("prompt it answers", default=None)
    engine: str = column("engine")
    weights_id: str | None = column("weights, null for the embedded engine", default=None)
    weights_licence: str | None = column("licence of the weights", default=None)
    request: str = column("JSON: ConditioningRequest")
    result: str = column("JSON: GenerationResult")
    track_id: str | None = column("the audio, when it was ingested", default=None)


class Heard(StrEnum):
    """How a listener hears a feature, against what was asked for."""

    HIGHER = "higher"
    LOWER = "lower"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    review_id: str = column("id", key=True)
    generation_id: str = column("what was reviewed")
    reviewer: str = column("a listener, or `extractor`")
    feature: str | None = column("feature judged, null for the whole", default=None)
    asked: float | None = column("value asked for", default=None)
    measured: float | None = column("value found", default=None)
    hit: bool | None = column("within the tolerance", default=None)
    rating: float | None = column("0 … 1", minimum=0, maximum=1, default=None)
    note: str | None = column("in words", default=None)
    heard: Heard | None = column("a listener's word on the feature, against asked", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """A listener heard two generations and chose one, or neither; choosing again replaces it."""

    comparison_id: str = column("from listener, criterion and the pair", key=True)
    winner: str = column("generation that was chosen")
    loser: str = column("generation that was not")
    reviewer: str = column("a listener")
    criterion: str = column("what was compared: overall, follows the prompt, …")
    note: str | None = column("in words", default=None)
    tied: bool | None = column("true: neither; then winner and loser say nothing", default=None)
