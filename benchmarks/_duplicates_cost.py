"""What fingerprints cost: CPU time on 30 s of audio, and the time to hold new ones against many.

The many are made up: stretches of real fingerprints, in random order and with random bits turned,
as many as it takes for two tracks to share no more codes than two real ones of different styles do.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._extraction_systems import cpu_s
from benchmarks.figures import Figure
from pipelines.audio.decode import open_audio
from pipelines.audio.fingerprint import CODE_HOP_S, Codes
from pipelines.duplicates.find import agreeing
from pipelines.features.extract import Asked, extract_track

_CLIP_S = 30
_CLIPS, _ROUNDS = 6, 8
_STRETCH = 8
_TURNED_BITS = 3
_NEW = 1000
_SEED = 20


def cost_figures(
    real: Sequence[Codes], recordings: Sequence[Path], *, quick: bool
) -> Iterator[Figure]:
    with_it, without = _extraction_s(recordings[:_CLIPS])
    note = f"CPU with it less CPU without it, {_CLIPS} clips, least of {_ROUNDS} runs each, median"
    value = 1000 * (with_it - without)
    yield Figure("fingerprint_ms_per_30s", value, "ms", "< 10", "", note)
    note = f"of {1000 * without:.0f} ms for decode and all features"
    yield Figure("fingerprint_share_of_extraction", with_it / without - 1, "share", "", "", note)
    for count in (1_000,) if quick else (10_000, 100_000):
        seconds, found = _matching_s(real, count)
        new = min(_NEW, count // 10)
        note = f"{new} new clips of 30 s held against {count}, and each other; {found} links"
        yield Figure(f"duplicates_match_{count // 1000}k_s", seconds, "s", "", "", note)


def _extraction_s(recordings: Sequence[Path]) -> tuple[float, float]:
    """CPU seconds a clip, with a fingerprint and without."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder:
        for recording in recordings:
            clip = Path(folder) / "clip.flac"
            with soundfile.SoundFile(recording) as source:
                source.seek(max(0, (len(source) - _CLIP_S * source.samplerate) // 2))
                samples = source.read(_CLIP_S * source.samplerate, dtype="float32")
                soundfile.write(clip, samples, source.samplerate)
            rounds = [(_spent_s(clip, True), _spent_s(clip, False)) for _ in range(_ROUNDS)]
            for wanted, seconds in zip((True, False), zip(*rounds, strict=True), strict=True):
                spent[wanted].append(min(seconds))
    return statistics.median(spent[True]), statistics.median(spent[False])


def _spent_s(clip: Path, wanted: bool) -> float:
    before = cpu_s()
    extract_track(open_audio(clip).audio, Asked(fingerprint=wanted))
    return cpu_s() - before


def _matching_s(real: Sequence[Codes], count: int) -> tuple[float, int]:
    """Wall seconds to compare the last tracks of `count` with all, and how many pairs agreed."""
    draw = np.random.default_rng(_SEED)
    tracks = made_up(real, count, draw)
    order = list(tracks)
    new = [place >= count - min(_NEW, count // 10) for place in range(count)]

    def load(names: Sequence[str]) -> Mapping[str, Codes]:
        return {name: tracks[name] for name in names}

    before = time.perf_counter()
    found = sum(1 for _ in agreeing(order, new, load))
    return time.perf_counter() - before, found


def made_up(real: Sequence[Codes], count: int, draw: np.random.Generator) -> dict[str, Codes]:
    """`count` fingerprints of 30 s by name."""
    stock = np.concatenate([codes[: len(codes) // _STRETCH * _STRETCH] for codes in real])
    stretches = stock.reshape(-1, _STRETCH)
    wanted = round(_CLIP_S / CODE_HOP_S / _STRETCH)
    tracks = {}
    for number in range(count):
        codes = stretches[draw.integers(0, len(stretches), wanted)].reshape(-1).copy()
        for _ in range(_TURNED_BITS):
            codes ^= np.uint32(1) << draw.integers(0, 32, len(codes), dtype=np.uint32)
        tracks[f"{number:06d}"] = codes
    return tracks
