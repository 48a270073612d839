"""Sound that a browser plays: a copy as WAV of what it cannot decode itself.

The file is a stranger's, so it is decoded in a worker process with limits, as ingestion does it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Any

from pipelines.audio.isolate import Limits, Worker
from pipelines.audio.worker import main
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

LONGEST_S = 900.0
"""What is copied of a file, at most: 160 MB at 44.1 kHz in stereo."""

_COMMAND = (sys.executable, "-P", "-m", "pipelines.audio.playing")
_LIMITS = Limits(memory_mb=4096, cpu_s=120.0, wall_s=180.0)
_CHANNELS = 2


def copy_as_wav(path: Path, out: Path) -> bool:
    """Write the sound of `path` to `out` as 16-bit WAV, the first two channels; True: it was cut at
    LONGEST_S.

    Raises
    ------
    AudioError
        When it cannot be decoded, or kills or outlasts the process.
    WorkerStartError
        When no process comes up.
    """
    with Worker(_LIMITS, _COMMAND) as worker:
        told = worker.run({"path": str(path), "out": str(out)}, lambda _: {})
    if "error" in told:
        detail = str(told["error"]).replace(str(path), path.name)
        raise AudioError(RejectReason.UNDECODABLE, detail, Stage.DECODE)
    return bool(told["cut"])


def _copy(job: dict[str, Any], _replies: IO[bytes]) -> dict[str, Any]:
    import soundfile

    from pipelines.audio.decode import open_audio
    from pipelines.audio.take import DecodeLimits

    try:
        audio = open_audio(Path(job["path"]), limits=DecodeLimits()).audio
        left = int(LONGEST_S * audio.sample_rate_hz)
        channels = min(audio.channels, _CHANNELS)
        with soundfile.SoundFile(
            job["out"], "w", audio.sample_rate_hz, channels, subtype="PCM_16", format="WAV"
        ) as written:
            for block in audio.blocks():
                written.write(block[:channels, :left].T)
                left -= block.shape[1]
                if left <= 0:
                    return {"cut": True}
    except (AudioError, OSError, RuntimeError) as error:
        return {"error": str(error)[:300]}
    return {"cut": False}


if __name__ == "__main__":
    main(sys.argv[1:], _copy)
