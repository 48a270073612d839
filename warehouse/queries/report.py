"""What `wordtone report catalogue` draws: counts by bin, never one row a track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.features import FeatureSpec
from warehouse.lake import Lake
from warehouse.queries.reading import Row, counts, listed, only
from warehouse.sqltext import filled, identifier

_QUANTILES = "[0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]"


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of one feature: `count` of equal width between `low` and `high`, in log2 if `log`.

    What lies beyond an end is counted in the last bin there.
    """

    feature: str
    low: float
    high: float
    count: int
    log: bool = False

    def edges(self) -> list[float]:
        """The `count` + 1 ends of bins, in the feature's unit."""
        share = [i / self.count for i in range(self.count + 1)]
        if self.log:
            return [self.low * (self.high / self.low) ** part for part in share]
        return [self.low + (self.high - self.low) * part for part in share]

    def sql(self) -> str:
        """Expression for the number of the bin that a value falls into."""
        name, low, high = identifier(self.feature), repr(self.low), repr(self.high)
        place = f"({name} - {low}) / ({high} - {low})"
        if self.log:
            place = f"ln(greatest({name}, {low}) / {low}) / ln({high} / {low})"
        return f"least(greatest(floor({place} * {self.count}), 0), {self.count - 1})::INTEGER"


def report_summary(lake: Lake, names: Sequence[str]) -> dict[str, Row]:
    """Feature → count, and its quantiles 0, .05, .25, .5, .75, .95, 1 (None without a value)."""
    summaries = ", ".join(
        f"{{'count': count({n}), 'quantiles': quantile_cont({n}, {_QUANTILES})}} AS {n}"
        for n in map(identifier, names)
    )
    found = lake.query(filled("queries", "report_summary", {"summaries": summaries}))
    return dict(found.to_pylist()[0])


def report_bins(lake: Lake, bins: Sequence[Bins]) -> dict[str, list[int]]:
    """Feature → tracks in each of its bins."""
    # greatest() and least() pass over nulls, so that these would count as the first bin.
    columns = ", ".join(
        f"histogram({b.sql()}) FILTER ({name} IS NOT NULL) AS {name}"
        for b, name in ((b, identifier(b.feature)) for b in bins)
    )
    row = lake.query(filled("queries", "report_bins", {"bins": columns})).to_pylist()[0]
    found = {name: dict(pairs or ()) for name, pairs in row.items()}
    return {b.feature: [found[b.feature].get(i, 0) for i in range(b.count)] for b in bins}


def report_genres(lake: Lake, features: Sequence[FeatureSpec], limit: int = 8) -> list[Row]:
    """The commonest genres: term, tracks, and per feature its quantiles .05, .25, .5, .75, .95."""
    quantiles = ", ".join(
        f"quantile_cont(f.{n}, [0.05, 0.25, 0.5, 0.75, 0.95]) AS {n}"
        for n in (identifier(spec.name) for spec in features)
    )
    sql = filled("queries", "report_genres", {"quantiles": quantiles})
    return list(lake.query(sql, {"limit": limit}).to_pylist())


def report_map(lake: Lake, grid: Mapping[str, float]) -> list[Row]:
    """Tracks by cell of tempo (log scale from `low` to `high`, `columns`) and energy (`rows`)."""
    return listed(lake, "report_map", dict(grid))


def report_keys(lake: Lake) -> dict[str, int]:
    """Tracks by name of the key."""
    return counts(lake, "report_keys")


def report_years(lake: Lake) -> list[Row]:
    """Tracks by year of release, ascending."""
    return listed(lake, "report_years")


def report_artists(lake: Lake) -> Row:
    """artists, tracks, top_share, effective and effective_common (Hill numbers 1 and 2)."""
    return only(lake, "report_artists")


def report_top_artists(lake: Lake, limit: int = 10) -> dict[str, int]:
    """The artists with most tracks."""
    rows = listed(lake, "report_top_artists", {"limit": limit})
    return {row["name"]: row["count"] for row in rows}


def report_unknown_terms(lake: Lake, limit: int = 40) -> list[Row]:
    """Terms that the vocabulary does not know: kind, term, tracks."""
    return listed(lake, "report_unknown_terms", {"limit": limit})


def report_duplicates(lake: Lake, limit: int = 50) -> list[Row]:
    """Links between repeats with their evidence, and titles and artists of both."""
    return listed(lake, "report_duplicates", {"limit": limit})


def report_overrides(lake: Lake, limit: int = 50) -> list[Row]:
    """Values that a person has set: the columns of `overrides`, with title and artist."""
    return listed(lake, "report_overrides", {"limit": limit})
