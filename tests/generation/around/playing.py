"""A small engine that really sounds: drums and chords at a tempo and in a key, with true stems.

It does as it is told, but for `disobey(place) → (tempo factor, semitones)`, by the order of calls.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import mido
import numpy as np

from generation.around import asking
from generation.contract import Application, Generated, Progress, silent
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied, Lock, Prompt, Source
from tests.features import synth

MANIFEST = EngineManifest(
    engine="playing",
    title="A test engine",
    parameters=(Parameter(name="bpm", takes="tempo_bpm", applied=Applied.NATIVE),),
    longest_s=60,
    sample_rate_hz=44_100,
    channels=2,
    stems=("drums", "chords"),
    code_licence="CC0-1.0",
    weights_licence=None,
    source="tests",
)


@dataclass
class Playing:
    """`stems` False gives the mix alone."""

    disobey: Callable[[int], tuple[float, int]] = lambda _: (1.0, 0)
    stems: bool = True
    seconds: float = 10.0
    calls: list[int] = field(default_factory=list)

    @property
    def manifest(self) -> EngineManifest:
        return MANIFEST

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        factor, semitones = self.disobey(len(self.calls))
        self.calls.append(seed)
        bpm = (asking.tempo(request) or 120.0) * factor
        key = asking.key(request) or asking.Key(0, True)
        tonic = ((key.pitch_class or 0) + semitones) % 12
        progress(0.5, "playing")
        drums = synth.drums(bpm, self.seconds)
        chords = synth.chords(tonic, key.major is not False, self.seconds, chord_s=240 / bpm)
        parts = {"drums": _stereo(drums), "chords": _stereo(chords)}
        mix = Audio(parts["drums"].samples + parts["chords"].samples, synth.RATE_HZ)
        return Generated(
            mix=mix,
            seed=seed,
            applied={
                "tempo_bpm": Application(Applied.NATIVE, asking.tempo(request)),
                "key": Application(Applied.NATIVE, key.words),
            },
            stems=parts if self.stems else {},
            midi=_midi(bpm, tonic),
            recipe={"seed": seed},
        )


def request(
    bpm: float = 120.0, key: int = 0, mode: str = "major", **more: object
) -> ConditioningRequest:
    """A tempo and a key that must be met."""
    fields: dict[str, object] = {
        "prompt": Prompt(text="a test"),
        "features": {"tempo_bpm": condition("BPM", bpm)},
        "key": KeyCondition(
            pitch_class=key, mode=mode, source=Source.USER, confidence=1, lock=Lock.HARD
        ),
        "seed": 7,
    }
    return ConditioningRequest.model_validate(fields | more)


def condition(unit: str, value: float, lock: Lock = Lock.HARD) -> FeatureCondition:
    return FeatureCondition(value=value, unit=unit, source=Source.USER, confidence=1, lock=lock)


def _stereo(signal: synth.Signal) -> Audio:
    return Audio(np.stack([signal, signal]).astype(np.float32), synth.RATE_HZ)


def _midi(bpm: float, tonic: int) -> bytes:
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm), time=0))
    track.append(mido.MetaMessage("key_signature", key="C", time=0))
    track.append(mido.Message("note_on", note=60 + tonic, velocity=80, channel=0, time=0))
    track.append(mido.Message("note_on", note=36, velocity=80, channel=9, time=0))
    track.append(mido.Message("note_off", note=60 + tonic, velocity=0, channel=0, time=480))
    track.append(mido.Message("note_off", note=36, velocity=0, channel=9, time=0))
    file.tracks.append(track)
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()
