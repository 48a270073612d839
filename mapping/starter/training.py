"""What a trained mapping keeps of the starter, in the details of its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mapping.artifact import Manifest
from mapping.starter.loading import load_starter
from mapping.starter.prior import Prior
from mapping.starter.shift import fit_shifts, from_json, to_json
from schemas.protocols import TextEncoder, TrainingExample

PRIOR = "prior"
"""Detail of a manifest: how the starter's scales sit in the catalogue; absent: it takes no part."""


def learn_prior(
    examples: Sequence[TrainingExample], encoder: TextEncoder, seed: int
) -> dict[str, Any]:
    """The detail for a mapping trained on `examples`."""
    known, _ = load_starter(encoder)
    return to_json(fit_shifts(known, examples, encoder, seed))


def prior_of(manifest: Manifest, encoder: TextEncoder) -> Prior | None:
    """The starter as the mapping of `manifest` uses it; None where it takes no part."""
    shifts = manifest.details.get(PRIOR)
    return None if shifts is None else Prior(load_starter(encoder)[0], from_json(shifts))


def moved_prior(
    manifest: Manifest,
    prior: Prior | None,
    examples: Sequence[TrainingExample],
    encoder: TextEncoder,
) -> Manifest:
    """The manifest of a mapping moved to another catalogue by `examples` of it."""
    if prior is None:
        return manifest
    shifts = prior.shifts | fit_shifts(prior.starter, examples, encoder, 0)
    return replace(manifest, details=manifest.details | {PRIOR: to_json(shifts)})
