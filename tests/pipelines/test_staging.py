"""A staging folder that is full or gone: a sentence, and what was staged before stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.staging import StagedFile, read_staged, write_staged
from schemas.catalogue import FileRow
from schemas.errors import StorageError
from schemas.outcomes import FileState, Outcome

ROOT = Path(__file__).parents[2]
FULL = """
import resource, sys
from pathlib import Path
from schemas.errors import StorageError
from tests.pipelines.test_staging import staged
from pipelines.staging import write_staged
folder = Path(sys.argv[1])
write_staged(folder / "chunk-000000.parquet", staged(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
try:
    write_staged(folder / "chunk-000001.parquet", staged(20_000))
except StorageError as error:
    print(error)
"""


def staged(count: int) -> list[StagedFile]:
    found = []
    for n in range(count):
        row = FileRow(
            uri=f"/{n * 7919:x}", size=n, mtime_ns=0, state=FileState.REJECTED, source="/"
        )
        found.append(StagedFile(row.uri, Outcome.REJECTED, {"files": [row]}))
    return found


def test_a_full_staging_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "results cannot be staged (" in done.stdout
    assert "the next ingest does the rest" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["chunk-000000.parquet"]
    outcomes, tables = read_staged(tmp_path / "chunk-000000.parquet")
    assert outcomes == {"/0": Outcome.REJECTED}
    assert tables["files"].num_rows == 1


def test_a_staging_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(b"")
    with pytest.raises(StorageError, match="results cannot be staged"):
        write_staged(tmp_path / "run" / "chunk-000000.parquet", staged(1))
