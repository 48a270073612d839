"""What the styles say beside what others measured: mean features of genres, and captions.

Neither set had a part in writing the styles: they are public copies without a licence, read here
and nowhere else.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from benchmarks._mapping_captions import auc, directions, directions_beyond
from benchmarks._mapping_data import SPOTIFY_FEATURES, read_captions
from benchmarks.figures import Figure
from mapping.model import Mapping
from mapping.starter.rows import ROWS, SPECS, style_rows
from schemas.styles import named, styles


def agreement_figures(data: Path) -> list[Figure]:
    """Spearman's rho of the styles' mean values with those of genres of the same name."""
    path = data / "spotify_by_genre" / "genres.csv"
    if not path.is_file():
        return [Figure("starter_genre_rho", None, "rho", note=f"no {path.name} in the folder")]
    genres = pd.read_csv(path, sep=";")
    owner = {one.id: place for place, one in enumerate(styles())}
    pairs = [
        (owner[style.id], row)
        for row, name in enumerate(genres["genres"].astype(str))
        if (style := named(name)) is not None
    ]
    ours = style_rows(styles()).reshape(len(styles()), ROWS, -1).mean(axis=1)
    place = {spec.name: j for j, spec in enumerate(SPECS)}
    found = []
    for name, column in SPOTIFY_FEATURES.items():
        if name in place:
            said = [ours[at, place[name]] for at, _ in pairs]
            measured = [float(genres[column].iloc[row]) for _, row in pairs]
            found.append(float(spearmanr(said, measured).statistic))
    names = [name for name in SPOTIFY_FEATURES if name in place]
    note = ", ".join(f"{n.split('_')[0]} {rho:.2f}" for n, rho in zip(names, found, strict=True))
    note = f"{len(pairs)} genres of a style's name: {note}"
    return [Figure("starter_genre_rho", float(np.mean(found)), "rho", note=note)]


def starter_caption_figures(mapping: Mapping, data: Path) -> list[Figure]:
    """Captions of MusicCaps that point one way, told apart by the starter alone."""
    captions = read_captions(data)
    found = []
    for side, chosen in (("in", directions(captions)), ("out", directions_beyond(captions))):
        by_feature = {}
        for one in chosen:
            if one.high and one.low:
                high, low = (
                    _medians(mapping, one.feature, side_of) for side_of in (one.high, one.low)
                )
                by_feature[one.feature] = auc(high, low)
        note = ", ".join(f"{name.split('_')[0]} {value:.2f}" for name, value in by_feature.items())
        mean = float(np.mean(list(by_feature.values()))) if by_feature else None
        found.append(Figure(f"starter_caption_auc_{side}_lexicon", mean, "AUC", note=note))
    return found


def _medians(
    mapping: Mapping, name: str, texts: tuple[str, ...]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    place = mapping.features.index(name)
    return np.array([mapping.condition(text).vector.values[place] for text in texts])
