"""Which function measures which feature.

`@measures("name")` claims a feature, and says which frame statistics and accumulators
(`pipelines.features.accumulate`) it reads, so that one pass over the audio collects all of them;
`@shared` makes an intermediate that is computed once per track.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec
from schemas.protocols import Value

if TYPE_CHECKING:
    from pipelines.features.accumulate import Use
    from pipelines.features.analysis import Analysis

Result = TypeVar("Result")
MeasureFunction = Callable[["Analysis"], Value]
EXTRACTOR = "wordtone"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One feature's function and its null rules.

    Attributes
    ----------
    uses : frame statistics (by name) and accumulators (by class) that it reads
    minimum_s : shortest audio that the feature is defined for; below it, the value is TOO_SHORT
    needs_sound : whether silence has no value (SILENT)
    """

    name: str
    function: MeasureFunction
    uses: tuple[Use, ...]
    minimum_s: float
    needs_sound: bool


_MEASUREMENTS: dict[str, dict[str, Measurement]] = {}


def measures(
    name: str,
    *,
    uses: Sequence[Use] = (),
    minimum_s: float = 0.0,
    needs_sound: bool = True,
    extractor: str = EXTRACTOR,
) -> Callable[[MeasureFunction], MeasureFunction]:
    """Claim the feature `name` for the decorated function of one `Analysis`.

    The function returns a float, a tuple of floats for a vector feature (short ones are filled
    with None), or the NullReason why there is no value. `extract` checks what it returns.

    Raises
    ------
    ContractError
        When another function of the same extractor has claimed `name`.
    """

    def register(function: MeasureFunction) -> MeasureFunction:
        claimed = _MEASUREMENTS.setdefault(extractor, {})
        if name in claimed:
            other = claimed[name].function
            raise ContractError(
                f"feature {name!r}: measured by {_where(other)} and by {_where(function)}; "
                "one function may measure it"
            )
        claimed[name] = Measurement(name, function, tuple(uses), minimum_s, needs_sound)
        return function

    return register


def shared(function: Callable[[Analysis], Result]) -> Callable[[Analysis], Result]:
    """Compute an intermediate once per `Analysis`, whichever features ask for it."""

    @functools.wraps(function)
    def once(analysis: Analysis) -> Result:
        if function not in analysis.memory:
            analysis.memory[function] = function(analysis)
        return analysis.memory[function]  # type: ignore[return-value]  # stored just above

    return once


def forget(analysis: Analysis, function: Callable[[Analysis], Result]) -> None:
    """Let go of what a `@shared` function has returned; who asks again has it computed again."""
    analysis.memory.pop(getattr(function, "__wrapped__", function), None)


def measurements(
    extractor: str = EXTRACTOR, features: Iterable[FeatureSpec] = FEATURES
) -> dict[str, Measurement]:
    """Every measurement of `extractor` by feature name, after loading this whole package.

    Where another extractor than our own has no function for a feature, ours stands in; the null
    rules are ours throughout.

    Raises
    ------
    ContractError
        A function claims a name that `features` does not list, or a feature that is to be measured
        has no function.
    """
    _load_package()
    if extractor not in _MEASUREMENTS:
        known = ", ".join(sorted(_MEASUREMENTS))
        raise ContractError(f"extractor: {extractor!r}; valid: {known}")
    claimed = dict(_MEASUREMENTS[EXTRACTOR])
    if extractor != EXTRACTOR:
        for name, other in _MEASUREMENTS[extractor].items():
            rules = claimed.get(name, other)
            claimed[name] = dataclasses.replace(rules, function=other.function, uses=other.uses)
    listed = {spec.name: spec for spec in features}
    for name, measurement in claimed.items():
        if name not in listed:
            raise ContractError(
                f"{_where(measurement.function)} measures {name!r}, "
                "which schemas/features.py does not list"
            )
    if missing := [
        s.name for s in listed.values() if s.how == "measured" and s.name not in claimed
    ]:
        raise ContractError(
            f"no function measures {', '.join(missing)}: decorate one in pipelines/features/ with "
            f'@measures("{missing[0]}")'
        )
    return claimed


@functools.cache
def _load_package() -> None:
    import pipelines.features

    for module in pkgutil.walk_packages(pipelines.features.__path__, "pipelines.features."):
        importlib.import_module(module.name)


def _where(function: MeasureFunction) -> str:
    return f"{function.__module__}.{function.__qualname__}"
