"""The three parts of the index together, for one snapshot of the lake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas.protocols import TextEncoder
from warehouse.index.features import FeatureIndex, open_features
from warehouse.index.fulltext import TextIndex, open_text
from warehouse.index.parts import Note
from warehouse.index.words import WordIndex, open_words
from warehouse.lake import Lake

Progress = Callable[[str, int], None]
"""Called with a part's name and how many tracks have just been added to it."""


@dataclass(frozen=True, slots=True)
class Indexes:
    """Open parts; None for one that was not asked for. `encoder` embeds prompts."""

    text: TextIndex | None = None
    words: WordIndex | None = None
    features: FeatureIndex | None = None
    encoder: TextEncoder | None = None


def open_indexes(
    root: Path,
    lake: Lake,
    parts: frozenset[str],
    encoder: TextEncoder | None,
    note: Note,
    progress: Progress,
) -> Indexes:
    """Open those of the parts text, words and features that are named; missing ones are built.

    Without an encoder there is no part `words`.

    Raises
    ------
    StorageError
        The folder `root` cannot be written.
    """
    return Indexes(
        text=open_text(root, lake, note) if "text" in parts else None,
        words=(
            open_words(root, lake, encoder, note, lambda n: progress("words", n))
            if "words" in parts and encoder is not None
            else None
        ),
        features=(
            open_features(root, lake, note, lambda n: progress("features", n))
            if "features" in parts
            else None
        ),
        encoder=encoder,
    )
