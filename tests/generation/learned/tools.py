"""What the tests of this folder share."""

from __future__ import annotations

import importlib.util

import pytest

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="torch not installed (extra `engines`); ./dev test --all has it",
)
