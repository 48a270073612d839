"""The mapping: trained once from a catalogue, then asked for any prompt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapping import answer, artifact, ranges
from mapping.config import TrainConfig
from mapping.encoder import Remembering, check_health, load_encoder
from mapping.learned import Learned
from mapping.prompt import not_understood, parse, says_something
from mapping.scaling import Array
from mapping.wishes import Options, Wishes, wishes
from schemas.answers import ConditioningVector, ModelInfo
from schemas.errors import ArtifactError, PromptError
from schemas.parts import Instrument, Lock, Prompt, Vocals
from schemas.protocols import TextEncoder, TrainingExample

if TYPE_CHECKING:
    from mapping.training import Fit

FAR, FAR_AND_UNKNOWN = 0.25, 0.4
"""Cosine to the nearest text of the catalogue below which a prompt says nothing to it: at all, and
when none of its words is known. Of random letters 94% stay below the second."""


class Mapping:
    """From a prompt to a distribution over musical features.

    Made by `train` or `load`; answering imports neither scikit-learn nor torch.
    """

    def __init__(self, learned: Learned, manifest: artifact.Manifest, encoder: TextEncoder) -> None:
        self._learned = learned
        self._encoder = encoder
        self.manifest = manifest

    @classmethod
    def train(
        cls,
        examples: Sequence[TrainingExample],
        encoder: TextEncoder,
        config: TrainConfig = TrainConfig(),  # noqa: B008 — frozen
        snapshot: int = 0,
    ) -> Mapping:
        """Learn from the tracks of a catalogue, as of warehouse snapshot `snapshot`.

        Raises
        ------
        MappingError
            With fewer than 8 tracks that have text, or no feature with 8 values.
        EncoderError
            When the encoder's vectors have collapsed.
        """
        from mapping.evaluation import evaluate
        from mapping.training import fit

        check_health(encoder)
        remembering = Remembering(encoder)
        fitted = fit(examples, remembering, config)
        metrics = evaluate(examples, remembering, config).to_json() if config.evaluate else None
        return cls.of(fitted, encoder, config, snapshot, metrics)

    @classmethod
    def of(
        cls,
        fitted: Fit,
        encoder: TextEncoder,
        config: TrainConfig,
        snapshot: int = 0,
        metrics: dict[str, Any] | None = None,
    ) -> Mapping:
        """The mapping around what `training.fit` found."""
        files = artifact.hashes(artifact.serialise(fitted.learned))
        features, groups = artifact.describe(fitted.learned.specs)
        manifest = artifact.Manifest(
            model_id=artifact.model_id(files),
            encoder=encoder.id,
            dimensions=encoder.dimensions,
            features=features,
            groups=groups,
            snapshot=snapshot,
            trained_tracks=int(str(fitted.details["tracks"])),
            config=json.loads(json.dumps(asdict(config))),
            details=fitted.details,
            metrics=metrics,
            warnings=fitted.warnings,
            files=files,
        )
        return cls(fitted.learned, manifest, encoder)

    @classmethod
    def load(
        cls, path: str | Path, encoder: TextEncoder | None = None, encoder_folder: str = ""
    ) -> Mapping:
        """Read a saved mapping; without `encoder`, the one it was trained with is loaded.

        Raises
        ------
        NotTrainedError
            When there is no mapping at `path`.
        ArtifactError
            When it is damaged, or its features or encoder are not those of this code.
        EncoderError
            When the encoder's files are missing or not the pinned ones.
        """
        learned, manifest = artifact.load(Path(path))
        if encoder is None:
            own = not manifest.encoder.startswith("onnx:")
            encoder = load_encoder(manifest.encoder if own else "minilm", encoder_folder)
        if encoder.id != manifest.encoder:
            raise ArtifactError(
                f"{path}: encoder is {manifest.encoder!r} there and {encoder.id!r} here"
            )
        return cls(learned, manifest, encoder)

    def save(self, path: str | Path) -> None:
        """Write the mapping to the folder `path`. Raises ArtifactError when that is taken."""
        artifact.save(Path(path), self._learned, self.manifest)

    @property
    def features(self) -> tuple[str, ...]:
        """Target features, in vector order."""
        return self._learned.names

    @property
    def info(self) -> ModelInfo:
        m = self.manifest
        return ModelInfo(
            model_id=m.model_id,
            encoder=m.encoder,
            snapshot=m.snapshot,
            trained_tracks=m.trained_tracks,
        )

    def condition(self, prompt: str, options: Options = Options()) -> ConditioningVector:  # noqa: B008 — frozen
        """What `prompt` and `options` ask for, as a distribution over every target feature.

        Raises
        ------
        PromptError
            When the prompt is longer than 20,000 characters, or empty with nothing in `options`.
        """
        if not prompt.strip() and not options.states_anything():
            raise PromptError("prompt: empty; say what you want to hear, or state a tempo or key")
        parsed = parse(prompt)
        wished = wishes(parsed, options)
        unknown = not_understood(parsed, self._learned.regressor.tfidf.vocabulary)
        weights, warnings = self._weights(parsed.rest, says_something(parsed.rest, unknown))
        hard, not_placed = ranges.ranges(self._learned, wished)
        soft = ranges.leanings(self._learned, wished)
        limits = (*soft, *ranges.constraints(self._learned, hard))
        weights = self._learned.reference.reweigh(weights, limits)
        meant = {self._learned.names[c.target] for c in soft}
        found = answer.conditions(self._learned, weights, hard, meant, bool(parsed.rest))
        key = answer.key_condition(self._learned, weights, wished)
        unsaid = tuple(name for name, c in found.items() if c.lock is Lock.FREE)
        return ConditioningVector(
            prompt=Prompt(text=prompt),
            features=found,
            key=key,
            time_signature=wished.time_signature,
            instruments=_instruments(wished),
            vocals=_vocals(wished),
            duration_s=wished.duration_s,
            seed=options.seed,
            vector=answer.vector(self._learned, found, key),
            samples=answer.samples(self._learned, weights, options.samples, options.seed or 0),
            evidence=answer.evidence(self._learned, weights),
            understood=wished.understood,
            not_understood=unknown,
            unsaid=(*unsaid, "key") if wished.key is None else unsaid,
            warnings=(*self.manifest.warnings, *wished.warnings, *not_placed, *warnings),
            model=self.info,
        )

    def _weights(self, text: str, known: bool) -> tuple[Array, tuple[str, ...]]:
        if not text:
            return self._learned.reference.uniform(), ()
        embedding: npt.NDArray[np.float32] = self._encoder.encode([text])[0]
        nearest = float((self._learned.reference.embeddings @ embedding).max())
        if nearest < (FAR if known else FAR_AND_UNKNOWN):
            return self._learned.reference.uniform(), (
                "nothing in the catalogue is near this prompt: the average of the catalogue is "
                "given for what was not stated",
            )
        return self._learned.weights(text, embedding), ()


def _instruments(wished: Wishes) -> tuple[Instrument, ...]:
    return tuple(Instrument(id=s.instrument, presence=s.presence) for s in wished.instruments)


def _vocals(wished: Wishes) -> Vocals:
    if wished.vocals is None:
        return Vocals()
    return Vocals(mode=wished.vocals.mode, voice=wished.vocals.voice)
