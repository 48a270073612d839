"""Time-stretching and pitch-shifting of a piece: mix, stems and MIDI alike.

Signalsmith Stretch (python-stretch) does it: a phase vocoder with peak matching, which compensates
its own latency, so that what lay at t lies at t / speed. It is not linear: the sum of stretched
stems is not the stretched sum. So where there are stems each is stretched by itself and the mix is
their sum, sample for sample; drums are never shifted in pitch, for a shifted kit is another kit.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from generation.contract import Generated
from schemas.audio import Audio, Samples

MOST_TEMPO_SHARE = 0.12
MOST_SEMITONES = 3
"""Beyond these the artefacts are heard on music of any kind; what would need more is a miss."""

_PERCUSSIVE = frozenset({"drums", "percussion"})
_SEED = 1
_PEAK = 0.999
_DRUM_CHANNEL = 9


@dataclass(frozen=True, slots=True)
class Correction:
    """`speed` 1.05 plays 5 % faster; `semitones` up. The identity is falsy."""

    speed: float = 1.0
    semitones: int = 0

    def __bool__(self) -> bool:
        return self.speed != 1.0 or self.semitones != 0

    @property
    def allowed(self) -> bool:
        near = abs(self.speed - 1) <= MOST_TEMPO_SHARE + 1e-9
        return near and abs(self.semitones) <= MOST_SEMITONES


UNCHANGED = Correction()


def stretched(audio: Audio, correction: Correction) -> Audio:
    """`audio` faster and higher by `correction`; its length divided by the speed."""
    from python_stretch import Signalsmith

    if not correction:
        return audio
    engine = Signalsmith.Stretch(_SEED)
    engine.preset(audio.channels, float(audio.sample_rate_hz))
    engine.setTimeFactor(correction.speed)
    if correction.semitones:
        engine.setTransposeSemitones(float(correction.semitones))
    samples = np.asarray(engine.process(np.ascontiguousarray(audio.samples)), np.float32)
    return Audio(samples, audio.sample_rate_hz)


def corrected(piece: Generated, correction: Correction) -> Generated:
    """The piece with mix, stems and MIDI corrected; level lowered where a peak would clip."""
    if not correction:
        return piece
    flat = replace(correction, semitones=0)
    stems: dict[str, Audio] = {
        name: stretched(audio, flat if name in _PERCUSSIVE else correction)
        for name, audio in piece.stems.items()
    }
    mix = _sum(stems) if stems else stretched(piece.mix, correction)
    gain = _gain(mix.samples)
    if gain != 1.0:
        stems = {name: _scaled(audio, gain) for name, audio in stems.items()}
        mix = _sum(stems) if stems else _scaled(mix, gain)
    midi = None if piece.midi is None else corrected_midi(piece.midi, correction)
    return replace(piece, mix=mix, stems=stems, midi=midi)


def corrected_midi(content: bytes, correction: Correction) -> bytes:
    """A MIDI file at the new tempo and pitch; channel 10 keeps its keys.

    Key signatures move with the notes; a file without a tempo gets one (MIDI's default is 120).
    """
    import mido

    file = mido.MidiFile(file=io.BytesIO(content))
    told = False
    for track in file.tracks:
        for i, message in enumerate(track):
            if message.type == "set_tempo":
                track[i] = message.copy(tempo=_tempo(message.tempo, correction.speed))
                told = True
            elif message.type in ("note_on", "note_off") and message.channel != _DRUM_CHANNEL:
                note = min(127, max(0, message.note + correction.semitones))
                track[i] = message.copy(note=note)
            elif message.type == "key_signature" and correction.semitones:
                track[i] = message.copy(key=_moved(message.key, correction.semitones))
    if not told and file.tracks:
        tempo = _tempo(500_000, correction.speed)
        file.tracks[0].insert(0, mido.MetaMessage("set_tempo", tempo=tempo, time=0))
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def _tempo(microseconds: int, speed: float) -> int:
    return min(0xFFFFFF, max(1, round(microseconds / speed)))


_SIGNATURES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_SIGNATURES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def _moved(key: str, semitones: int) -> str:
    minor = key.endswith("m")
    name = key.removesuffix("m")
    pitch = _NATURAL[name[0]] + name.count("#") - name.count("b")
    names = _MINOR_SIGNATURES if minor else _SIGNATURES
    return names[(pitch + semitones) % 12] + ("m" if minor else "")


def _sum(stems: Mapping[str, Audio]) -> Audio:
    """The stems added up in the order they have; they are of one rate and, to a sample, length."""
    frames = min(audio.frames for audio in stems.values())
    rate = next(iter(stems.values())).sample_rate_hz
    channels = max(audio.channels for audio in stems.values())
    total = np.zeros((channels, frames), np.float32)
    for audio in stems.values():
        total += audio.samples[:, :frames]
    return Audio(total, rate)


def _gain(samples: Samples) -> float:
    peak = float(np.max(np.abs(samples), initial=0.0))
    return _PEAK / peak if peak > _PEAK else 1.0


def _scaled(audio: Audio, gain: float) -> Audio:
    return Audio((audio.samples * np.float32(gain)).astype(np.float32), audio.sample_rate_hz)
