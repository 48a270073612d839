"""What an export is asked for, and what it reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import InputError
from schemas.rights import Policy, Purpose
from warehouse.selection import EVERYTHING, Selection

SIDES = ("train", "valid", "test")
TRAINING = ("audiocraft", "stable-audio-tools", "ace-step")
FORMATS = ("parquet", "csv", "jsonl", "croissant", *TRAINING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """An export to `out`, a folder that must be new, empty or (with `overwrite`) an export of ours.

    `split` are shares of SIDES that sum to 1, or None; `seed` draws the sides.
    """

    form: str
    out: Path
    policy: Policy
    selection: Selection = EVERYTHING
    split: tuple[float, float, float] | None = None
    seed: int = 0
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.form not in FORMATS:
            raise InputError(f"format {self.form!r}: valid are {', '.join(FORMATS)}")

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """What the policy must allow: a training set is exported in order to train."""
        training = (Purpose.TRAIN,) if self.form in TRAINING else ()
        return (Purpose.EXPORT, *training)


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written: the folder, its manifest."""

    out: Path
    manifest: Mapping[str, Any]

    @property
    def tracks(self) -> int:
        return int(self.manifest["counts"]["tracks"])


def parse_split(text: str) -> tuple[float, float, float]:
    """Shares of train, valid and test out of "80,10,10" or "0.8,0.1,0.1".

    Raises
    ------
    InputError
        Not three numbers, one is negative, or the sum is neither 1 nor 100.
    """
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    total = math.fsum(shares)
    fits = any(math.isclose(total, whole, abs_tol=1e-6) for whole in (1, 100))
    if len(shares) != len(SIDES) or min(shares) < 0 or not fits:
        raise InputError(f"split {text!r}: valid are shares of train, valid, test, as 80,10,10")
    train, valid, test = (share / total for share in shares)
    return train, valid, test
