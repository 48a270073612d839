"""Texts longer than an encoder's window: split, embedded in parts, and averaged by length.

An encoder that cuts off what does not fit answers about the first half of a prompt without saying
so. The mean of the parts' vectors, weighted by their word pieces, is what mean pooling over the
whole text would come near to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from schemas.protocols import TextEncoder

Vectors = npt.NDArray[np.float32]


def windows(encoder: TextEncoder, text: str) -> int:
    """How many parts `text` is embedded in; 1 for an encoder that does not say."""
    count: Callable[[str], int] | None = getattr(encoder, "windows", None)
    return 1 if count is None else count(text)


def averaged(parts: Vectors, sizes: Sequence[int]) -> Vectors:
    """One unit vector of the unit vectors `parts` (k, d), weighted by `sizes` (k,)."""
    if len(parts) == 1:
        only: Vectors = parts[0]
        return only
    mean = np.asarray(sizes, np.float32) @ parts
    unit: Vectors = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return unit


def pieces(text: str, starts: Sequence[int], most: int) -> list[str]:
    """`text` in parts of `most` word pieces; `starts` are the offsets where its pieces begin."""
    cuts = [0, *starts[most::most], len(text)]
    return [text[a:b] for a, b in pairwise(cuts) if text[a:b].strip()] or [text]
