"""Recordings with exactly known tempo: songs of the game Frets on Fire and their charts.

Debian's packages fretsonfire-songs-sectoid (MIT) and -muldjord (CC BY-SA 3.0) hold eight metal and
rock songs of one tempo each, played by people and charted note by note: `notes.mid` has the tempo.
Five clips of 30 s are cut from each. One artist is development material, the other is held out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import _midi
from benchmarks._truth import Truth
from schemas.errors import InputError

PACKAGES = ("fretsonfire-songs-sectoid", "fretsonfire-songs-muldjord")
INSTALL = f"apt-get install {' '.join(PACKAGES)}"
PLACES = (0.15, 0.3, 0.45, 0.6, 0.75)  # of the song, where clips begin
CLIP_S = 30.0
_SPLITS = {"sectoid": "development", "muldjord": "held-out"}
_INSTALLED = Path("/usr/share/games/fretsonfire/data/songs")


def recordings(split: str, quick: bool = False) -> Sequence[Truth]:
    """The clips of one side, cut where they are not in the cache; one a song with `quick`.

    Raises
    ------
    InputError
        The songs are neither installed nor can be downloaded; says what to install.
    """
    songs = _songs()
    clips: list[Truth] = []
    for notes in sorted(songs.glob("*/*/notes.mid")):
        if _SPLITS.get(notes.parts[-3]) == split:
            clips += list(_clips(notes, split))[2 :: len(PLACES)] if quick else _clips(notes, split)
    return clips


def _clips(notes: Path, split: str) -> Iterator[Truth]:
    tempo = round(_midi.tempo_bpm(notes.read_bytes()), 3)
    song = notes.parent.name
    paths = [_cache() / f"{song.lower().replace(' ', '-')}-{place:g}.ogg" for place in PLACES]
    if not all(path.is_file() for path in paths):
        _cut(notes.parent, paths)
    for path in paths:
        yield Truth(path, tempo, genre="metal", groove=song, family=f"song {song}", split=split)


def _cut(folder: Path, paths: Sequence[Path]) -> None:
    parts = [soundfile.read(folder / name, always_2d=True) for name in ("song.ogg", "guitar.ogg")]
    rate = parts[0][1]
    count = min(len(samples) for samples, _ in parts)
    mixed = sum(samples[:count] for samples, _ in parts)
    for path, place in zip(paths, PLACES, strict=True):
        start = int(place * count)
        clip = mixed[start : start + int(CLIP_S * rate)]
        clip = (clip * (0.8 / np.abs(clip).max())).astype(np.float32)
        soundfile.write(path, clip, rate, format="OGG", subtype="VORBIS")


def _cache() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "wordtone" / "truth" / "recordings-1"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _songs() -> Path:
    """The game's folder of songs: the system's, or one downloaded into the cache."""
    if len(list(_INSTALLED.glob("*/*/notes.mid"))) >= 8:
        return _INSTALLED
    target = _cache() / "packages"
    songs = target / _INSTALLED.relative_to("/")
    if (target / "complete").exists():
        return songs
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise InputError(f"the songs with charts are missing: {INSTALL}")
    with tempfile.TemporaryDirectory() as folder:
        _run(["apt-get", "download", *PACKAGES], Path(folder))
        for package in sorted(Path(folder).glob("*.deb")):
            _run(["dpkg", "-x", str(package), str(target)], Path(folder))
    (target / "complete").touch()
    return songs


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"the songs with charts cannot be downloaded ({command[0]}): {INSTALL}")
