"""An earlier generation changed: in part, by words, longer, or blended with another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generation.around.keeping import Kept
from generation.contract import Application, Generated, Generator, Progress, silent
from schemas.answers import ConditioningVector, Vector
from schemas.conditioning import ConditioningRequest, FeatureCondition
from schemas.control import FeatureChange, Refinement
from schemas.errors import InputError
from schemas.features import feature
from schemas.generation import EngineManifest
from schemas.parts import Edit, Lock, Prompt, Region, Source
from schemas.scales import normalise
from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

_COLUMNS = ("values", "low", "high", "confidence")
"""Columns of a Vector that a condition fills, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of a piece; the fields of `schemas.parts.Edit`, and more.

    Attributes
    ----------
    words : as `wordtone refine` takes them: "darker, not slower"
    locks : what stays when words move the rest
    vary : draw all stems anew: the same style, tempo and key, other notes
    length_s : go on to this length
    """

    words: str | None = None
    locks: tuple[str, ...] = ()
    keep_stems: tuple[str, ...] = ()
    regenerate_stems: tuple[str, ...] = ()
    keep_regions: tuple[Region, ...] = ()
    regenerate_regions: tuple[Region, ...] = ()
    vary: bool = False
    length_s: float | None = None


def edited(
    settings: Settings, kept: Kept, change: Change, model_id: str | None = None
) -> ConditioningRequest:
    """The request that makes the change.

    Words are read by the mapping on the vector that the piece was made of; what they leave alone
    is not asked again, so that an engine which can keep notes keeps them.

    Raises
    ------
    InputError
        When nothing is to change, the change contradicts itself, or there is no vector that words
        could move.
    """
    result = kept.result
    stems = change.regenerate_stems
    if change.vary:
        if stems or change.keep_stems:
            raise InputError("--vary draws all stems anew; name none to keep or regenerate")
        stems = tuple(file.stem for file in result.audio if file.stem)
        if not stems:
            raise InputError(f"--vary: {result.provenance.engine} gave a mix alone")
    edit = Edit(
        generation_id=result.generation_id,
        keep_stems=change.keep_stems,
        regenerate_stems=stems,
        keep_regions=change.keep_regions,
        regenerate_regions=change.regenerate_regions,
    )
    named = (edit.keep_stems, edit.regenerate_stems, edit.keep_regions, edit.regenerate_regions)
    if not any(named) and change.words is None and change.length_s is None:
        raise InputError("edit: say what is to change: WORDS, --regenerate, --vary, --length …")
    base = result.request
    if change.words is not None:
        base = _moved(settings, kept, change, model_id)
    update: dict[str, Any] = {"edit": edit, "seed": None, "candidates": 1}
    if change.length_s is not None:
        update["duration_s"] = change.length_s
    return base.model_copy(update=update)


def _moved(
    settings: Settings, kept: Kept, change: Change, model_id: str | None
) -> ConditioningRequest:
    """What words make of the vector that the piece was made of."""
    mapping = compose.load_mapping(settings, model_id)
    return _what_moved(kept, refinement(mapping, kept, change))


def refinement(mapping: Model, kept: Kept, change: Change) -> Refinement:
    """What the words of a change make of the vector of a piece, before anything is generated.

    Raises InputError when there is no vector that words could move, or nothing that they move.
    """
    before = kept.vector()
    if before is None:
        raise InputError(
            f"{kept.result.generation_id}: made of a request, which no words move; change the "
            "request, and hand it in with its field `edit`"
        )
    return mapping.refine(before, change.words or "", change.locks)


def vector_after(before: ConditioningVector, request: ConditioningRequest) -> ConditioningVector:
    """The vector of an edited piece, so that words can move it on: the earlier piece's, with what
    the edit asked in its place."""
    update = {name: getattr(request, name) for name in ConditioningRequest.model_fields}
    update["features"] = before.features | request.features
    if before.prompt.for_engine is not None:
        # The request has the anonymous text alone; names stay with us.
        update["prompt"] = before.prompt.model_copy(update={"for_engine": request.prompt.text})
        update["references"] = before.references
    return before.model_copy(update={**update, "vector": _numbers(before.vector, request)})


def _numbers(before: Vector, request: ConditioningRequest) -> Vector:
    """With the places of what the request asks; all else stays."""
    columns = {name: list(getattr(before, name)) for name in _COLUMNS}
    for i, name in enumerate(before.names):
        asked = request.features.get(name)
        if asked is None or asked.value is None:
            continue
        q = asked.quantiles
        low, high = (q.p05, q.p95) if q else (asked.low, asked.high)
        ends = (asked.value if end is None else end for end in (low, high))
        placed = (normalise(feature(name), value) for value in (asked.value, *ends))
        row = (*placed, asked.confidence)
        for column, value in zip(_COLUMNS, row, strict=True):
            columns[column][i] = value
    return before.model_copy(update={name: tuple(values) for name, values in columns.items()})


def _what_moved(kept: Kept, refinement: Refinement) -> ConditioningRequest:
    """What the words ask for, counted from what was heard, and what must be met anyway.

    "Darker" is darker than the piece is, however far that was from what had been asked of it.
    """
    request = refinement.vector.to_request()
    heard = {one.feature: one.measured for one in kept.result.features}
    features = {name: one for name, one in request.features.items() if one.lock is Lock.HARD}
    for moved in refinement.changes:
        if moved.why.startswith("asked"):
            start = heard.get(moved.feature)
            start = start if isinstance(start, float) else moved.before
            features[moved.feature] = FeatureCondition(
                value=_moved_from(start, moved),
                unit=feature(moved.feature).unit,
                source=Source.USER,
                confidence=1.0,
                lock=Lock.SOFT,
            )
    return request.model_copy(update={"features": features})


def _moved_from(start: float, moved: FeatureChange) -> float:
    """`start` changed as the feature was changed, on its scale, and within its range."""
    spec = feature(moved.feature)
    logarithmic = spec.scale == "log2" and moved.before > 0 and start > 0
    shifted = (
        start * moved.after / moved.before if logarithmic else start + moved.after - moved.before
    )
    return min(spec.maximum, max(spec.minimum, shifted))


class Inheriting:
    """An engine whose edits keep what they do not touch: tempo, key and the like come from before.

    What the engine says nothing of and can set at all counts as set, for the earlier piece had it.
    """

    def __init__(self, engine: Generator) -> None:
        self._engine = engine

    @property
    def manifest(self) -> EngineManifest:
        return self._engine.manifest

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        made = self._engine.generate(request, seed, progress)
        applied = dict(made.applied)
        for name in (*request.features, "key"):
            parameter = self.manifest.takes(name)
            if name not in applied and parameter is not None:
                applied[name] = Application(parameter.applied, note="as in the piece before")
        return replace(made, applied=applied)


class Blending:
    """A generator of pieces between two that the embedded engine made."""

    def __init__(self, first: Kept, second: Kept, share: float) -> None:
        from generation.sequencer.engine import Embedded

        if not 0 <= share <= 1:
            raise InputError(f"--share {share:g}: valid is 0 (the first) … 1 (the second)")
        self._engine = Embedded()
        self._first: Mapping[str, Any] = first.result.recipe
        self._second: Mapping[str, Any] = second.result.recipe
        self._parents = (first.result.generation_id, second.result.generation_id)
        self._share = share

    @property
    def manifest(self) -> EngineManifest:
        return self._engine.manifest

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        """See `generation.contract.Generator`; the request is not read."""
        made = self._engine.blend(self._first, self._second, self._share, seed)
        progress(1.0, "blended")
        return replace(made, parents=self._parents)


def blended(first: Kept, second: Kept, share: float) -> tuple[ConditioningRequest, Generator]:
    """What to ask, and what to ask it of, for a piece between two.

    Raises InputError when one of them is not the embedded engine's, or the share is out of range.
    """
    for kept in (first, second):
        if kept.result.provenance.engine != "embedded":
            raise InputError(
                f"{kept.result.generation_id}: made by {kept.result.provenance.engine}; only "
                "pieces of the embedded engine can be blended"
            )
    texts = [kept.result.request.prompt.text for kept in (first, second)]
    request = ConditioningRequest(prompt=Prompt(text=f"between “{texts[0]}” and “{texts[1]}”"))
    return request, Blending(first, second, share)
