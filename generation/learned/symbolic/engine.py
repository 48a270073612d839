"""The engine "learned-symbolic": a trained model writes the notes, the synthesiser plays them.

    request ─planning─▶ plan ─┐
            ─conditions─▶ vector ─model─▶ score ─rendering─▶ stems, mix

What the model decides is led by the vector: how many onsets, which harmony, groove and register.
Tempo, key, form and players are the sequencer's, brightness and loudness the mixing's, as in the
embedded engine. docs/learned.md has what each is worth, measured.
"""

from __future__ import annotations

from pathlib import Path

from generation.contract import Generated, Progress, silent
from generation.learned import artifact
from generation.learned.conditions import LEARNED, asked
from generation.learned.symbolic.composing import write_score
from generation.learned.symbolic.layout import Shape, kept_shapes
from generation.learned.symbolic.sampling import Manner
from generation.sequencer.controlling.making import controlled, dry_of
from generation.sequencer.export.midi import midi_bytes
from generation.sequencer.plan import STEMS
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.ordering import order_for
from generation.sequencer.planning.timing import LONGEST_S
from generation.sequencer.synthesis.signal import RATE_HZ
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import GenerationError, InputError
from schemas.generation import EngineManifest, Parameter, Weights
from schemas.parts import Applied

ID = "learned-symbolic"
_BY_MODEL = "led by the vector; docs/learned.md has how closely"
_IGNORED = ("melody", "stem_seeds", "references")


class LearnedSymbolic:
    """Generator "learned-symbolic". `LearnedSymbolic.load(folder)` makes one."""

    def __init__(self, loaded: artifact.Loaded, manner: Manner | None = None) -> None:
        self.loaded = loaded
        self._manner = manner or Manner()
        self._manifest = manifest_of(loaded.manifest.features, loaded.manifest.licence)

    @classmethod
    def load(cls, folder: Path | str, manner: Manner | None = None) -> LearnedSymbolic:
        """A trained model's folder as an engine.

        Raises
        ------
        GenerationError
            When it holds no symbolic model, or one that is damaged or does not match this code.
        """
        path = Path(folder)
        loaded = artifact.load(path, "symbolic")
        try:
            shape = Shape(**loaded.manifest.shape)
        except (TypeError, ValueError) as error:
            raise GenerationError(f"{path / artifact.MANIFEST}: shape: {error}") from error
        artifact.check_arrays(path, loaded.arrays, kept_shapes(shape))
        return cls(loaded, manner)

    @property
    def manifest(self) -> EngineManifest:
        return self._manifest

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
        ordered = order_for(request, seed, log, None, own_sounds=False)
        order = ordered.order
        names = self.loaded.manifest.features
        score = write_score(
            self.loaded,
            order.plan,
            asked(request, names),
            keep_key=request.key is not None,
            manner=self._manner,
            progress=lambda share, what: progress(0.6 * share, what),
        )
        dry = dry_of(score, order.length_s, order.own_sounds)
        progress(0.7, "mixing")
        aims, _, rendered = controlled(order, dry)
        ordered.tell(aims, log)
        self._tell(request, log)
        return Generated(
            mix=Audio(rendered.mix, RATE_HZ),
            seed=seed,
            applied=log.applied,
            stems={name: Audio(samples, RATE_HZ) for name, samples in rendered.stems.items()},
            midi=midi_bytes(score),
            ignored=tuple(log.ignored),
            notes=tuple(log.notes) + rendered.notes,
            weights=self._weights + ((rendered.bank,) if rendered.bank else ()),
            recipe={"engine": ID, "weights": self.loaded.id, "seed": seed},
        )

    @property
    def _weights(self) -> tuple[Weights, ...]:
        return (Weights(id=self.loaded.id, licence=self.loaded.manifest.licence),)

    def _tell(self, request: ConditioningRequest, log: Log) -> None:
        """What the model is led by, and what it cannot take."""
        for name in self.loaded.manifest.features:
            condition = request.features.get(name)
            known = log.applied.get(name)
            met = known is not None and known.applied is Applied.NATIVE
            if condition is None or (met and name != "onset_rate_hz"):
                continue
            log.took(name, condition.value, _BY_MODEL)
            log.ignored[:] = [told for told in log.ignored if not told.startswith(f"{name}:")]
        for name in _IGNORED:
            if getattr(request, name):
                log.ignore(f"{name}: {ID} does not take it")


def manifest_of(features: tuple[str, ...], licence: str | None) -> EngineManifest:
    """What an engine with a model of these features takes."""

    def native(takes: str, note: str = "") -> Parameter:
        return Parameter(name=takes, takes=takes, applied=Applied.NATIVE, note=note)

    vector = tuple(native(name, _BY_MODEL) for name in features)
    own = ("styles", "key", "time_signature", "duration_s", "instruments", "effects", "sections",
           "chords", "loudness_lufs", "seed")  # fmt: skip
    return EngineManifest(
        engine=ID,
        title="Notes by a trained model, sound by the synthesiser",
        parameters=vector + tuple(native(name, "as in the embedded engine") for name in own),
        longest_s=LONGEST_S,
        sample_rate_hz=RATE_HZ,
        channels=2,
        stems=STEMS,
        code_licence="LicenseRef-Wordtone",
        weights_licence=licence,
        source="wordtone, docs/learned.md",
    )


MANIFEST = manifest_of(LEARNED, None)
"""Before weights are loaded."""
