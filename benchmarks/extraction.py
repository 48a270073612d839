"""CPU time of feature extraction against the plain librosa recipe, on the same clips.

Each clip of 30 s, an Ogg Vorbis file, is decoded and measured by the systems in turn, so that a
change of the machine's speed meets all of them; a figure is the median over the clips. CPU time is
user plus system time of this process and its children, one thread each.

  wordtone   decode + extract, every feature
  librosa    load, beat_track, onsets, chroma, MFCC, spectral statistics, hpss, tempogram, tonnetz
  floor      decode, mono, resample to 22,050 Hz, one power spectrogram 2,048/512: nothing measured

Music: --music FOLDER (Ogg, FLAC, MP3 or WAV files, 30 s from the middle of each); otherwise music
made by code, which is cheaper to decode than recordings are.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from pipelines.features.threads import limit_threads
from schemas.errors import InputError

CLIP_S = 30.0
_MOST_CLIPS = 12
_LONGEST_S = 900.0
_QUICK_CLIPS = 4
_PEER = "librosa 0.11 recipe"
_FRESH = """
from pathlib import Path
from pipelines.features.threads import limit_threads
limit_threads()
from pipelines.audio.decode import decode
from pipelines.features.extract import extract
extract(decode(Path({path!r})).audio)
"""

System = Callable[[Path], object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="folder with recordings")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    limit_threads()
    with tempfile.TemporaryDirectory() as folder:
        clips = list(_clips(options.music, Path(folder)))
        clips = clips[: _QUICK_CLIPS if options.quick else _MOST_CLIPS]
        spent = _spent(clips)
        fresh = statistics.median(_fresh_process_s(clip) for clip in clips[:3])
    what = f"{options.music.name}/ recordings" if options.music else "music made by code"
    return _figures(spent, fresh, f"{len(clips)} Ogg clips of 30 s, {what}; one thread")


def _figures(spent: dict[str, list[float]], fresh_s: float, note: str) -> Sequence[Figure]:
    own = statistics.median(spent["wordtone"])

    def ratio(peer: str) -> float:
        pairs = zip(spent[peer], spent["wordtone"], strict=True)
        return statistics.median(theirs / ours for theirs, ours in pairs)

    return (
        Figure("librosa_ratio_ogg_clip", ratio("librosa"), "×", ">= 15", _PEER, note),
        Figure(
            "librosa_nohpss_ratio_ogg_clip",
            ratio("librosa without hpss"),
            "×",
            "",
            f"{_PEER} without hpss",
            note,
        ),
        Figure("floor_ratio_ogg_clip", 1 / ratio("floor"), "×", "<= 2.2", "floor", note),
        Figure("extract_cpu_s_per_30s", own, "s", "", "", f"decode and all features; {note}"),
        Figure(
            "fresh_process_first_track_cpu_s",
            fresh_s,
            "s",
            "<= 2",
            "",
            "imports, decode and all features of one clip; median of 3 processes",
        ),
    )


def _spent(clips: Sequence[Path]) -> dict[str, list[float]]:
    """CPU seconds per 30 s for each system and clip, in the same order."""
    spent: dict[str, list[float]] = {name: [] for name in _SYSTEMS}
    for system in _SYSTEMS.values():  # imports, compilation and caches are not what is compared
        system(clips[0])
    for number, clip in enumerate(clips):
        names = list(_SYSTEMS)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            before = _cpu_s()
            _SYSTEMS[name](clip)
            spent[name].append(_cpu_s() - before)
    return spent


def _cpu_s() -> float:
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def _fresh_process_s(clip: Path) -> float:
    before = _cpu_s()
    subprocess.run([sys.executable, "-c", _FRESH.format(path=str(clip))], check=True)
    return _cpu_s() - before


def _wordtone(path: Path) -> object:
    from pipelines.audio.decode import decode
    from pipelines.features.extract import extract

    return extract(decode(path).audio)


def _floor(path: Path) -> object:
    """Decode, mix, resample and one power spectrogram, as cheaply as we know how."""
    import numpy as np
    import scipy.fft
    import soundfile
    import soxr
    from numpy.lib.stride_tricks import sliding_window_view

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples[:, 0] if samples.shape[1] == 1 else (samples[:, 0] + samples[:, 1]) * 0.5
    signal = np.pad(soxr.resample(mono, rate, 22_050), 1_024)
    window = np.hanning(2_049)[:-1].astype(np.float32)
    frames = sliding_window_view(signal, 2_048)[::512]
    power = np.empty((len(frames), 1_025), np.float32)
    for start in range(0, len(frames), 64):
        spectrum = scipy.fft.rfft(frames[start : start + 64] * window, axis=1)
        power[start : start + 64] = spectrum.real**2 + spectrum.imag**2
    return power


def _librosa(path: Path) -> object:
    import librosa

    signal, rate = librosa.load(path, sr=22_050)
    return _recipe(signal, rate), librosa.effects.hpss(signal)


def _librosa_without_hpss(path: Path) -> object:
    import librosa

    signal, rate = librosa.load(path, sr=22_050)
    return _recipe(signal, rate)


def _recipe(signal: Any, rate: float) -> object:
    """The calls that a user of librosa writes for these features, each from the waveform."""
    import librosa

    feature = librosa.feature
    return (
        librosa.beat.beat_track(y=signal, sr=rate),
        librosa.onset.onset_strength(y=signal, sr=rate),
        librosa.onset.onset_detect(y=signal, sr=rate),
        feature.chroma_cqt(y=signal, sr=rate),
        feature.chroma_stft(y=signal, sr=rate),
        feature.mfcc(y=signal, sr=rate, n_mfcc=20),
        feature.spectral_centroid(y=signal, sr=rate),
        feature.spectral_bandwidth(y=signal, sr=rate),
        feature.spectral_contrast(y=signal, sr=rate),
        feature.spectral_rolloff(y=signal, sr=rate),
        feature.spectral_flatness(y=signal),
        feature.zero_crossing_rate(signal),
        feature.rms(y=signal),
        feature.tempogram(y=signal, sr=rate),
        feature.tonnetz(y=signal, sr=rate),
    )


_SYSTEMS: dict[str, System] = {
    "wordtone": _wordtone,
    "librosa": _librosa,
    "librosa without hpss": _librosa_without_hpss,
    "floor": _floor,
}


def _clips(music: Path | None, folder: Path) -> Iterator[Path]:
    """Ogg clips of 30 s, written to `folder`."""
    import soundfile

    from pipelines.audio.decode import decode
    from pipelines.audio.probe import is_audio, probe

    if music is None:
        yield from _made(folder)
        return
    found = 0
    for path in sorted(path for path in music.rglob("*") if path.is_file() and is_audio(path)):
        declared = probe(path).declared_duration_s
        if declared is None or not CLIP_S <= declared <= _LONGEST_S:
            continue
        audio = decode(path).audio
        middle = max(0, int((audio.duration_s - CLIP_S) / 2 * audio.sample_rate_hz))
        part = audio.samples[:, middle : middle + int(CLIP_S * audio.sample_rate_hz)]
        clip = folder / f"{found:03d}.ogg"
        soundfile.write(clip, part.T, audio.sample_rate_hz, format="OGG", subtype="VORBIS")
        yield clip
        if (found := found + 1) == _MOST_CLIPS:
            return
    if not found:
        raise InputError(f"--music {music}: no recording of 30 s to 15 min in it")


def _made(folder: Path) -> Iterator[Path]:
    """Clips made by code: detuned saws over noise bursts at a steady beat, 44.1 kHz stereo."""
    import numpy as np
    import soundfile

    rate = 44_100
    time = np.arange(int(CLIP_S * rate)) / rate
    for number in range(_MOST_CLIPS):
        random = np.random.default_rng(number)
        beat = 60 / random.uniform(80, 160)
        stroke = random.normal(0, 0.3, len(time)) * np.exp(-20 * (time % beat))
        chord = 110 * 2 ** (random.choice([0, 3, 4, 7, 10], 3) / 12)
        left, right = (
            sum(0.1 * ((hz * (1 + detune) * time) % 1 - 0.5) for hz in chord) + 0.3 * stroke
            for detune in (0.002, -0.002)
        )
        clip = folder / f"{number:03d}.ogg"
        soundfile.write(clip, np.stack([left, right], 1), rate, format="OGG", subtype="VORBIS")
        yield clip
