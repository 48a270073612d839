"""Hums, whistles and mixes to notes, and what a person's taps are worth.

Tunes that were not developed on (tunes.csv, held_out) are sung by a synthetic singer, male, female
and whistling, under eight conditions: vibrato, sloppy pitch and timing, reverberation, noise,
legato, slurs. Notes count as in MIREX: onset within 50 ms, pitch within 50 cents of what is meant,
the singer's own tuning taken out. Beside it, the same pYIN pitch merely rounded to semitones, and
the mixes of the embedded engine, whose lead is known.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

import numpy as np
from scipy.signal import medfilt

from benchmarks._hums import CONDITIONS, RATE_HZ, VOICES, Hum, hum
from benchmarks._melody_mixes import STYLES, Mix, mix
from benchmarks._note_matching import f1, hits, pairs
from benchmarks._tunes import tunes
from benchmarks.figures import Figure
from pipelines.features.analysis import Analysis, WholeSignal
from pipelines.melody.cleaning import cleaned
from pipelines.melody.heard import Heard
from pipelines.melody.hearing import LINE, hear, is_line
from pipelines.melody.notes import sung_notes
from pipelines.melody.pitch import PitchTrack, track_pitch
from pipelines.melody.salience import salient_line
from pipelines.melody.tempo import tapped
from pipelines.melody.transcribe import Wanted, transcription
from schemas.audio import Audio
from schemas.errors import InputError
from schemas.melody import Transcription

HELD_OUT_SEED = 1_000
_CLOSE = 0.04


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=2, help="singers of each voice (2)")
    parser.add_argument(
        "--part",
        choices=["held_out", "development"],
        default="held_out",
        help="which tunes; development is what constants were chosen on",
    )


def run(options: argparse.Namespace) -> Sequence[Figure]:
    seeds = 1 if options.quick else options.seeds
    start = HELD_OUT_SEED if options.part == "held_out" else 0
    return [
        *hum_figures(options.part, range(start, start + seeds)),
        *tap_figures(np.random.default_rng(start)),
        *mix_figures(STYLES[:3] if options.quick else STYLES, start + 7),
        *speed_figures(),
    ]


@dataclass(slots=True)
class _Tally:
    hit: int = 0
    true: int = 0
    heard: int = 0
    plain_hit: int = 0
    plain_heard: int = 0
    key: list[bool] = field(default_factory=list)
    sure: list[float] = field(default_factory=list)
    first: list[bool] = field(default_factory=list)
    listed: list[bool] = field(default_factory=list)
    steps: int = 0
    right_steps: int = 0

    @property
    def f1(self) -> float:
        return f1(self.hit, self.true, self.heard)


def hum_figures(part: str, seeds: Sequence[int]) -> Iterator[Figure]:
    by_condition = {one.name: _Tally() for one in CONDITIONS}
    by_voice = {voice: _Tally() for voice in VOICES}
    whole, known = _Tally(), tunes(part)
    for number, seed in enumerate(seeds):
        for i, condition in enumerate(CONDITIONS):
            for j, voice in enumerate(VOICES):
                tune = known[(7 * number + 3 * i + j) % len(known)]
                sung = hum(tune, voice, condition, seed)
                tallies = (by_condition[condition.name], by_voice[voice], whole)
                _count(sung, tallies)
    yield Figure("hum_note_f1", whole.f1, "", ">= 0.9", note=f"{whole.true} notes")
    plain = f1(whole.plain_hit, whole.true, whole.plain_heard)
    yield Figure("hum_note_f1_plain", plain, "", peer="pYIN, median filter, rounded")
    for name, tally in by_condition.items():
        yield Figure(f"hum_note_f1_{name}", tally.f1, "")
    for voice, tally in by_voice.items():
        yield Figure(f"hum_note_f1_{voice}", tally.f1, "")
    yield Figure(
        "hum_key_hit", float(np.mean(whole.key)), "", ">= 0.8", note=f"{len(whole.key)} hums"
    )
    yield Figure("hum_key_confidence", float(np.mean(whole.sure)), "", note="mean of what it said")
    yield Figure("hum_tempo_hit", float(np.mean(whole.first)), "", note="first suggestion, 4 %")
    yield Figure("hum_tempo_listed", float(np.mean(whole.listed)), "", note="any of three, 4 %")
    grid = whole.right_steps / max(1, whole.steps)
    yield Figure("hum_grid_hit", grid, "", ">= 0.95", note="beats between notes, tempo confirmed")


def _count(sung: Hum, tallies: Sequence[_Tally]) -> None:
    heard = hear(Audio(sung.signal[None], RATE_HZ))
    free = transcription(heard)
    told = transcription(heard, Wanted(tempo_bpm=sung.tempo_bpm))
    notes = [(note.start_s, float(note.pitch)) for note in free.notes]
    hit = hits(sung.notes, notes)
    plain = _plain(sung)
    plain_hit = hits(sung.notes, plain)
    right, steps = _grid(sung, told)
    key = free.key
    tempi = [tempo.bpm for tempo in free.tempi]
    for tally in tallies:
        tally.hit, tally.true = tally.hit + hit, tally.true + len(sung.notes)
        tally.heard += len(notes)
        tally.plain_hit, tally.plain_heard = (
            tally.plain_hit + plain_hit,
            tally.plain_heard + len(plain),
        )
        tally.key.append(
            key is not None
            and (key.pitch_class, key.mode) == (sung.tonic, int(sung.mode == "major"))
        )
        tally.sure.append(key.probability if key else 0.0)
        tally.first.append(bool(tempi) and _near(tempi[0], sung.tempo_bpm))
        tally.listed.append(any(_near(bpm, sung.tempo_bpm) for bpm in tempi))
        tally.right_steps, tally.steps = tally.right_steps + right, tally.steps + steps


def _near(bpm: float, true: float) -> bool:
    return abs(bpm / true - 1) <= _CLOSE


def _plain(sung: Hum) -> list[tuple[float, float]]:
    """What a first attempt does: pYIN, a median filter, runs of one rounded semitone."""
    track = track_pitch(sung.signal, LINE)
    semitones = np.where(track.voiced, np.round(medfilt(np.nan_to_num(track.pitch), 9)), 0)
    found, at = [], 0
    for semitone, run in groupby(semitones):
        length = len(list(run))
        if semitone > 0 and length * track.hop_s > 0.12:
            found.append((float(track.time_s[at]), float(semitone)))
        at += length
    return found


def _grid(sung: Hum, told: Transcription) -> tuple[int, int]:
    """Of the distances between notes that were heard one after the other, those right in beats."""
    heard = [(note.start_s, float(note.pitch)) for note in told.notes]
    matched = sorted(pairs(sung.notes, heard))
    right = steps = 0
    for (a, i), (b, j) in pairwise(matched):
        first, second = told.notes[i].start_beat, told.notes[j].start_beat
        if b == a + 1 and first is not None and second is not None:
            steps += 1
            right += abs((second - first) - (sung.notes[b][3] - sung.notes[a][3])) < 1e-6
    return right, steps


def tap_figures(rng: np.random.Generator) -> Iterator[Figure]:
    """Eight to sixteen taps that are 20 ms off, some left out, some doubled."""
    errors = []
    for _ in range(300):
        beat = 60 / rng.uniform(50, 200)
        times = [beat * k + rng.normal(0, 0.02) for k in range(int(rng.integers(8, 17)))]
        times = [t for k, t in enumerate(times) if k == 0 or rng.random() > 0.08]
        if rng.random() < 0.3:
            times.append(times[2] + 0.04)
        errors.append(_tap_error(sorted(times), beat))
    yield Figure("tap_tempo_error", 100 * float(np.median(errors)), "%", "<= 1")
    yield Figure("tap_tempo_hit", float(np.mean(np.array(errors) <= _CLOSE)), "", ">= 0.95")


def _tap_error(times: list[float], beat: float) -> float:
    """Relative error of the tempo; 1 where the taps are refused."""
    try:
        return abs(tapped(times).bpm * beat / 60 - 1)
    except InputError:
        return 1.0


def mix_figures(styles: Sequence[str], seed: int) -> Iterator[Figure]:
    made = [one for one in (mix(style, seed) for style in styles) if one is not None]
    if not made:
        yield Figure("mix_note_f1", None, "", note="no piece has a lead")
        return
    notes, strict, folded, chance, told = [], [], [], [], []
    for i, one in enumerate(made):
        signal = Analysis(one.audio, [WholeSignal]).signal
        track = salient_line(signal, RATE_HZ)
        heard = [(n.start_s, float(n.semitone)) for n in sung_notes(track)]
        notes.append(f1(hits(one.lead, heard), len(one.lead), len(heard)))
        told.append(not is_line(track_pitch(cleaned(signal), LINE)))
        strict.append(_pitch_share(track, one, octaves=False))
        folded.append(_pitch_share(track, one, octaves=True))
        chance.append(_pitch_share(track, made[i - 1], octaves=True))
    yield Figure("mix_note_f1", float(np.mean(notes)), "", note=f"{len(made)} mixes of the engine")
    yield Figure("mix_pitch", float(np.mean(strict)), "", note="share of the lead's time")
    yield Figure("mix_pitch_octaves", float(np.mean(folded)), "", note="octave errors forgiven")
    yield Figure("mix_pitch_shuffled", float(np.mean(chance)), "", note="against another's lead")
    yield Figure("mix_told_from_line", float(np.mean(told)), "", note="kind auto")


def _pitch_share(track: PitchTrack, one: Mix, octaves: bool) -> float:
    right = total = 0
    for begin, end, pitch in one.lead:
        low, high = np.searchsorted(track.time_s, (begin + 0.03, end - 0.03))
        away = track.pitch[low:high] - pitch
        if octaves:
            away = (away + 6) % 12 - 6
        right, total = right + int((np.abs(away) < 0.5).sum()), total + max(0, int(high - low))
    return right / max(1, total)


def speed_figures() -> Iterator[Figure]:
    sung = hum(tunes("development")[0], "female", CONDITIONS[0], 1)
    seconds = len(sung.signal) / RATE_HZ
    started = time.process_time()
    heard: Heard = hear(Audio(sung.signal[None], RATE_HZ))
    took = time.process_time() - started
    yield Figure("hum_cpu_share", 100 * took / seconds, "% of its length", "<= 10")
    started = time.process_time()
    transcription(heard, Wanted(tempo_bpm=100.0))
    yield Figure("hum_retap_s", time.process_time() - started, "s", note="key and grid anew")
