"""Peak memory of a process that decodes and measures three hours of stereo, in blocks.

The file is FLAC at 44.1 kHz, written by code: a minute of music-like sound (chords that change,
a drum pattern, a little noise), repeated with another gain each time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

MINUTES = 180
RATE_HZ = 44_100
_MEASURE = """
import sys
from pathlib import Path
from pipelines.features.threads import limit_threads
limit_threads()
from pipelines.audio.decode import open_audio
from pipelines.audio.take import DecodeLimits
from pipelines.features.extract import extract_track
opened = open_audio(Path(sys.argv[1]), limits=DecodeLimits(max_duration_s=4 * 3600.0))
assert opened.audio.duration_s == float(sys.argv[2])
extract_track(opened.audio)
status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent's memory, too
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def three_hour_rss_mb(minutes: int = MINUTES) -> float:
    """Largest resident set, MB, of a fresh process that opens and measures such a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.flac"
        _write(path, minutes)
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, str(path), str(60.0 * minutes)],
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


def _write(path: Path, minutes: int) -> None:
    import soundfile

    random = np.random.default_rng(0)
    minute = _minute(random)
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_16", compression_level=0.0) as out:
        for _ in range(minutes):
            out.write((minute * random.uniform(0.3, 1.0) * 32_000).astype(np.int16))


def _minute(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """60 s of stereo, shape (n, 2): a chord every 2 s, a stroke every half second."""
    time = np.arange(2 * RATE_HZ) / RATE_HZ
    parts = []
    for _ in range(30):
        chord = 110 * 2 ** (random.choice([0, 2, 4, 5, 7, 9, 11, 12], 3, replace=False) / 12)
        stroke = random.normal(0, 0.2, len(time)) * np.exp(-20 * (time % 0.5))
        sides = (
            sum(0.15 * ((hz * (1 + detune) * time) % 1 - 0.5) for hz in chord) + stroke
            for detune in (0.002, -0.002)
        )
        parts.append(np.stack(list(sides), 1))
    minute: npt.NDArray[np.float64] = np.concatenate(parts)
    minute /= np.abs(minute).max()
    return minute
