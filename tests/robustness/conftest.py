"""The corpus of the robustness benchmark, made once; each test takes what it needs of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks._robustness_bases import Base, bases
from benchmarks._robustness_corpus import SEED
from schemas.settings import Settings


@pytest.fixture(scope="session")
def whole() -> dict[str, Base]:
    """A whole file of each format."""
    return bases(SEED)


@pytest.fixture
def settings(tmp_path: Path, prefect_server: str) -> Settings:
    return Settings(home=tmp_path / "home", workers=2, file_timeout_s=60)
