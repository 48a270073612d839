"""The embedded engine: a request becomes a piece by rule, with true stems, MIDI and a recipe.

    request ─planning─▶ plan ─making─▶ score, stems, mix ─▶ Generated
            ─editing──▶ layers over an earlier recipe ─────▶

It needs no weights, GPU or network. The same request and seed give the same samples on the same
machine and the same installed sounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from generation.contract import Generated, Progress, silent
from generation.sequencer import presets
from generation.sequencer.controlling.making import make
from generation.sequencer.editing import assembling, requesting
from generation.sequencer.editing.blending import between
from generation.sequencer.editing.recipe import Layer, Recipe, read_recipe
from generation.sequencer.manifest import MANIFEST
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.ordering import Ordered, order_for
from schemas.conditioning import ConditioningRequest
from schemas.errors import InputError
from schemas.generation import EngineManifest

Recall = Callable[[str], Mapping[str, Any]]
"""Generation id → the recipe of that result. Raises InputError when there is none."""


class Embedded:
    """Generator "embedded".

    Parameters
    ----------
    recall : finds the recipe of an earlier result, for `request.edit`
    preset : id of presets.toml, which fills in what a request leaves open; None: the prompt may
        name one
    sounds : "bank": sampled sounds where they are installed; "own": voices of our own alone
    """

    def __init__(
        self,
        recall: Recall | None = None,
        preset: str | None = None,
        sounds: Literal["bank", "own"] = "bank",
    ) -> None:
        self._recall = recall
        self._preset = presets.preset(preset) if preset is not None else None
        self._sounds: Literal["bank", "own"] = sounds

    @property
    def manifest(self) -> EngineManifest:
        return MANIFEST

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        """See `generation.contract.Generator`; an edit keeps what it does not name bit-identical.

        Raises
        ------
        InputError
            When the request names a style, scale or edit that cannot be.
        """
        log = Log()
        if request.edit is not None:
            base = self._recipe(request.edit.generation_id)
            recipe = requesting.edited(base, request, seed, log)
            parents = (request.edit.generation_id,)
            return assembling.generated(recipe, seed, log, parents=parents, progress=progress)
        used = self._preset or presets.find_preset(request.prompt.text)
        ordered = order_for(request, seed, log, used, own_sounds=self._sounds == "own")
        return self._made(ordered, seed, log, progress)

    def blend(
        self, first: Mapping[str, Any], second: Mapping[str, Any], share: float, seed: int
    ) -> Generated:
        """A piece between two: `share` 0 is the first's recipe, 1 the second's."""
        log = Log()
        recipe = between(read_recipe(first), read_recipe(second), share, log)
        return assembling.generated(recipe, seed, log)

    def replay(self, recipe: Mapping[str, Any], seed: int = 0) -> Generated:
        """The piece of a recipe again, sample for sample."""
        return assembling.generated(read_recipe(recipe), seed, Log())

    def _made(self, ordered: Ordered, seed: int, log: Log, progress: Progress) -> Generated:
        made = make(ordered.order, progress)
        ordered.tell(made.aims, log)
        layer = Layer(plan=made.plan, mixing=made.mixing, length_s=ordered.order.length_s)
        recipe = Recipe(layers=(layer,), sounds=self._sounds)
        return assembling.packed(recipe, made.score, made.rendered, seed, log)

    def _recipe(self, generation_id: str) -> Recipe:
        if self._recall is None:
            raise InputError(
                f"edit.generation_id: {generation_id!r}: this engine was made without earlier "
                "results to edit"
            )
        return read_recipe(self._recall(generation_id))
