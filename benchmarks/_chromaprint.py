"""Chromaprint as a peer: `fpcalc` of Debian's libchromaprint-tools, compared as pyacoustid does.

Two fingerprints are laid over each other at the offset, up to 120 items, at which most items differ
in at most 2 bits; their share of the shorter one is the score. 0.5 and more counts as a copy, the
limit that users of AcoustID commonly set.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

PEER = "chromaprint (fpcalc)"
INSTALL = "fpcalc not found: apt-get install libchromaprint-tools"
LIMIT = 0.5

_MOST_OFFSET, _MOST_BITS = 120, 2

Items = npt.NDArray[np.uint32]


def available() -> bool:
    return shutil.which("fpcalc") is not None


def items(path: Path) -> Items:
    """The raw fingerprint of a file; empty where there is none."""
    command = ["fpcalc", "-raw", "-json", "-length", "120", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    # It ends with an error at the end of every file, where libav says that there is no more.
    if not done.stdout.startswith("{"):
        return np.empty(0, np.uint32)
    return np.array(json.loads(done.stdout)["fingerprint"], np.int64).astype(np.uint32)


def score(one: Items, other: Items) -> float:
    """0 … 1."""
    best = 0
    for offset in range(-_MOST_OFFSET, _MOST_OFFSET + 1):
        mine, theirs = one[max(0, offset) :], other[max(0, -offset) :]
        count = min(len(mine), len(theirs))
        if count <= best:
            continue
        wrong = np.bitwise_count(mine[:count] ^ theirs[:count])
        best = max(best, int((wrong <= _MOST_BITS).sum()))
    return best / max(1, min(len(one), len(other)))
