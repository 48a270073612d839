"""Real audio in real files, a warehouse of its own for each test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from schemas.settings import Settings
from tests.warehouse.blank import blank
from warehouse.location import Location

RATE = 22_050


def write_loop(
    path: Path, tempo_bpm: float = 120.0, pitch_hz: float = 220.0, seconds: float = 6.0
) -> Path:
    """A click track over a chord: short, cheap, with a pulse and a pitch; distinct by arguments."""
    t = np.arange(int(seconds * RATE)) / RATE
    beat = (t * tempo_bpm / 60) % 1
    click = np.exp(-beat * 40) * np.sin(2 * np.pi * 1000 * t)
    chord = sum(np.sin(2 * np.pi * pitch_hz * ratio * t) for ratio in (1, 1.25, 1.5)) / 3
    samples = (0.4 * click + 0.2 * chord).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE)
    return path


@pytest.fixture
def settings(tmp_path: Path, prefect_server: str) -> Settings:
    found = Settings(home=tmp_path / "home", workers=2, file_timeout_s=60)
    blank(Location.from_settings(found))
    return found


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    for i in range(4):
        write_loop(folder / f"album {i // 2}" / f"track {i}.flac", 100 + 10 * i, 200 + 20 * i)
    return folder
