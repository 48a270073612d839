"""One encoder and one trained mapping for all tests of the mapping."""

from __future__ import annotations

import pytest

from mapping.encoder import Remembering, load_encoder
from mapping.learning.config import TrainConfig
from mapping.model import Mapping
from schemas.protocols import TextEncoder
from tests.mapping.catalogue import examples


@pytest.fixture(scope="session")
def config() -> TrainConfig:
    return TrainConfig(captions=320, components=512, evaluate=False)


@pytest.fixture(scope="session")
def encoder() -> TextEncoder:
    return Remembering(load_encoder())


@pytest.fixture(scope="session")
def mapping(encoder: TextEncoder, config: TrainConfig) -> Mapping:
    return Mapping.train(examples(), encoder, config, snapshot=7)
