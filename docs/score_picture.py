"""Draws docs/pictures/song.png: what docs/composition.md shows.

python -m docs.score_picture
"""

from __future__ import annotations

from pathlib import Path

from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from service.report.score import draw

PICTURE = Path(__file__).with_name("pictures") / "song.png"
SONG = Plan(
    styles=(("pop", 1.0),), tempo_bpm=112, tonic=2, scale="major", bars=56, modulation=2, seed=4
)


def main() -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    draw(compose(SONG), "Two minutes of pop, the last chorus raised by a tone", PICTURE)


if __name__ == "__main__":
    main()
