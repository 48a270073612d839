"""Reading what a program that is not ours has left in a folder: within it, and within limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from schemas.errors import GenerationError

MAX_BYTES = 2 << 30
RATES = (8_000, 192_000)


def inside(folder: Path, name: str) -> Path:
    """The file `name` of `folder`, an ordinary one.

    Raises
    ------
    GenerationError
        The name leads out of the folder or through a link, or there is no such file.
    """
    path = folder / name
    if not name or "\0" in name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise GenerationError(f"the worker named {name[:200]!r}; valid is a file in its folder")
    parents = [folder / part for part in Path(name).parents] + [path]
    if any(part.is_symlink() for part in parents if part != folder):
        raise GenerationError(f"the worker named {name[:200]!r}, a link; valid is an ordinary file")
    if not path.is_file():
        raise GenerationError(f"the worker named {name[:200]!r}, which it has not written")
    return path


def audio_of(folder: Path, name: str, longest_s: float) -> tuple[npt.NDArray[np.float32], int]:
    """Samples (channels, n) and rate of an audio file that a worker wrote.

    Raises
    ------
    GenerationError
        As `inside`, or it is no audio that libsndfile reads, is empty, too long, of more than two
        channels or of a rate outside 8,000 … 192,000 Hz.
    """
    path = inside(folder, name)
    try:
        with soundfile.SoundFile(path) as file:
            _check(name, file, longest_s)
            samples = file.read(int(longest_s * file.samplerate) + 1, np.float32, always_2d=True)
            return np.ascontiguousarray(samples.T), int(file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError) as error:
        raise GenerationError(f"the worker's {name!r} is no audio ({error})") from error


def _check(name: str, file: soundfile.SoundFile, longest_s: float) -> None:
    seconds = file.frames / max(1, file.samplerate)
    if not RATES[0] <= file.samplerate <= RATES[1]:
        raise GenerationError(
            f"the worker's {name!r} has {file.samplerate} Hz; valid is {RATES[0]} … {RATES[1]}"
        )
    if file.channels not in (1, 2):
        raise GenerationError(f"the worker's {name!r} has {file.channels} channels; valid is 1, 2")
    if not 0 < seconds <= longest_s:
        raise GenerationError(
            f"the worker's {name!r} has {seconds:.1f} s; valid is up to {longest_s:.1f} s"
        )


def bytes_of(folder: Path, name: str, most: int) -> bytes:
    """Content of a worker's file of at most `most` bytes. Raises GenerationError as `inside`."""
    path = inside(folder, name)
    if path.stat().st_size > most:
        raise GenerationError(f"the worker's {name!r} has more than {most} bytes")
    return path.read_bytes()


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder; links count for nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if not path.is_symlink() and path.is_file():
                total += path.stat().st_size
        except OSError:  # gone since it was listed
            continue
    return total
