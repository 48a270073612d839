"""The picture of a score, in any metre and with any stems."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.image import imread

from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from service.report.score import draw


@pytest.mark.parametrize(
    ("style", "beats", "unit", "absent"),
    [("pop", 4, 4, ()), ("waltz", 3, 4, ("drums",)), ("jazz", 7, 8, ("bass", "chords", "extra"))],
)
def test_a_score_is_drawn(
    style: str, beats: int, unit: int, absent: tuple[str, ...], tmp_path: Path
) -> None:
    plan = Plan(
        styles=((style, 1.0),), tempo_bpm=100, tonic=1, scale="minor", bars=13, beats=beats,
        unit=unit, absent=absent,
    )  # fmt: skip
    draw(compose(plan), "A title with $dollars$ and _underscores_", tmp_path / "score.png")
    pixels = imread(tmp_path / "score.png")
    assert pixels.shape[:2] == (760, 1400)
    assert len({tuple(p) for p in pixels[::7, ::7, :3].reshape(-1, 3).round(2).tolist()}) > 12
