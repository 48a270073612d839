"""What people see to: corrections of values, and inputs that were not accepted whole."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.queries.reading import Row, listed, table


def overrides(
    lake: Lake, track_id: str | None = None, *, include_withdrawn: bool = False
) -> pa.Table:
    """Corrections of one track, or of all: value, note, author and when, newest first."""
    parameters = {"track_id": track_id, "include_withdrawn": include_withdrawn}
    return table(lake, "overrides", parameters)


def rejects_summary(lake: Lake, *, include_resolved: bool = False) -> pa.Table:
    """Reasons with their stage, number of inputs and an example, the commonest first."""
    return table(lake, "rejects_summary", {"include_resolved": include_resolved})


def rejects_page(lake: Lake, reason: str, limit: int = 50, offset: int = 0) -> list[Row]:
    """Unresolved rejects for one reason, the latest first; `inputs` counts all of them."""
    return listed(lake, "rejects_page", {"reason": reason, "limit": limit, "offset": offset})


def rejected_inputs(lake: Lake, reasons: Sequence[str]) -> pa.Table:
    """Inputs with an unresolved reject for one of `reasons`: uri, and the file's source, track_id
    and words."""
    return table(lake, "rejected_inputs", {"reasons": list(reasons)})
