"""The recipe of a piece: all that is needed to make it again, sample for sample, and to edit it.

A recipe is a stack of layers. The lowest is a whole piece; each above it replaces some stems or
spans of what lies below, or goes on from its end. Edits add a layer and leave those below alone, so
that what is kept stays bit-identical. It is JSON: {"format", "version", "layers": [...]}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from generation.sequencer.plan import STEMS, Plan
from generation.sequencer.synthesis.mixing import Mixing
from schemas.errors import InputError

FORMAT: Literal["wordtone.embedded"] = "wordtone.embedded"
VERSION: Literal[1] = 1
MOST_LAYERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One rendering, and what of it is heard.

    Attributes
    ----------
    length_s : of the whole rendering
    stems : those it replaces; empty: all
    spans_s : (start, end) in seconds of the piece below that it replaces; empty: all
    follows : it begins where the bars of the piece below end, and replaces nothing
    """

    plan: Plan
    mixing: Mixing
    length_s: float
    stems: tuple[str, ...] = ()
    spans_s: tuple[tuple[float, float], ...] = ()
    follows: bool = False

    @property
    def whole(self) -> bool:
        """It hides all that lies below."""
        return not (self.stems or self.spans_s or self.follows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`sounds` is what may be played: the installed bank where there is one, or own voices only."""

    layers: tuple[Layer, ...]
    sounds: Literal["bank", "own"] = "bank"
    format: Literal["wordtone.embedded"] = field(default=FORMAT)
    version: Literal[1] = VERSION

    @property
    def top(self) -> Layer:
        return self.layers[-1]

    def over(self, layer: Layer) -> Recipe:
        """With one more layer; those that it hides are dropped."""
        below = () if layer.whole else self.layers
        return Recipe(layers=(*below, layer), sounds=self.sounds)


_ADAPTER: TypeAdapter[Recipe] = TypeAdapter(Recipe)


def as_json(recipe: Recipe) -> dict[str, Any]:
    """Plain JSON values."""
    found: dict[str, Any] = _ADAPTER.dump_python(recipe, mode="json")
    return found


def read_recipe(data: Mapping[str, Any]) -> Recipe:
    """The reverse of `as_json`.

    Raises
    ------
    InputError
        When it is another engine's, of another version, or damaged: names the field.
    """
    if data.get("format") != FORMAT:
        raise InputError(
            f"recipe.format: {data.get('format')!r}; only pieces of the embedded engine "
            f"({FORMAT!r}) can be edited by it"
        )
    if data.get("version") != VERSION:
        raise InputError(f"recipe.version: {data.get('version')!r}; this version reads {VERSION}")
    try:
        recipe = _ADAPTER.validate_python(dict(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"recipe.{where}: {first['msg']}") from error
    if unknown := _unknown(dict(data), as_json(recipe)):
        raise InputError(f"recipe.{unknown}: unknown field")
    _check(recipe)
    return recipe


def _unknown(given: Any, known: Any, where: str = "") -> str | None:
    """Path of the first key of `given` that `known` lacks; None when there is none."""
    if isinstance(given, Mapping) and isinstance(known, Mapping):
        for key, value in given.items():
            path = f"{where}.{key}" if where else str(key)
            if str(key) not in known:
                return path
            if found := _unknown(value, known[str(key)], path):
                return found
    elif isinstance(given, list | tuple) and isinstance(known, list):
        for index, (one, other) in enumerate(zip(given, known, strict=False)):
            if found := _unknown(one, other, f"{where}.{index}"):
                return found
    return None


def _check(recipe: Recipe) -> None:
    if not 1 <= len(recipe.layers) <= MOST_LAYERS:
        raise InputError(f"recipe.layers: {len(recipe.layers)}; valid is 1 … {MOST_LAYERS}")
    if not recipe.layers[0].whole:
        raise InputError("recipe.layers.0: must be a whole piece, without stems, spans or follows")
    for index, layer in enumerate(recipe.layers):
        where = f"recipe.layers.{index}"
        plan = layer.plan
        checks = (
            ("length_s", layer.length_s, 0 < layer.length_s <= 3600, "above 0, at most 3600"),
            ("stems", layer.stems, set(layer.stems) <= set(STEMS), ", ".join(STEMS)),
            ("spans_s", layer.spans_s, all(0 <= a < b for a, b in layer.spans_s), "start < end"),
            ("plan.bars", plan.bars, 1 <= plan.bars <= 4096, "1 … 4096"),
            ("plan.tempo_bpm", plan.tempo_bpm, 30 <= plan.tempo_bpm <= 300, "30 … 300"),
            ("plan.density", plan.density, 0 <= plan.density <= 1, "0 … 1"),
            ("plan.intensity", plan.intensity, 0 <= plan.intensity <= 1, "0 … 1"),
            ("plan.tonic", plan.tonic, 0 <= plan.tonic <= 11, "0 … 11"),
        )
        for field_name, value, ok, valid in checks:
            if not ok:
                raise InputError(f"{where}.{field_name}: {value!r}; valid is {valid}")
