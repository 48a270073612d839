"""What the audits found: for a person, and as rows for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa

from warehouse.audits import AuditResult
from warehouse.formats import table_text

_SHOWN = 5
_SCHEMA = pa.schema(
    [
        pa.field("audit", pa.string()),
        pa.field("passed", pa.bool_()),
        pa.field("count", pa.int64()),
        pa.field("rule", pa.string()),
        pa.field("row", pa.string()),
    ]
)


def audit_text(results: Sequence[AuditResult], *, everything: bool = False) -> str:
    """Each failing audit with its rule and first rows, and one line that sums up."""
    failed = [result for result in results if not result.passed]
    lines = [f"ok      {r.name}: {r.rule}" for r in results if everything and r.passed]
    for result in failed:
        lines.append(f"FAILED  {result.name}: {result.rule}")
        lines.append(table_text(result.rows.slice(0, _SHOWN)).rstrip())
        if result.count > _SHOWN:
            lines.append(f"{result.count} rows in all; --format json has up to 100")
    verdict = f"{len(failed)} of {len(results)} audits failed" if failed else "all passed"
    return "\n".join([*lines, f"{len(results)} audits: {verdict}"])


def audit_rows(results: Sequence[AuditResult], *, everything: bool = False) -> pa.Table:
    """One row for each offending row (as JSON), and with `everything` one for each sound audit."""
    rows = []
    for result in results:
        shared = {
            "audit": result.name,
            "passed": result.passed,
            "count": result.count,
            "rule": result.rule,
        }
        found = result.rows.to_pylist()
        rows += [shared | {"row": json.dumps(row, default=str)} for row in found]
        if everything and result.passed:
            rows.append(shared | {"row": None})
    return pa.Table.from_pylist(rows, _SCHEMA)
