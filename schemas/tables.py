"""Every warehouse table: the TableSpec derived from each row dataclass.

Grain is marked with `key=True` in the dataclass. Feature tables derive from FEATURES: adding a
feature adds its column. Views and their SQL live in `warehouse/sql/views`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import Any

from schemas import analysis, catalogue, operations
from schemas.columns import TableSpec, column, table_spec
from schemas.features import FEATURES, FeatureSpec, groups
from schemas.outcomes import FeatureStatus


def feature_table(group: str, features: Iterable[FeatureSpec] = FEATURES) -> TableSpec:
    """`features_GROUP`: one row a track, one column a feature of the group."""
    members = groups(features)[group]
    fields: list[tuple[str, Any, Any]] = [
        ("track_id", str, column("track", key=True)),
        ("group_version", str, column("schemas.features.group_version when it was measured")),
        ("extractor", str, column("what measured it: wordtone, librosa, or a tagger's id")),
        ("status", FeatureStatus, column("complete, partial or empty")),
        ("null_reasons", str, column("JSON: feature → why it is null")),
        (
            "feature_versions",
            str | None,
            column(
                "JSON: feature → version at which it was measured; null: all at once", default=None
            ),
        ),
    ]
    fields += [(spec.name, _annotation(spec), _feature_column(spec)) for spec in members]
    row = dataclasses.make_dataclass(
        f"Features{group.title()}Row", fields, frozen=True, slots=True, kw_only=True
    )
    return table_spec(f"features_{group}", f"{group} features; history is time travel", row)


def _annotation(spec: FeatureSpec) -> Any:
    return float | None if spec.size == 1 else list[float] | None


def _feature_column(spec: FeatureSpec) -> Any:
    text = f"{spec.description} [{spec.unit}]"
    length = spec.size if spec.size > 1 else None
    return column(text, minimum=spec.minimum, maximum=spec.maximum, length=length, default=None)


_FIXED: tuple[tuple[str, str, type[Any]], ...] = (
    ("files", "every input ever seen", catalogue.FileRow),
    ("tracks", "every piece of audio, once", catalogue.TrackRow),
    ("fingerprints", "how tracks sound, for finding copies", analysis.FingerprintRow),
    (
        "compared",
        "tracks whose fingerprint was held against those of all tracks before",
        analysis.ComparedRow,
    ),
    ("beats", "beats of a track that has a pulse", analysis.BeatsRow),
    ("sections", "structure of a track", analysis.SectionRow),
    ("metrics", "values imported from outside", analysis.MetricRow),
    ("overrides", "a person's corrections; they always win", analysis.OverrideRow),
    (
        "calibrations",
        "how values of one source are brought to the scale of another",
        analysis.CalibrationRow,
    ),
    ("tags", "what words say about a track", catalogue.TagRow),
    ("vocabulary", "terms, their other names and what stands above them", catalogue.VocabularyRow),
    ("rights", "licence statements by layer", catalogue.RightsRow),
    ("identifiers", "names that others give to tracks", catalogue.IdentifierRow),
    ("imports", "rows of metadata sets, as last read", catalogue.ImportedRow),
    ("scores", "MIDI or notation beside a track", catalogue.ScoreRow),
    ("rejects", "inputs that were not accepted whole, and why", catalogue.RejectRow),
    (
        "duplicates",
        "links between tracks with the same audio, or one part of the other; never a merge",
        catalogue.DuplicateRow,
    ),
    ("runs", "every run of every flow", operations.RunRow),
    ("models", "trained mappings", operations.ModelRow),
    ("promotions", "which model came into use when, and why", operations.PromotionRow),
    ("prompts", "prompts, with consent", operations.PromptRow),
    ("generations", "what engines made", operations.GenerationRow),
    ("reviews", "asked against measured, and listeners' word", operations.ReviewRow),
    ("comparisons", "which of two generations a listener chose", operations.ComparisonRow),
)

PRIVATE_TABLES = frozenset({"prompts", "generations", "reviews", "comparisons"})
"""Never visible to untrusted SQL."""


def tables(features: Iterable[FeatureSpec] = FEATURES) -> dict[str, TableSpec]:
    """All tables by name: the fixed ones, and one per feature group.

    The same features give the same TableSpecs, and so the same row classes.
    """
    return dict(_tables(tuple(features)))


@cache
def _tables(features: tuple[FeatureSpec, ...]) -> dict[str, TableSpec]:
    found = {name: table_spec(name, text, row) for name, text, row in _FIXED}
    for group in groups(features):
        found[f"features_{group}"] = feature_table(group, features)
    return found


TABLES: dict[str, TableSpec] = tables()
