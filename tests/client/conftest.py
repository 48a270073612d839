"""A real service on a small catalogue, the one that the browser tests make."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import catalogue, served, served_home
from tests.service.conftest import wordtone
from wordtone_client import Client

__all__ = ["catalogue", "served", "served_home", "wordtone"]


@pytest.fixture(scope="module")
def service(served: str) -> Iterator[Client]:
    with Client(served) as client:
        yield client
