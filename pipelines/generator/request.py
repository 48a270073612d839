"""What a generator is to be trained on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.rights import DEFAULT_POLICY

if TYPE_CHECKING:
    from generation.learned.artifact import Kind

LIBRARY_PIECES = 600


@dataclass(frozen=True, slots=True)
class GeneratorRequest:
    """What to train, on what, and how long.

    Attributes
    ----------
    kind : symbolic (notes) or audio (sound)
    as_of : a snapshot or a time
    policy : name of the policy whose licences may train
    allow_unknown_rights : let in tracks whose licence nobody has stated or nobody understands
    library : pieces of the style library that the symbolic model also learns from
    steps : of training; 0: the usual number
    device : auto, cpu, cuda, mps
    """

    kind: Kind = "symbolic"
    as_of: int | datetime | None = None
    policy: str = DEFAULT_POLICY
    allow_unknown_rights: bool = False
    library: int = LIBRARY_PIECES
    steps: int = 0
    batch: int = 0
    seed: int = 0
    device: str = "auto"
