"""Tiny saved models, made once a session, and the engines that load them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.generation.engines import tiny

MISSING = [
    name for name in ("torch", "diffusers", "transformers") if not importlib.util.find_spec(name)
]
NEEDED = f"{', '.join(MISSING)} not installed (extra `engines`, torch); ./dev test --all has them"
needs_engines = pytest.mark.skipif(bool(MISSING), reason=NEEDED)
needs_torchsde = pytest.mark.skipif(
    importlib.util.find_spec("torchsde") is None, reason="torchsde not installed (extra `engines`)"
)


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`folder_of("ace_step")`: the folder of a tiny model, written at the first call."""
    made: dict[str, Path] = {}
    root = tmp_path_factory.mktemp("tiny")

    def get(name: str, **options: Any) -> Path:
        key = "-".join([name, *options])
        if key not in made:
            import torch

            from generation.engines.torching import quiet

            with quiet(), torch.random.fork_rng():
                torch.manual_seed(0)
                save = partial(getattr(tiny, f"save_{name}"), **options)
                made[key] = save(root / key)
        return made[key]

    return get
