"""A synthetic catalogue whose tags decide its features, so that the right direction is known."""

from __future__ import annotations

import numpy as np

from schemas.protocols import TrainingExample

# tag → tempo BPM, energy, brightness Hz, valence, instrumentalness, share of major keys
STYLES: dict[str, tuple[float, float, float, float, float, float]] = {
    "ambient, drone, atmospheric": (72, 0.12, 700, 0.25, 0.92, 0.5),
    "death metal, brutal, extreme": (188, 0.95, 3600, 0.22, 0.15, 0.1),
    "deep house, club": (124, 0.70, 2300, 0.55, 0.60, 0.3),
    "folk, acoustic, singer-songwriter": (98, 0.30, 1300, 0.50, 0.03, 0.8),
    "dance pop, radio": (118, 0.75, 2700, 0.80, 0.01, 0.8),
    "hip hop, boom bap": (90, 0.60, 1900, 0.50, 0.05, 0.4),
    "swing, jazz trio": (140, 0.40, 1600, 0.60, 0.80, 0.6),
    "drum and bass, jungle": (174, 0.85, 3000, 0.50, 0.55, 0.4),
}


def examples(tracks: int = 160, seed: int = 0, artists: int = 40) -> list[TrainingExample]:
    """Tracks of all styles in turn; each artist keeps to one style and has two albums."""
    rng = np.random.default_rng(seed)
    styles = list(STYLES)
    found = []
    for i in range(tracks):
        artist = i % artists
        style = styles[artist % len(styles)]
        tempo, energy, bright, valence, instrumental, major = STYLES[style]
        mode = int(rng.random() < major)
        probabilities = rng.dirichlet(np.full(24, 0.2) + 3.0 * (np.arange(24) // 12 != mode) * 0.3)
        found.append(
            TrainingExample(
                track_id=f"t{i:021d}",
                text=style,
                groups={"artist": f"a{artist}", "album": f"a{artist}-{i % 2}", "source": None},
                features={
                    "tempo_bpm": float(np.clip(tempo * 2 ** rng.normal(0, 0.08), 31, 299)),
                    "energy": float(np.clip(energy + rng.normal(0, 0.08), 0, 1)),
                    "brightness_hz": float(bright * 2 ** rng.normal(0, 0.2)),
                    "valence": float(np.clip(valence + rng.normal(0, 0.1), 0, 1)),
                    "instrumentalness": float(np.clip(instrumental + rng.normal(0, 0.05), 0, 1)),
                    "loudness_lufs": float(-20 + 12 * energy + rng.normal(0, 1)),
                    "key_mode": float(mode),
                    # Some tracks lack it, as silence lacks a key.
                    "onset_rate_hz": None if i % 3 == 0 else float(1 + 6 * energy + rng.normal()),
                },
                key_probabilities=tuple((probabilities / probabilities.sum()).tolist()),
                title=f"Title {i}",
                artist=f"Artist {artist}",
                licence="CC BY 4.0" if i % 2 else None,
            )
        )
    return found
