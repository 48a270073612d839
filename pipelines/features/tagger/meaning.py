"""What musicnn's hundred tags mean: features of a track, and terms of a catalogue.

Conventions: probabilities are float arrays of shape (excerpts, tags), in the order of `LABELS`.

Formulas, with the names of tags for their probabilities (docs/features.md has them in prose):

    v(excerpt)       = V / (V + N), V = the highest of the vocal tags of MTT, N = the highest of
                       "no vocals", "no vocal", "no voice" (MTT) and "instrumental" (MSD)
    vocal_presence   = mean of v over the excerpts
    instrumentalness = 1 - maximum of v over the excerpts
    acousticness     = A / (A + E), sums of the acoustic and of the electric tags
    valence          = happy / (happy + sad) (MSD)

Where v is not named, a probability is the mean over the excerpts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipelines.features.tagger.labels import LABELS, NO_VOCAL, VOCAL, kind
from pipelines.features.tagger.model import Heard, Tag
from pipelines.features.tagger.registry import SOURCE

Probabilities = npt.NDArray[np.float32]

FEATURES = ("instrumentalness", "acousticness", "valence", "vocal_presence")

_ACOUSTIC = {
    "MTT": ("classical", "piano", "strings", "violin", "cello", "harp", "harpsichord", "flute"),
    "MSD": ("acoustic", "folk"),
}
_ELECTRIC = {"MTT": ("electronic", "techno", "synth", "beat", "rock", "metal")}

_MOST_TAGS = 5  # of each vocabulary, as many as the package's own taggers are shown with
_LEAST_WEIGHT = 0.1


def heard(found: Mapping[str, Probabilities]) -> Heard:
    """Features and tags from the probabilities of both vocabularies over the same excerpts."""
    voice = _voice(found)
    means = {name: probabilities.mean(axis=0) for name, probabilities in found.items()}
    acoustic, electric = _sum(means, _ACOUSTIC), _sum(means, _ELECTRIC)
    happy, sad = _sum(means, {"MSD": ("happy",)}), _sum(means, {"MSD": ("sad",)})
    values = {
        "instrumentalness": 1 - float(voice.max()),
        "acousticness": acoustic / (acoustic + electric),
        "valence": happy / (happy + sad),
        "vocal_presence": float(voice.mean()),
    }
    return Heard(values, tuple(tag for name, mean in means.items() for tag in _tags(name, mean)))


def _voice(found: Mapping[str, Probabilities]) -> Probabilities:
    """v of each excerpt."""
    vocal = _columns(found, "MTT", VOCAL).max(axis=1)
    without = _columns(found, "MTT", NO_VOCAL).max(axis=1)
    without = np.maximum(without, _columns(found, "MSD", ["instrumental"])[:, 0])
    share: Probabilities = vocal / (vocal + without)
    return share


def _columns(
    found: Mapping[str, Probabilities], vocabulary: str, labels: Sequence[str]
) -> Probabilities:
    at = [LABELS[vocabulary].index(label) for label in labels]
    return found[vocabulary][:, at]


def _sum(means: Mapping[str, Probabilities], labels: Mapping[str, Sequence[str]]) -> float:
    return sum(
        float(means[vocabulary][LABELS[vocabulary].index(label)])
        for vocabulary, wanted in labels.items()
        for label in wanted
    )


def _tags(vocabulary: str, mean: Probabilities) -> list[Tag]:
    """The most probable tags of a track, best first."""
    best = np.argsort(mean)[::-1][:_MOST_TAGS]
    labels = LABELS[vocabulary]
    return [
        Tag(
            term=labels[at].lower(),
            kind=kind(labels[at]),
            source=f"{SOURCE}:musicnn:{vocabulary}",
            raw=labels[at],
            weight=round(float(mean[at]), 3),
        )
        for at in best
        if mean[at] >= _LEAST_WEIGHT
    ]
