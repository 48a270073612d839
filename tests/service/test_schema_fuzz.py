"""The service against its own OpenAPI document; `./dev bench fuzz` does the same for longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks._fuzz_run import Fuzzing, fuzz, stocked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_no_fault_and_no_breach_of_the_contract(tmp_path: Path) -> None:
    home = stocked(tmp_path / "home", tmp_path / "music", tracks=2).home
    found = fuzz(tmp_path, home, Fuzzing(examples=3, seconds=45))
    assert found.violations == (), found.report
    assert found.requests > 100
