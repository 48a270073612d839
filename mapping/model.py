"""The mapping: trained once from a catalogue, then asked for any prompt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapping import artifact
from mapping.batch import Answer, Ask, condition_many
from mapping.conditioning import condition
from mapping.controlling.methods import Control
from mapping.encoder import Remembering, load_encoder
from mapping.health import check_health
from mapping.learning.config import TrainConfig
from mapping.predicting.learned import Learned
from mapping.reading.naming import named_options
from mapping.reading.phrases import phrases
from mapping.reading.spelling import Speller
from mapping.reading.wishes import Options
from mapping.references.names import Known, Names
from mapping.references.referring import musical_words
from mapping.report import held, telling
from mapping.report.groups import told_apart
from mapping.starter.loading import load_starter
from mapping.starter.prior import Prior
from mapping.starter.training import PRIOR, learn_prior, moved_prior, prior_of
from schemas.answers import ConditioningVector, ModelInfo
from schemas.errors import ArtifactError, PromptError
from schemas.protocols import TextEncoder, TrainingExample
from schemas.references import ReferencePolicy

if TYPE_CHECKING:
    from mapping.learning.training import Fit


class Mapping(Control):
    """From a prompt to a distribution over musical features.

    Made by `train` or `load`; answering imports neither scikit-learn nor torch.
    """

    def __init__(self, learned: Learned, manifest: artifact.Manifest, encoder: TextEncoder) -> None:
        self.learned = learned
        self.encoder = encoder
        self.manifest = manifest
        self.beside: dict[str, bytes] = {}
        """Files that explain the mapping and are saved beside it: name → content."""
        self._folder: Path | None = None
        self.references: ReferencePolicy = "features"
        """What names in prompts are for, where the options of a call do not say."""

    def __repr__(self) -> str:
        m = self.manifest
        return f"<Mapping {m.model_id}: {len(self.features)} features, {m.trained_tracks} tracks>"

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
        from mapping.learning.evaluation import evaluate
        from mapping.learning.training import fit

        check_health(encoder)
        remembering = Remembering(encoder)
        fitted = fit(examples, remembering, config)
        if config.prior:
            fitted.details[PRIOR] = learn_prior(examples, remembering, config.seed)
        if not config.evaluate:
            return cls.of(fitted, encoder, config, snapshot)
        evaluation = evaluate(examples, remembering, config)
        mapping = cls.of(fitted, encoder, config, snapshot, evaluation.to_json())
        if evaluation.held is not None:
            mapping.beside[held.FILE] = evaluation.held.to_bytes()
            told = telling.of_training(mapping, examples, evaluation.held)
            mapping.beside[telling.FILE] = told
            mapping.manifest = told_apart(mapping.manifest, examples, evaluation.held)
        return mapping

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

    def recalibrate(self, examples: Sequence[TrainingExample]) -> Mapping:
        """This mapping moved to another catalogue by a few labelled tracks of it (30 help).

        Raises MappingError when no feature has 5 values; see `mapping.learning.recalibration`.
        """
        from mapping.learning.recalibration import recalibrated

        moved = recalibrated(self.learned, self.manifest, examples, self.encoder)
        mapping = Mapping(*moved, self.encoder)
        mapping.manifest = moved_prior(mapping.manifest, self.prior, examples, self.encoder)
        mapping.beside[telling.FILE] = telling.of_moving(self, mapping, examples)
        return mapping

    def read_beside(self, name: str) -> bytes | None:
        """A file that explains the mapping (`report.json`), None where it has none."""
        if name in self.beside or self._folder is None:
            return self.beside.get(name)
        return artifact.checked_beside(self._folder, self.manifest, name)

    @classmethod
    def starter(cls, encoder: TextEncoder) -> Mapping:
        """The mapping that ships: it knows styles of music and no track.

        Raises ArtifactError when the packaged files are damaged.
        """
        return cls(*load_starter(encoder), encoder)

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
        mapping = cls(learned, manifest, encoder)
        mapping._folder = Path(path)
        return mapping

    def save(self, path: str | Path) -> None:
        """Write the mapping to the folder `path`. Raises ArtifactError when that is taken."""
        names = {*self.beside, *(self.manifest.beside or {} if self._folder else {})}
        beside = {name: self.read_beside(name) or b"" for name in sorted(names)}
        artifact.save(Path(path), self.learned, self.manifest, beside)

    @cached_property
    def names(self) -> Names:
        """The names a prompt may refer to."""
        return Names(self.learned.tracks, (), self.features, self.learned.beyond)

    def supply(self, names: Iterable[Known]) -> None:
        """Add a user's names; they win over the catalogue's."""
        self.names = Names(self.learned.tracks, names, self.features, self.learned.beyond)

    @cached_property
    def musical_words(self) -> frozenset[str]:
        """Words that describe music here, folded as names are."""
        return musical_words(self.learned.regressor.tfidf.vocabulary)

    def is_word(self, word: str) -> bool:
        """Whether the encoder knows `word` whole; where it cannot say, every word is ordinary."""
        has_word = getattr(self.encoder, "has_word", None)
        return True if has_word is None else bool(has_word(word))

    @cached_property
    def prior(self) -> Prior | None:
        """The starter, for what the catalogue cannot say; None where it takes no part."""
        return prior_of(self.manifest, self.encoder)

    @cached_property
    def speller(self) -> Speller:
        """Suggests known words for unknown ones: of the lexicon, and of the catalogue's texts."""
        return Speller(self.learned.regressor.tfidf.vocabulary, phrases().words)

    @property
    def features(self) -> tuple[str, ...]:
        """Target features, in vector order."""
        return self.learned.names

    @property
    def info(self) -> ModelInfo:
        m = self.manifest
        return ModelInfo(
            model_id=m.model_id,
            encoder=m.encoder,
            snapshot=m.snapshot,
            trained_tracks=m.trained_tracks,
        )

    def condition(
        self, prompt: str, options: Options | None = None, **stated: Any
    ) -> ConditioningVector:
        """What `prompt` asks for, as a distribution over every target feature.

        `options`, or the same by name: `condition("house", bpm=124, locks={"energy": 0.8})`.

        Raises
        ------
        PromptError
            When the prompt is longer than 20,000 characters or no text, when it is empty with
            nothing stated, or when an option is unknown (with the nearest name) or out of range.
        """
        if not isinstance(prompt, str):
            raise PromptError(f"prompt: {prompt!r}; valid is a text")
        if any("\ud800" <= character <= "\udfff" for character in prompt):
            raise PromptError("prompt: half of a surrogate pair, which is no character")
        return condition(self, prompt, named_options(options, stated))

    def condition_many(self, prompts: Iterable[str | Ask]) -> Iterator[Answer]:
        """The answers to many prompts in order, as they are asked for (`mapping.batch`)."""
        return condition_many(self, prompts)
