"""The model of sound: does it follow its vector and its tracks, and what does its sound cost?

A request is the vector of one held-out piece over the beats and chords of another. With the vector
of a third (shuffled) what the vector leads can be right by chance only; with the tracks of a third,
tempo and key. What the way from mel to sound costs by itself is measured on the true spectra.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks._learned_data import Made
from benchmarks._learned_scores import interval, key_hits, numbers, rho, tempo_hits
from benchmarks._learned_symbolic import mapped
from benchmarks.figures import Figure
from generation.learned.artifact import load
from generation.learned.conditions import HEARD, Floats
from generation.learned.sound.engine import network_of, tracks_of
from generation.learned.sound.mel import FRAMES_PER_S, RATE_HZ, log_mel, sounded
from generation.learned.sound.sampling import Manner, sample
from generation.sequencer.plan import Plan
from pipelines.features.extract import extract
from pipelines.generator.library import GROUPS
from schemas.audio import Audio
from schemas.protocols import FeatureValues

LED = ("brightness_hz", "energy", "onset_rate_hz", "loudness_lufs", "flatness", "harmonic_ratio")
SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Request:
    """A vector, and the plan whose beats and chords the tracks are."""

    vector: Floats
    plan: Plan
    values: FeatureValues


def requests(pieces: Sequence[Made], seed: int) -> list[Request]:
    """Vector of one piece, tracks of another: of the vector's tempo and mode those of the plan."""
    rng = np.random.default_rng(seed)
    found = []
    for piece, other in zip(pieces, rng.permutation(len(pieces)), strict=True):
        band = pieces[other]
        vector = piece.clip.conditions.vector.copy()
        for name in ("tempo_bpm", "key_mode"):
            place = HEARD.index(name)
            for at in (place, place + len(HEARD)):
                vector[at] = band.clip.conditions.vector[at]
        found.append(Request(vector, band.plan, piece.values))
    return found


def with_other_vectors(wanted: Sequence[Request]) -> list[Request]:
    moved = [*wanted[1:], wanted[0]]
    return [Request(b.vector, a.plan, a.values) for a, b in zip(wanted, moved, strict=True)]


def with_other_tracks(wanted: Sequence[Request]) -> list[Request]:
    moved = [*wanted[1:], wanted[0]]
    return [Request(a.vector, b.plan, a.values) for a, b in zip(wanted, moved, strict=True)]


@lru_cache(1)
def _network(folder: str):  # type: ignore[no-untyped-def]
    import torch

    torch.set_num_threads(1)
    path = Path(folder)
    loaded = load(path, "audio")
    return network_of(path, loaded, "cpu"), loaded.manifest.scale


def drawn(job: tuple[str, Request, int]) -> FeatureValues:
    """What is heard in the sound that the model of a folder draws."""
    folder, request, seed = job
    os.environ["OMP_NUM_THREADS"] = "1"
    network, scale = _network(folder)
    tracks = tracks_of(request.plan, round(SECONDS * FRAMES_PER_S))
    mel = sample(network, tracks, request.vector, seed, Manner())
    return _heard(mel * np.float32(scale["deviation"]) + np.float32(scale["mean"]))


def resounded(piece: Made) -> FeatureValues:
    """What is heard in a true spectrum once it is sound again: the ceiling of any model here."""
    return _heard(piece.clip.mel[: round(SECONDS * FRAMES_PER_S)].astype(np.float32))


def mel_error(piece: Made) -> float:
    """Mean difference of the spectrum that comes back, dB, where it is above -60 dB of its peak."""
    mel = piece.clip.mel[: round(SECONDS * FRAMES_PER_S)].astype(np.float32)
    back = log_mel(sounded(mel))[: len(mel)]
    loud = mel[: len(back)] > mel.max() - 60 * np.log(10) / 20
    return float(np.abs(back - mel[: len(back)])[loud].mean() * 20 / np.log(10))


def _heard(mel: Floats) -> FeatureValues:
    samples = sounded(mel)
    samples = samples / max(1.0, float(np.abs(samples).max(initial=0.0)))
    return extract(Audio(samples[None].astype(np.float32), RATE_HZ), GROUPS)


def figures(folder: Path, held_out: Sequence[Made], workers: int) -> list[Figure]:
    """All figures of the model of sound."""
    where = str(folder)
    wanted = requests(held_out, 1)
    led, vectors, tracks = (
        mapped(drawn, [(where, one, seed) for seed, one in enumerate(group)], workers)
        for group in (wanted, with_other_vectors(wanted), with_other_tracks(wanted))
    )
    back = mapped(resounded, held_out, workers)
    asked = [one.values for one in wanted]
    count = len(wanted)
    found = []
    for name in LED:
        for label, got in (("audio", led), ("audio_shuffled", vectors)):
            value = rho(numbers(asked, name), numbers(got, name))
            found.append(Figure(f"{label}_{name}_rho", value, "ratio", note=f"n = {count}"))
        true = rho(numbers([p.values for p in held_out], name), numbers(back, name))
        found.append(Figure(f"vocoder_{name}_rho", true, "ratio", note="true spectra, resounded"))
    tempi = [one.plan.tempo_bpm for one in wanted]
    keys = [(one.plan.tonic, int(one.plan.scale == "major")) for one in wanted]
    for label, got in (("audio", led), ("audio_other_tracks", tracks)):
        hit = tempo_hits(tempi, numbers(got, "tempo_bpm"), (0.5, 1, 2))
        exact = tempo_hits(tempi, numbers(got, "tempo_bpm"), (1,))
        key = key_hits(keys, got)
        found += [
            Figure(f"{label}_tempo_hit", hit, "ratio", note=interval(hit, count)),
            Figure(f"{label}_tempo_octave_exact", exact, "ratio", note=interval(exact, count)),
            Figure(f"{label}_key_hit", key, "ratio", note=interval(key, count)),
        ]
    own = [piece.plan.tempo_bpm for piece in held_out]
    own_keys = [(p.plan.tonic, int(p.plan.scale == "major")) for p in held_out]
    errors = mapped(mel_error, held_out[: max(4, count // 4)], workers)
    return [
        *found,
        Figure(
            "vocoder_tempo_hit", tempo_hits(own, numbers(back, "tempo_bpm"), (0.5, 1, 2)), "ratio",
            note="true spectra, resounded",
        ),
        Figure("vocoder_key_hit", key_hits(own_keys, back), "ratio"),
        Figure("vocoder_mel_error_db", float(np.mean(errors)), "dB"),
    ]  # fmt: skip
