"""One scale a feature in training: sources that no calibration joins are never pooled.

Values fall into scales: what was measured here, a person's overrides and what is calibrated to it
are one; each metadata set that is not calibrated is one of its own, with what is calibrated to it.
The scale with most tracks is kept, the others are null for training. An override is a person's
word on the scale of the feature and stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.features import FeatureSpec

MEASURED = "measured"
ARROW = "→"
_OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Pooled:
    """Which scale a feature is trained on, with its number of values, and what was left out."""

    kept: str
    values: int
    left_out: Mapping[str, int]


def scale_of(source: str, imported: Collection[str]) -> str:
    """Scale of a value whose source is `source`; `imported` are the sources of `metrics`."""
    last = source.rpartition(ARROW)[2]
    return last if last in imported else MEASURED


def pooled(
    table: pa.Table, features: Iterable[FeatureSpec], imported: Collection[str]
) -> tuple[pa.Table, dict[str, Pooled]]:
    """`table` with NAME null where NAME_source is of another scale than the commonest.

    Returns also what was decided, by feature; features of one scale that lack nothing have no
    entry. Ties go to what was measured, then to the first scale by name.
    """
    decided: dict[str, Pooled] = {}
    for spec in features:
        sources = table[f"{spec.name}_source"]
        counts = Counter(
            {row["values"]: row["counts"] for row in pc.value_counts(sources).to_pylist()}
        )
        del counts[None]
        scales: Counter[str] = Counter()
        for source, count in counts.items():
            scales[scale_of(source, imported)] += 0 if source == _OVERRIDE else count
        if len(scales) < 2:
            continue
        kept = min(scales, key=lambda scale: (-scales[scale], scale != MEASURED, scale))
        good = [s for s in counts if s == _OVERRIDE or scale_of(s, imported) == kept]
        left_out = {s: n for s, n in counts.items() if s not in good}
        table = _without(table, spec.name, good)
        if left_out:
            values = sum(counts[source] for source in good)
            decided[spec.name] = Pooled(kept, values, dict(sorted(left_out.items())))
    return table, decided


def _without(table: pa.Table, name: str, good: Collection[str]) -> pa.Table:
    keep = pc.is_in(table[f"{name}_source"], value_set=pa.array(list(good), pa.string()))
    for column in (name, f"{name}_source"):
        values = table[column]
        nothing = pa.scalar(None, values.type)
        at = table.schema.get_field_index(column)
        table = table.set_column(at, column, pc.if_else(keep, values, nothing))
    return table
