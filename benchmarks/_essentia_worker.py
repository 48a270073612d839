"""Runs Essentia for `benchmarks._essentia`: one JSON request a line in, one JSON answer a line out.

Started with the Python of Essentia's own environment, so it imports nothing of ours.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import essentia
from essentia import standard

essentia.log.infoActive = False
essentia.log.warningActive = False

_RATE_HZ = 44_100
_NAMES = {"C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6}
_NAMES |= {"G": 7, "G#": 8, "Ab": 8, "A": 9, "A#": 10, "Bb": 10, "B": 11}


def _mono(path: str) -> Any:
    return standard.MonoLoader(filename=path, sampleRate=_RATE_HZ)()


def tempo(path: str) -> float:
    return float(standard.RhythmExtractor2013(method="multifeature")(_mono(path))[0])


def beats(path: str) -> list[float]:
    found = standard.RhythmExtractor2013(method="multifeature")(_mono(path))[1]
    return [float(time) for time in found]


def key(path: str) -> list[int]:
    """Pitch class, and 1 for major or 0 for minor."""
    name, scale, _ = standard.KeyExtractor(profileType="bgate")(_mono(path))
    return [_NAMES[name], int(scale == "major")]


def danceability(path: str) -> float:
    return float(standard.Danceability()(_mono(path))[0])


def music_extractor(path: str) -> int:
    """Number of descriptors; what is asked for is the time it takes."""
    pool, _ = standard.MusicExtractor()(path)
    return len(pool.descriptorNames())


_ANSWERS: dict[str, Callable[[str], object]] = {
    function.__name__: function for function in (tempo, beats, key, danceability, music_extractor)
}


def main() -> None:
    # Native code prints to standard output; what it says must not be read as an answer.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        before = time.process_time()
        try:
            answer: dict[str, object] = {"value": _ANSWERS[asked["what"]](asked["path"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["cpu_s"] = time.process_time() - before
        replies.write(json.dumps(answer) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
