"""Whether a text encoder is fit for use: tested before training, refused with the reason."""

from __future__ import annotations

import numpy as np

from schemas.errors import EncoderError
from schemas.protocols import TextEncoder

APART = 0.6
"""Cosine of two opposite styles that a working encoder stays below (MiniLM: 0.23)."""

OPPOSITES = (
    ("fast music", "slow music"),
    ("happy song", "sad song"),
    ("loud music", "quiet music"),
    ("acoustic guitar", "electronic synthesiser"),
    ("energetic", "calm"),
    ("with vocals", "no vocals"),
)
DUPLICATE = 0.97
"""Cosine from which two texts are one to the mapping (MiniLM: 0.82 at most of these pairs)."""


def check_health(encoder: TextEncoder) -> None:
    """Refuse an encoder whose vectors have collapsed, as a broken export's do.

    Raises
    ------
    EncoderError
        When a vector is not of norm 1, two opposite styles are as near as two of a kind, or words
        that ask for opposite things have all but the same vector.
    """
    vectors = encoder.encode(["jazz standard", "heavy metal", "swing jazz trio"])
    norms = np.linalg.norm(vectors, axis=1)
    if not np.allclose(norms, 1.0, atol=1e-3):
        raise EncoderError(f"encoder {encoder.id}: vectors of norm {norms.tolist()}; valid is 1")
    apart, near = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    if not apart < APART or not near > apart:
        raise EncoderError(
            f"encoder {encoder.id}: cosine of 'jazz standard' with 'heavy metal' is {apart:.2f} "
            f"and with 'swing jazz trio' {near:.2f}; valid is below {APART} and above that"
        )
    sides = [encoder.encode([pair[side] for pair in OPPOSITES]) for side in (0, 1)]
    alike = (sides[0] * sides[1]).sum(axis=1)
    worst = int(alike.argmax())
    if not alike[worst] < DUPLICATE:
        one, other = OPPOSITES[worst]
        raise EncoderError(
            f"encoder {encoder.id}: cosine of {one!r} with {other!r} is {alike[worst]:.3f}, though "
            f"they ask for opposite things; valid is below {DUPLICATE}"
        )
