"""The search index for one snapshot: opened, and built first where it is missing.

The encoder comes from `mapping`, the parts from `warehouse`; neither knows the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from mapping.encoder import MINILM_ID, OnnxMiniLM, Vectors
from schemas.errors import EncoderError
from schemas.settings import Settings

if TYPE_CHECKING:
    from warehouse.index.opened import Indexes, Progress
    from warehouse.index.parts import Note
    from warehouse.lake import Lake


class DeferredMiniLM:
    """The default encoder, loaded when the first text is to be embedded.

    `similar` needs none once the index is there, and loading takes half a second.
    """

    id = MINILM_ID
    dimensions = OnnxMiniLM.dimensions

    def __init__(self, folder: str = "") -> None:
        self._folder = folder
        self._loaded: OnnxMiniLM | None = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `OnnxMiniLM.encode`. Raises EncoderError when its files are missing."""
        if self._loaded is None:
            self._loaded = OnnxMiniLM(self._folder or None)
        return self._loaded.encode(texts)


def open_index(
    settings: Settings, lake: Lake, parts: frozenset[str], note: Note, progress: Progress
) -> Indexes:
    """The named parts (text, words, features) for what `lake` shows; it must be pinned.

    Of a large catalogue the features are brought together first, for filters and for what a finding
    shows. Without an encoder the rest is opened, and `note` says so.

    Raises
    ------
    StorageError
        The folder HOME/index cannot be written.
    """
    from warehouse.index.opened import open_indexes
    from warehouse.index.resolved import build_resolved

    root = settings.home_path / "index"
    build_resolved(root, lake, note)
    encoder = _encoder(settings.encoder_path)
    try:
        return open_indexes(root, lake, parts, encoder, note, progress)
    except EncoderError as error:
        note(f"without vectors of words: {error}")
        return open_indexes(root, lake, parts - {"words"}, None, note, progress)


@cache
def _encoder(folder: str) -> DeferredMiniLM:
    """One of each folder: a service searches many times, and loading takes half a second."""
    return DeferredMiniLM(folder)
