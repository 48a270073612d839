"""musicnn (Pons & Serra 2019) with the weights of its wheel: two networks of 50 tags each.

MTT was trained on MagnaTagATune, MSD on the Million Song Dataset. The wheel (musicnn 0.1.0, ISC)
carries the weights as TensorFlow checkpoints; they are used only if they are the published bytes.
The package is found by its spec and never imported: importing it would import TensorFlow.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipelines.features.tagger.checkpoint import read_checkpoint
from pipelines.features.tagger.excerpts import Listening
from pipelines.features.tagger.labels import LABELS
from pipelines.features.tagger.meaning import FEATURES, heard
from pipelines.features.tagger.model import Heard
from pipelines.features.tagger.network import FRAMES, Musicnn
from pipelines.features.tagger.registry import TAGGERS
from pipelines.features.tagger.spectrogram import RATE_HZ, log_mel, samples_for
from schemas.audio import Samples
from schemas.errors import TaggerError

NAME = "musicnn"
EXCERPTS = 5
"""More say little that is new: against ten excerpts, five are off by 0.03 in `vocal_presence`."""

_SHORTEST_S = 3.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Files of one network in the package, with their published SHA-256."""

    folder: str
    index_sha256: str
    data_sha256: str


CHECKPOINTS = {
    "MTT": Checkpoint(
        "MTT_musicnn",
        "da2d7bb670b2b31e9bc441bb1bd75eca31b5b061f963cc1f9630c1aff3238f57",
        "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
    ),
    "MSD": Checkpoint(
        "MSD_musicnn",
        "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
        "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
    ),
}


class MusicnnTagger:
    """Both networks, loaded at first use.

    Parameters
    ----------
    folder : the installed package, or a copy of it
    """

    name = NAME
    features = FEATURES
    listening = Listening(RATE_HZ, samples_for(FRAMES), EXCERPTS, _SHORTEST_S)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def id(self) -> str:
        return TAGGERS[NAME].id

    def hear(self, excerpts: Samples) -> Heard:
        """Features and tags; raises TaggerError when the weights are not the published ones."""
        patches = [log_mel(excerpt) for excerpt in excerpts]
        return heard({name: network(patches) for name, network in self.networks.items()})

    @cached_property
    def networks(self) -> dict[str, Musicnn]:
        """Vocabulary → network, its tags in the order of `labels.LABELS`."""
        networks = {}
        for name, checkpoint in CHECKPOINTS.items():
            folder = self._folder / checkpoint.folder
            index = _verified(folder / ".index", checkpoint.index_sha256)
            data = _verified(folder / ".data-00000-of-00001", checkpoint.data_sha256)
            networks[name] = Musicnn(read_checkpoint(index, data), len(LABELS[name]))
        return networks


def load() -> MusicnnTagger:
    """The tagger with its weights. Raises TaggerError, saying what to install."""
    tagger = MusicnnTagger(_package())
    _ = tagger.networks
    return tagger


def check() -> str:
    """What is installed, in words; raises as `load`."""
    tags = sum(network.tags for network in load().networks.values())
    return f"{TAGGERS[NAME].id}, {tags} tags"


def _package() -> Path:
    spec = importlib.util.find_spec(NAME)
    for parent in (spec.submodule_search_locations or ()) if spec else ():
        return Path(parent)
    raise TaggerError(
        "the tagger musicnn has no weights here: pip install --no-deps musicnn==0.1.0"
    )


def _verified(path: Path, sha256: str) -> bytes:
    """Content of `path`, read once, so that what was checked is what is used."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TaggerError(
            f"{path}: cannot be read ({error.strerror}); pip install --no-deps musicnn==0.1.0"
        ) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise TaggerError(
            f"{path}: SHA-256 is {found}, not musicnn 0.1.0's; "
            "pip install --no-deps --force-reinstall musicnn==0.1.0"
        )
    return content
