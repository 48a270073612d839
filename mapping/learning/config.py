"""What can be chosen about training, and the bounds that keep it honest on small catalogues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import MappingError
from schemas.features import FEATURES, FeatureSpec, feature
from schemas.protocols import TrainingExample

PERCEPTUAL = "perceptual"

MINIMUM_TRACKS = 8
"""Fewest tracks to train on, and fewest values for a feature to become a target."""

SMALL_CATALOGUE = 200
"""Below this, every answer carries a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Choices of a training run; stored in the manifest.

    Attributes
    ----------
    targets : feature names, or None for all default targets that the examples carry
    folds : group-disjoint folds for tuning and calibration
    captions : written captions to train on beside the tags; None: by the size of the catalogue
    components : texts at most that the kernel of the embedding is spanned by
    vocabulary : terms at most
    alphas_words, alphas_embedding : ridge penalties to choose from, per target, by folds
    reference_rows : tracks that predictions may draw on, at most
    calibration_rows : tracks that the intervals are calibrated on, at most
    evaluate : measure on held-out groups and store the figures
    prior : let the starter answer where the catalogue has little to say (mapping/starter)
    """

    targets: tuple[str, ...] | None = None
    folds: int = 5
    captions: int | None = None
    components: int = 2500
    vocabulary: int = 60_000
    alphas_words: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 100.0)
    alphas_embedding: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    reference_rows: int = 8_000
    calibration_rows: int = 2_500
    evaluate: bool = True
    prior: bool = True
    seed: int = 0


def caption_count(config: TrainConfig, tracks: int) -> int:
    """Captions to write: four a track in a small catalogue, two in five tracks in a large one."""
    if config.captions is not None:
        return config.captions
    return min(8_000, max(int(0.4 * tracks), min(4 * tracks, 2_000)))


def choose_targets(
    examples: Sequence[TrainingExample], config: TrainConfig
) -> tuple[FeatureSpec, ...]:
    """Targets to train on, in the order of FEATURES.

    By default the targets of FEATURES and the perceptual features, as far as at least
    MINIMUM_TRACKS examples have a value.

    Raises
    ------
    MappingError
        When a name asked for is not a scalar feature, or has too few values; or none is left.
    """
    filled = dict.fromkeys((spec.name for spec in FEATURES), 0)
    for example in examples:
        for name, value in example.features.items():
            filled[name] = filled.get(name, 0) + (value is not None)
    if config.targets is not None:
        return _asked_targets(config.targets, filled)
    found = tuple(
        spec
        for spec in FEATURES
        if (spec.target or spec.group == PERCEPTUAL) and filled[spec.name] >= MINIMUM_TRACKS
    )
    if not found:
        raise MappingError(
            f"no feature has a value in at least {MINIMUM_TRACKS} of {len(examples)} tracks: "
            "nothing to learn"
        )
    return found


def _asked_targets(names: Sequence[str], filled: dict[str, int]) -> tuple[FeatureSpec, ...]:
    for name in names:
        try:
            spec = feature(name)
        except KeyError as error:
            raise MappingError(f"targets: {error.args[0]}") from error
        if spec.size != 1 or spec.scale == "circular":
            raise MappingError(f"targets: {name} is not a scalar on a linear or log2 scale")
        if filled[name] < MINIMUM_TRACKS:
            raise MappingError(
                f"targets: {name} has {filled[name]} values; at least {MINIMUM_TRACKS} are needed"
            )
    return tuple(spec for spec in FEATURES if spec.name in names)
