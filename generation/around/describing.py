"""A piece and its verdicts as the GenerationResult of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from generation.around.candidates import Made
from generation.around.keeping import MIDI, files_of
from schemas.answers import ModelInfo
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, GenerationResult, Provenance
from schemas.ids import new_id

_LENGTH_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: the mapping that answered, and tracks its answer rests on."""

    model: ModelInfo | None = None
    source_tracks: tuple[str, ...] = ()


def describe(
    manifest: EngineManifest,
    request: ConditioningRequest,
    made: Made,
    version: str,
    origin: Origin | None = None,
) -> GenerationResult:
    """The result under a new id. `version` is that of the program: "wordtone 0.1.0"."""
    origin = origin or Origin()
    piece = made.piece
    now = datetime.now(UTC)
    return GenerationResult(
        generation_id=new_id(now),
        request=request,
        audio=files_of(made),
        midi_path=None if piece.midi is None else MIDI,
        features=made.features,
        ignored=piece.ignored,
        notes=(*piece.notes, *made.notes, *_length(request, made)),
        weights=piece.weights,
        seed=piece.seed,
        stem_seeds=dict(piece.stem_seeds),
        candidates=made.candidates,
        recipe=dict(piece.recipe),
        provenance=Provenance(
            engine=manifest.engine,
            engine_version=version,
            created_at=now.isoformat(timespec="seconds"),
            model=origin.model,
            source_tracks=origin.source_tracks,
            parents=piece.parents,
        ),
    )


def _length(request: ConditioningRequest, made: Made) -> tuple[str, ...]:
    asked, got = request.duration_s, made.piece.mix.duration_s
    if asked is None or abs(got - asked) <= _LENGTH_SHARE * asked:
        return ()
    return (f"length: {asked:.1f} s asked, {got:.1f} s made",)
