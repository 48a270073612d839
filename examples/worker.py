"""A stand-in for a generator on a GPU: takes MusicGen's call, plays a pulse at the tempo it names.

Run by wordtone (engine `external`), never by hand: one JSON document on standard input, lines of
JSON on standard output. Needs nothing but Python, as a generator's own environment may have nothing
of wordtone. Replace `make`.
"""

from __future__ import annotations

import json
import math
import re
import struct
import sys
import wave
from pathlib import Path
from typing import Any

RATE_HZ = 32_000
SECONDS = 8.0


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def make(call: dict[str, Any], seed: int) -> list[float]:
    """Samples, -1 … 1. Here a model would be loaded and called: `model.generate(**call)`."""
    found = re.search(r"bpm: (\d+(?:\.\d+)?)", json.dumps(call))
    beat_s = 60 / float(found[1]) if found else 0.5
    pitch_hz = 55.0 * 2 ** (seed % 12 / 12)
    samples = []
    for index in range(int(SECONDS * RATE_HZ)):
        time_s = index / RATE_HZ
        since_beat_s = time_s % beat_s
        kick = math.exp(-25 * since_beat_s) * math.sin(2 * math.pi * 60 * since_beat_s)
        hat = 0.2 * math.exp(-60 * ((time_s + beat_s / 2) % beat_s)) * math.sin(index * index)
        bass = 0.25 * math.sin(2 * math.pi * pitch_hz * time_s)
        samples.append(0.6 * kick + hat + bass)
        if index % (2 * RATE_HZ) == 0:
            say(progress=index / (SECONDS * RATE_HZ), doing="sampling")
    return samples


def main() -> None:
    asked = json.load(sys.stdin)
    samples = make(asked["payload"]["call"], asked["seed"])
    with wave.open(str(Path(asked["folder"]) / "mix.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(b"".join(struct.pack("<h", int(32_767 * s)) for s in samples))
    say(progress=1.0, doing="written")
    say(result={"audio": "mix.wav", "notes": ["a stand-in: no model was run"]})


if __name__ == "__main__":
    main()
