"""Draws docs/pictures/sound.png: what docs/sound.md shows.

python -m docs.sound_picture
"""

from __future__ import annotations

from pathlib import Path

from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from generation.sequencer.synthesis.mixing import render
from schemas.audio import Audio
from service.report.sound import draw

PICTURE = Path(__file__).with_name("pictures") / "sound.png"
PIECE = Plan(
    styles=(("disco", 1.0),), tempo_bpm=118, tonic=9, scale="minor", bars=16, density=0.6, seed=3
)


def main() -> None:
    made = render(compose(PIECE))
    stems = {name: Audio(one, made.rate_hz) for name, one in made.stems.items()}
    PICTURE.parent.mkdir(exist_ok=True)
    draw(stems, Audio(made.mix, made.rate_hz), "Disco, A minor, 118 BPM", PICTURE)


if __name__ == "__main__":
    main()
