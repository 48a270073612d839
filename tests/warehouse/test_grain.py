"""The grain of every table under two writers at once, on both kinds of catalogue."""

from __future__ import annotations

import subprocess

import pytest

from schemas.tables import TABLES
from tests.warehouse.programs.every_table import OWN, SHARED
from warehouse.audits import run_audits
from warehouse.evolution import GUARD_TABLE
from warehouse.lake import Lake, Location

ROUNDS = 3


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def shared(request, location, tmp_path):
    if request.param == "sqlite":
        return location
    server = request.getfixturevalue("postgres_server")
    return Location(server.catalogue("grain_of_every_table"), str(tmp_path / "data"))


def test_two_writers_of_every_table(shared, program, program_env):
    """Both insert the same new keys in the same moment; neither doubles nor loses a row."""
    Lake.open(shared).close()
    arguments = (shared.catalogue, shared.storage)
    writers = [
        subprocess.Popen(
            program("every_table", *arguments, name, str(ROUNDS)),
            env=program_env,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    errors = [writer.communicate()[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], errors
    with Lake.open(shared, read_only=True) as lake:
        grain = run_audits(lake, [f"grain_{name}" for name in TABLES])
        counts = {
            name: lake.query(f"SELECT count(*) AS n FROM {name}")["n"][0].as_py() for name in TABLES
        }
        guards = lake.query(f"SELECT min(writes) AS low, max(writes) AS high FROM {GUARD_TABLE}")
    assert len(grain) == len(TABLES)
    assert [audit.name for audit in grain if not audit.passed] == []
    assert counts == dict.fromkeys(TABLES, ROUNDS * (SHARED + 2 * OWN))
    # Both always bring rows of their own, so every commit wrote every table and none was lost.
    assert guards.to_pylist() == [{"low": 2 * ROUNDS, "high": 2 * ROUNDS}]
