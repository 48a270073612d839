"""Sampled sounds: the bank TimGM6mb, which the package `pretty_midi` carries, by TinySoundFont.

The file is read where it is installed and never copied. A note is rendered alone, on a synthesiser
that is silent before it, so that it does not depend on what was played earlier.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from generation.sequencer.synthesis.signal import RATE_HZ, Samples
from schemas.errors import GenerationError
from schemas.generation import Weights

BANK = Weights(id="TimGM6mb", licence="GPL-2.0-only")
"""Tim Brechbill 2004, David Bolton 2010. The licence is that of Debian's timgm6mb-soundfont 1.3
(version 2, no later one), which holds another build of the same bank; neither the file nor the
package pretty_midi (itself MIT) that carries it says any."""

_DRUMS = 128
_FLUSH = 4096
_REFERENCE = 100


class Bank:
    """Notes of the bank's programs. Not to be used by two threads at once: it locks itself."""

    def __init__(self, path: Path) -> None:
        import tinysoundfont

        self._synth: Any = tinysoundfont.Synth(gain=0, samplerate=RATE_HZ)
        try:
            self._font = self._synth.sfload(str(path))
        except RuntimeError as error:
            raise GenerationError(f"{path} cannot be read as a sound bank: {error}") from error
        self._lock = threading.Lock()

    def note(self, program: int, pitch: float, seconds: float, *, kit: bool = False) -> Samples:
        """A note that is held for `seconds`, float32 of shape (1 or 2, n).

        Parameters
        ----------
        program : 0 … 127; of a kit, its program in bank 128
        pitch : MIDI number; fractions are played by tuning
        """
        channel = 9 if kit else 0
        key = round(pitch)
        with self._lock:
            self._synth.program_select(
                channel, self._font, _DRUMS if kit else 0, program, is_drums=kit
            )
            self._synth.set_tuning(channel, 0.0 if kit else pitch - key)
            self._synth.noteon(channel, key, _REFERENCE)
            held = (
                np.frombuffer(self._synth.generate(round(seconds * RATE_HZ)), dtype=np.float32)
                .reshape(-1, 2)
                .T.copy()
            )
            self._synth.sounds_off(channel)
            self._synth.generate(_FLUSH)
        if np.array_equal(held[0], held[1]):
            return held[:1]
        return held


@cache
def installed_bank() -> Bank | None:
    """The bank; None where it or what plays it is not installed."""
    path = bank_path()
    if path is None or find_spec("tinysoundfont") is None:
        return None
    return Bank(path)


def bank_path() -> Path | None:
    """Where the package that carries the bank has put it; None where it is not installed."""
    found = find_spec("pretty_midi")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).with_name("TimGM6mb.sf2")
    return path if path.is_file() else None
