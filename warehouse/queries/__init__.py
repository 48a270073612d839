"""One typed function per file of `sql/queries`. Tables come back as Arrow, single rows as dicts.

By subject: `catalogue` (lists), `detail` (one track), `inputs` (what ingestion asks), `history`
(runs, models), `status` (counts). All names are here, too.
"""

from warehouse.queries.catalogue import (
    EVERYTHING,
    ORDERS,
    TrackFilter,
    licences,
    metric_sources,
    tracks,
    training_examples,
)
from warehouse.queries.detail import (
    track,
    track_beats,
    track_nulls,
    track_numbers,
    track_rights,
    track_sections,
    track_terms,
    track_values,
)
from warehouse.queries.history import (
    latest_model,
    runs,
)
from warehouse.queries.inputs import (
    known_files,
    known_hashes,
    known_uris,
    pending,
    rejects,
    tracks_by_audio_hash,
    unresolved_rejects,
)
from warehouse.queries.reading import Row
from warehouse.queries.status import (
    status_calibrations,
    status_counts,
    status_coverage,
    status_duplicates,
    status_extractors,
    status_files,
    status_licences,
    status_models,
    status_overrides,
    status_pending,
    status_reject_examples,
    status_rejects,
    status_rights,
    status_tags,
    status_terms,
    status_totals,
    status_words,
)

__all__ = [
    "EVERYTHING",
    "ORDERS",
    "Row",
    "TrackFilter",
    "known_files",
    "known_hashes",
    "known_uris",
    "latest_model",
    "licences",
    "metric_sources",
    "pending",
    "rejects",
    "runs",
    "status_calibrations",
    "status_counts",
    "status_coverage",
    "status_duplicates",
    "status_extractors",
    "status_files",
    "status_licences",
    "status_models",
    "status_overrides",
    "status_pending",
    "status_reject_examples",
    "status_rejects",
    "status_rights",
    "status_tags",
    "status_terms",
    "status_totals",
    "status_words",
    "track",
    "track_beats",
    "track_nulls",
    "track_numbers",
    "track_rights",
    "track_sections",
    "track_terms",
    "track_values",
    "tracks",
    "tracks_by_audio_hash",
    "training_examples",
    "unresolved_rejects",
]
