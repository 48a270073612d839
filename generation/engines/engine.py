"""The frame of every torch engine: payload → weights → samples → finished audio, with an account.

An engine of this package holds what is its own: which weights it can load, and how its library is
called. It speaks in the names of its payload's manifest; nothing is renamed on the way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from generation.contract import Application, Generated, Progress, silent
from generation.engines import torching
from generation.engines.led import Led
from generation.engines.regions import made_anew
from generation.engines.sound import finished
from generation.engines.weights import Expected, Loading, Located, locate
from generation.payloads.base import Payload
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import InputError
from schemas.generation import EngineManifest
from schemas.parts import Applied, Region

Recall = Callable[[str], Audio]
"""The mix of an earlier generation by its id; raises InputError for an unknown one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices that are no part of a request.

    Attributes
    ----------
    steps : denoising steps, 1 … 1000; None as the weights are used to. MusicGen has none
    guidance : classifier-free guidance; None as the weights are used to, 1 for none
    clip : sound to start from or to take after, where the engine can
    clip_strength : 0 … 1, how near to the clip: 1 nearest
    adapter : folder of an adapter (`generation.adapters.artifact`): the vector itself conditions
    """

    steps: int | None = None
    guidance: float | None = None
    clip: Audio | None = None
    clip_strength: float = 0.5
    adapter: Path | None = None

    def __post_init__(self) -> None:
        if self.steps is not None and not 1 <= self.steps <= 1000:
            raise InputError(f"steps: {self.steps}; valid is 1 … 1000")
        if self.guidance is not None and not 1 <= self.guidance <= 50:
            raise InputError(f"guidance: {self.guidance}; valid is 1 … 50")
        if not 0 <= self.clip_strength <= 1:
            raise InputError(f"clip_strength: {self.clip_strength}; valid is 0 … 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call: what is asked, and what a library needs to answer it.

    `generator` is torch's, on the CPU; `source` the mix that is edited; `regions` what of it is
    made anew, in order (empty: all of it).
    """

    request: ConditioningRequest
    payload: Payload
    options: Options
    generator: Any
    step: Callable[[int, int], None]
    source: Audio | None = None
    regions: tuple[Region, ...] = ()


@dataclass(slots=True, kw_only=True)
class Played:
    """What a library gave: samples (channels, n) or (1, channels, n), and what to say of it.

    `honoured` are parts of the request that its payload had to leave out and the engine took all
    the same, as arrays: "edit", "clip".
    """

    samples: Any
    rate: int
    notes: list[str] = field(default_factory=list)
    honoured: tuple[str, ...] = ()
    applied: dict[str, Application] = field(default_factory=dict)


class TorchEngine(ABC):
    """A generator that runs in this process on torch.

    Parameters
    ----------
    loading : the weights, and the device they run on; they are loaded at the first piece and kept
    options : steps, guidance, a clip
    recall : where earlier results are had from, for edits

    See Also
    --------
    generation.contract.Generator : what `generate` promises
    """

    manifest_: ClassVar[EngineManifest]
    expected: ClassVar[Expected]

    @staticmethod
    @abstractmethod
    def build(request: ConditioningRequest) -> Payload:
        """The request as the arguments of the library."""

    def __init__(
        self, loading: Loading, options: Options | None = None, recall: Recall | None = None
    ) -> None:
        self.loading = loading
        self.options = options or Options()
        self.recall = recall
        self._model: Any = None
        self._located: Located | None = None
        self._led: Led | None = None

    @property
    def manifest(self) -> EngineManifest:
        """As published, with the licence of these weights once they are found."""
        if self._located is None:
            return self.manifest_
        return self.manifest_.model_copy(update={"weights_licence": self._located.weights.licence})

    @property
    def located(self) -> Located:
        """The weights on this machine; looked for once. Raises as `weights.locate`."""
        if self._located is None:
            self._located = locate(self.loading, self.expected)
        return self._located

    def load(self, progress: Progress = silent) -> Any:
        """The model, on its device; loaded once.

        Raises
        ------
        MissingExtraError
            torch, diffusers or transformers is not installed.
        GenerationError
            The weights are missing, damaged, another model's, or too large.
        """
        if self._model is None:
            name = self.manifest_.engine
            torching.library("diffusers" if self._diffusers else "transformers", name)
            located = self.located
            progress(0.0, f"loading {located.weights.id}")
            device = torching.device_of(self.loading)
            dtype = torching.dtype_of(self.loading, device)
            with torching.quiet(), torching.told(name, "loading the weights"):
                self._model = self._load(str(located.folder), device, dtype)
        if self.options.adapter is not None and self._led is None:
            kind, folder = self.manifest_.engine, self.options.adapter
            self._led = Led(folder, kind, self.located, self._model, self.tokenizer)
        return self._model

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        """One piece; see `generation.contract.Generator`."""
        name = self.manifest_.engine
        payload = self.build(request)
        source, regions = self._source(request)
        model = self.load(progress)
        with torching.quiet(), torching.told(name, "generating"), torching.seeded(seed) as drawn:
            job = Job(
                request=request,
                payload=payload,
                options=self.options,
                generator=drawn,
                step=lambda done, of: progress(min(0.99, done / of), "generating"),
                source=source,
                regions=regions,
            )
            played = self._play(model, job)
        if self._led is not None:
            self._tell_of(self._led, request, played)
        mix, notes = finished(played.samples, played.rate, self._length(job))
        progress(1.0, "generated")
        located = self.located
        return Generated(
            mix=mix,
            seed=seed,
            applied=_applied(payload, played),
            ignored=tuple(what for what in payload.ignored if what not in played.honoured),
            notes=(
                located.note,
                *(f"clamped {one}" for one in payload.clamped),
                *played.notes,
                *notes,
            ),
            weights=(located.weights,),
            recipe={"payload": dict(payload.call), "weights": located.digest, "seed": seed},
            parents=(request.edit.generation_id,) if request.edit and source else (),
        )

    def _with_vector(self, job: Job, call: dict[str, Any]) -> dict[str, Any]:
        """A diffusers call with embeddings of vector and words in place of the words, if led."""
        if self._led is None:
            return call
        rest = {k: v for k, v in call.items() if k not in ("prompt", "negative_prompt")}
        guidance = float(call.get("guidance_scale", 1))
        against = call.get("negative_prompt")
        return rest | self._led.inputs(job.request, guidance, call["prompt"], against)

    def _tell_of(self, led: Led, request: ConditioningRequest, played: Played) -> None:
        applied = led.applied(request)
        played.applied |= applied
        played.honoured += tuple(applied)
        played.notes += led.notes()

    _diffusers: ClassVar[bool] = True
    tokenizer: Any = None

    @abstractmethod
    def _load(self, folder: str, device: Any, dtype: Any) -> Any: ...

    @abstractmethod
    def _play(self, model: Any, job: Job) -> Played: ...

    def _length(self, job: Job) -> float | None:
        """Seconds that were asked of the library, by the name its manifest has for them."""
        parameter = self.manifest_.takes("duration_s")
        value = None if parameter is None else job.payload.call.get(parameter.name)
        return None if value is None else float(value)

    def _source(self, request: ConditioningRequest) -> tuple[Audio | None, tuple[Region, ...]]:
        edit = request.edit
        if edit is None or not self._edits:
            return None, ()
        if self.recall is None:
            raise InputError(
                f"edit: engine {self.manifest_.engine} was given no way to earlier results"
            )
        source = self.recall(edit.generation_id)
        return source, made_anew(request, source.duration_s)

    _edits: ClassVar[bool] = True


def _applied(payload: Payload, played: Played) -> dict[str, Application]:
    """As the payload conveyed it; what the engine itself added stands above."""
    found = dict(payload.applied)
    for name, one in played.applied.items():
        before = found.get(name)
        if before is None or before.applied in (Applied.IGNORED, Applied.PROMPT):
            found[name] = one
        elif one.note:
            found[name] = replace(before, note=one.note)
    return found
