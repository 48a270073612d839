"""What peers say of a clip's tempo and beats, kept on disk by the hash of its bytes.

Their answers take minutes and never change; ours are always measured anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._essentia import PEER as ESSENTIA
from benchmarks._essentia import Essentia, cache_folder

LIBROSA = "librosa 0.11 beat_track"
Answers = list[tuple[float, tuple[float, ...]]]
Ask = Callable[[Path], tuple[float, tuple[float, ...]]]


def essentia(clips: Sequence[Path]) -> Answers:
    """(BPM, beats in seconds) of each clip by RhythmExtractor2013; InputError where it fails."""
    return _kept("essentia-rhythm", clips, _essentia)


def librosa(clips: Sequence[Path]) -> Answers:
    """(BPM, beats in seconds) of each clip by librosa's `beat_track` at its defaults."""
    return _kept("librosa-rhythm", clips, _librosa)


@contextlib.contextmanager
def _essentia() -> Iterator[Ask]:
    with Essentia() as peer:
        yield lambda path: (peer.tempo(path), peer.beats(path))


@contextlib.contextmanager
def _librosa() -> Iterator[Ask]:
    import librosa

    def ask(path: Path) -> tuple[float, tuple[float, ...]]:
        signal, rate = librosa.load(path, sr=22_050)
        tempo, beats = librosa.beat.beat_track(y=signal, sr=rate, units="time")
        return float(np.atleast_1d(tempo)[0]), tuple(float(time) for time in beats)

    yield ask


def _kept(
    name: str, clips: Sequence[Path], peer: Callable[[], contextlib.AbstractContextManager[Ask]]
) -> Answers:
    version = {"essentia-rhythm": ESSENTIA, "librosa-rhythm": LIBROSA}[name]
    file = cache_folder() / f"{name}-{version.split()[1]}.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    hashes = [hashlib.blake2b(clip.read_bytes(), digest_size=16).hexdigest() for clip in clips]
    wanted = {key: clip for key, clip in zip(hashes, clips, strict=True) if key not in kept}
    if wanted:
        with peer() as ask:
            for number, (key, clip) in enumerate(wanted.items()):
                kept[key] = ask(clip)
                if number % 50 == 49:  # a run that is broken off goes on here
                    file.write_text(json.dumps(kept))
        file.write_text(json.dumps(kept))
    return [(float(kept[key][0]), tuple(kept[key][1])) for key in hashes]


__all__ = ["ESSENTIA", "LIBROSA", "essentia", "librosa"]
