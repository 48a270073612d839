"""A payload: one request as the arguments of one generator, with an account of every part of it.

    MANIFEST (names, units, ranges) ─▶ Draft(MANIFEST, request) ─▶ Payload

A builder is a module of this package with MANIFEST and `build(request) -> Payload`. Whatever it
puts in is checked against the manifest there and then: a name that is not declared, a word that is
not among the valid ones or an array of another shape is a fault of ours and an AssertionError in
the tests; a number beyond the range is clamped and reported. What the request asks and the builder
did not claim is listed as ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.around import asking
from generation.around.rewriting import Phrasing, rewrite
from generation.around.words import MOODS
from generation.contract import Application
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied, Lock

Array = npt.NDArray[Any]
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Clamped:
    """`what` was asked as `asked` and could only be aimed at as `aimed`."""

    what: str
    asked: float | str
    aimed: float | str

    def __str__(self) -> str:
        return f"{self.what}: {_shown(self.asked)} → {_shown(self.aimed)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a generator is called with.

    Attributes
    ----------
    engine : id of the manifest
    call : the generator's own name → a value that JSON knows
    arrays : the generator's own name → array; shapes and units are in the manifest's notes
    applied : feature, or "key" → how it is conveyed and what is aimed for
    clamped : what was asked beyond what the generator takes
    ignored : features and parts of the request that the generator cannot be told
    """

    engine: str
    call: Mapping[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)
    applied: Mapping[str, Application] = field(default_factory=dict)
    clamped: tuple[Clamped, ...] = ()
    ignored: tuple[str, ...] = ()

    def to_json(self, *, arrays: bool = True) -> str:
        """The payload as JSON; arrays as nested lists, or (False) as their shape and type."""
        shown = {
            "engine": self.engine,
            "call": dict(self.call),
            "arrays": {
                name: _plain(array) if arrays else f"{array.dtype} {list(array.shape)}"
                for name, array in self.arrays.items()
            },
            "applied": {
                name: {"applied": one.applied, "aimed": one.aimed, "note": one.note}
                for name, one in self.applied.items()
            },
            "clamped": [str(one) for one in self.clamped],
            "ignored": list(self.ignored),
        }
        return json.dumps(shown, ensure_ascii=False, indent=2)


class Draft:
    """A payload while it is put together."""

    def __init__(self, manifest: EngineManifest, request: ConditioningRequest) -> None:
        self.manifest = manifest
        self.request = request
        self._call: dict[str, Any] = {}
        self._arrays: dict[str, Array] = {}
        self._applied: dict[str, Application] = {}
        self._clamped: list[Clamped] = []
        self._claimed: set[str] = set()
        self._wordy = False

    def number(self, takes: str, value: float, *, whole: bool = False, scale: float = 1.0) -> float:
        """Hand on a number by the parameter that takes `takes`, clamped to its range.

        `takes` is a feature, or a part of the request such as "duration_s"; `scale` is how many of
        the generator's units make one of the request's. Returns what is aimed for, in the
        request's unit; rounding is no clamp, but is told as what is aimed for.
        """
        parameter = self._parameter(takes)
        wished = value * scale
        low, high = parameter.minimum, parameter.maximum
        inside = wished if low is None else max(low, wished)
        inside = inside if high is None else min(high, inside)
        given = round(inside) if whole else inside
        aimed = float(given / scale)
        if inside != wished:
            self._clamped.append(Clamped(takes, value, aimed))
        self._call[parameter.name] = given
        self._claim(takes, parameter, aimed)
        return aimed

    def word(self, takes: str, value: str, aimed: str | None = None) -> None:
        """Hand on one of the parameter's words, or any text where it lists none.

        `aimed` is what that means in the request's terms, where the generator spells it otherwise.
        """
        parameter = self._parameter(takes)
        assert not parameter.values or value in parameter.values, (parameter.name, value)
        self._call[parameter.name] = value
        self._claim(takes, parameter, aimed or value)

    def option(self, name: str, value: Any) -> None:
        """A parameter by its own name: a choice of the builder, such as the task."""
        parameter = next(p for p in self.manifest.parameters if p.name == name)
        assert not parameter.values or value in parameter.values, (name, value)
        self._call[name] = value

    def array(self, takes: str, value: Array) -> None:
        parameter = self._parameter(takes)
        self._arrays[parameter.name] = value
        aimed = self._aim(takes) if takes in self.request.features else None
        self._claim(takes, parameter, aimed)

    def claim(self, what: str, applied: Applied, note: str = "") -> None:
        """Say that a part of the request is conveyed by other means than a parameter of its own."""
        self._claimed.add(what)
        if what in self.request.features or what == "key":
            self._applied[what] = Application(applied, self._aim(what), note)

    def clamp(self, what: str, asked: float | str, aimed: float | str) -> None:
        self._clamped.append(Clamped(what, asked, aimed))

    def text(self, phrasing: Phrasing, *, elsewhere: frozenset[str] = frozenset()) -> None:
        """The request in words by the parameter that takes "prompt", as `rewrite` phrases it.

        What should be absent goes by the parameter that takes "absent", where there is one.
        """
        apart = self.manifest.takes("absent")
        written = rewrite(self.request, phrasing, negative=apart is not None, elsewhere=elsewhere)
        prompt = self._parameter("prompt")
        self._call[prompt.name] = self._cut(prompt, written.text)
        if apart is not None and written.negative:
            self._call[apart.name] = written.negative
        for what in sorted(written.said - elsewhere - self._claimed):
            self.claim(what, Applied.PROMPT)
        self._wordy = True

    def cut(self, takes: str, text: str) -> None:
        """A text, cut at a word where it is longer than the parameter takes."""
        parameter = self._parameter(takes)
        self._call[parameter.name] = self._cut(parameter, text)
        self._claimed.add(takes)

    def done(self) -> Payload:
        """The payload, with everything that was asked and not claimed among what is ignored."""
        wanted = asking.wanted(self.request)
        ignored = [name for name in wanted if name not in self._claimed]
        ignored += [part for part in asking.parts(self.request) if part not in self._claimed]
        for name in self.request.features:
            if name not in self._applied:
                self._applied[name] = Application(Applied.IGNORED, note=self._why_not(name))
        if "key" not in self._applied and asking.key(self.request) is not None:
            self._applied["key"] = Application(Applied.IGNORED)
        return Payload(
            engine=self.manifest.engine,
            call=self._call,
            arrays=self._arrays,
            applied=self._applied,
            clamped=tuple(self._clamped),
            ignored=tuple(ignored),
        )

    def _parameter(self, takes: str) -> Parameter:
        found = self.manifest.takes(takes)
        assert found is not None, f"{self.manifest.engine}: no parameter takes {takes!r}"
        return found

    def _claim(self, takes: str, parameter: Parameter, aimed: float | str | None) -> None:
        self._claimed.add(takes)
        if takes in self.request.features or takes == "key":
            self._applied[takes] = Application(parameter.applied, aimed, parameter.note)

    def _cut(self, parameter: Parameter, text: str) -> str:
        most = int(parameter.maximum) if parameter.maximum is not None else len(text)
        if len(text) <= most:
            return text
        kept = text[:most].rsplit(" ", 1)[0].rstrip(" ,;")
        self._clamped.append(Clamped(parameter.takes, f"{len(text)} characters", f"{len(kept)}"))
        return kept

    def _why_not(self, name: str) -> str:
        if self.request.features[name].lock is Lock.FREE:
            return "left free"
        if self._wordy and name in MOODS:
            return "as music usually is: no word was worth it"
        return "this engine takes nothing of the kind"

    def _aim(self, what: str) -> float | str | None:
        if what == "key":
            key = asking.key(self.request)
            return None if key is None else key.words
        return asking.aim(what, self.request.features[what])


def _plain(array: Array) -> Any:
    rounded = np.round(array, 4) if array.dtype.kind == "f" else array
    return rounded.tolist()


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
