"""The engine "learned-audio": a model trained on one's own recordings draws a spectrum.

    request ─planning─▶ tempo, metre, chords ─▶ tracks ─┐
            ─conditions─▶ vector ────────────────model──▶ mel ─Griffin-Lim─▶ mono sound

It is mono at 22,050 Hz, without stems, and its sound is that of a small model without a vocoder:
a sketch of a catalogue's sound. docs/learned.md has how closely it follows what, measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from generation.contract import Generated, Progress, silent
from generation.learned import artifact
from generation.learned.conditions import HEARD, Floats, asked
from generation.learned.loop import chosen_device
from generation.learned.sound.layout import Shape
from generation.learned.sound.mel import FRAMES_PER_S, RATE_HZ, sounded
from generation.learned.sound.sampling import Manner, sample
from generation.learned.sound.tracks import chord_tracks, pulse_tracks
from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.request import plan_request
from generation.sequencer.score import Score
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import GenerationError, InputError, MissingExtraError
from schemas.generation import EngineManifest, Parameter, Weights
from schemas.parts import Applied

ID = "learned-audio"
LONGEST_S = 120.0
_CEILING = 0.97
_IGNORED = ("melody", "instruments", "effects", "references", "stem_seeds")


class LearnedAudio:
    """Generator "learned-audio". `LearnedAudio.load(folder)` makes one; needs torch."""

    def __init__(self, loaded: artifact.Loaded, network: Any, manner: Manner | None = None) -> None:
        self.loaded = loaded
        self._network = network
        self._manner = manner or Manner()

    @classmethod
    def load(
        cls, folder: Path | str, device: str = "auto", manner: Manner | None = None
    ) -> LearnedAudio:
        """A trained model's folder as an engine.

        Raises
        ------
        MissingExtraError
            Without torch.
        GenerationError
            When the folder holds no model of sound, or one that is damaged or does not match this
            code.
        """
        path = Path(folder)
        loaded = artifact.load(path, "audio")
        return cls(loaded, network_of(path, loaded, device), manner)

    @property
    def manifest(self) -> EngineManifest:
        return manifest_of(self.loaded.manifest.features, self.loaded.manifest.licence)

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        """See `generation.contract.Generator`.

        Raises
        ------
        InputError
            When the request is an edit, or names a style or scale that cannot be.
        """
        if request.edit is not None:
            raise InputError(f"edit: {ID} cannot edit; the engine `embedded` can")
        log = Log()
        planned = plan_request(request, seed, log)
        length = min(planned.length_s, LONGEST_S)
        if length < planned.length_s:
            log.note(f"{planned.length_s:.0f} s were asked; at most {length:.0f} s are made")
        frames = max(1, round(length * FRAMES_PER_S))
        tracks = tracks_of(planned.plan, frames)
        vector = asked(request, self.loaded.manifest.features).vector
        mel = sample(
            self._network, tracks, vector, seed, self._manner, lambda s, w: progress(0.7 * s, w)
        )
        scale = self.loaded.manifest.scale
        progress(0.7, "from spectrum to sound")
        samples = sounded(mel * np.float32(scale["deviation"]) + np.float32(scale["mean"]))
        peak = float(np.abs(samples).max(initial=0.0))
        samples = samples * np.float32(min(1.0, _CEILING / max(peak, 1e-9)))
        progress(1.0, "done")
        self._tell(request, log)
        return Generated(
            mix=Audio(np.ascontiguousarray(samples[None], np.float32), RATE_HZ),
            seed=seed,
            applied=log.applied,
            ignored=tuple(log.ignored),
            notes=tuple(log.notes),
            weights=(Weights(id=self.loaded.id, licence=self.loaded.manifest.licence),),
            recipe={"engine": ID, "weights": self.loaded.id, "seed": seed},
        )

    def _tell(self, request: ConditioningRequest, log: Log) -> None:
        for name, condition in request.features.items():
            if name in self.loaded.manifest.features:
                log.took(name, condition.value, "led by the vector")
                log.ignored[:] = [told for told in log.ignored if not told.startswith(f"{name}:")]
            else:
                log.left(name, "is not among the features of this model")
        for name in _IGNORED:
            if getattr(request, name):
                log.ignore(f"{name}: {ID} does not take it")


def tracks_of(plan: Plan, frames: int) -> Floats:
    """Beats, bars and chords of the plan's piece, as the network takes them (frames, 19)."""
    score = compose(plan)
    beats = _beats(score, plan)
    downbeats = list(range(0, len(beats), plan.beats))
    chords = [(score.seconds(chord.start), chord.pitch_classes[:3]) for chord in score.chords]
    return np.concatenate([pulse_tracks(frames, beats, downbeats), chord_tracks(frames, chords)], 1)


def _beats(score: Score, plan: Plan) -> list[float]:
    count = score.bars * plan.beats + 1
    return [score.seconds(number * 4 / plan.unit) for number in range(count)]


def network_of(folder: Path, loaded: artifact.Loaded, device: str) -> Any:
    """The network of an artefact, ready to be asked. Raises as `LearnedAudio.load`."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(f"the engine {ID}", "engines") from error
    from generation.learned.sound.network import Network

    try:
        shape = Shape(**loaded.manifest.shape)
        for name in ("mean", "deviation"):
            if not np.isfinite(loaded.manifest.scale[name]):
                raise ValueError(f"scale: {name} is not a number")
        with torch.device("meta"):
            expected = Network(shape).state_dict()
    except (TypeError, ValueError, KeyError) as error:
        raise GenerationError(f"{folder / artifact.MANIFEST}: {error}") from error
    sizes = {name: tuple(value.shape) for name, value in expected.items()}
    artifact.check_arrays(folder, loaded.arrays, sizes)
    network = Network(shape)
    network.load_state_dict({n: torch.from_numpy(a) for n, a in loaded.arrays.items()})
    return network.eval().to(chosen_device(device))


def manifest_of(features: tuple[str, ...], licence: str | None) -> EngineManifest:
    """What an engine with a model of these features takes."""

    def native(takes: str, note: str = "") -> Parameter:
        return Parameter(name=takes, takes=takes, applied=Applied.NATIVE, note=note)

    led = [native(name, "led by the vector") for name in features]
    own = [native(n) for n in ("key", "time_signature", "chords", "duration_s", "seed")]
    return EngineManifest(
        engine=ID,
        title="Sound by a model of one's own recordings",
        parameters=(*led, *own),
        longest_s=LONGEST_S,
        sample_rate_hz=RATE_HZ,
        channels=1,
        code_licence="LicenseRef-Wordtone",
        weights_licence=licence,
        source="wordtone, docs/learned.md",
    )


MANIFEST = manifest_of(HEARD, None)
"""Before weights are loaded."""
