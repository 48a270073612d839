"""What the tagger costs, and how its features hold on music whose instruments are known.

Cost: CPU time (user plus system, one thread) of hearing one track: log-mel spectrograms and both
networks on five excerpts of 3 s, whatever the track's length; beside it, decoding and measuring all
other features of the same track. Medians over recordings of 30 s to 10 min in --music FOLDER;
otherwise over music made by code.

Meaning: the rendered clips of `./dev bench accuracy` (MMA and fluidsynth, both sides of the split;
no vocals in any of them). Acousticness is to tell styles of acoustic instruments from those of
electric and electronic ones; instrumentals are not to be taken for vocals. The formulas were chosen
on half of these clips. Nothing that can be rendered here tests valence.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from benchmarks._extraction_systems import cpu_s, timed, wordtone
from benchmarks._render import missing_programs
from benchmarks._truth import Truth
from benchmarks._truth_rendered import SPLITS, rendered
from benchmarks.figures import Figure
from pipelines.audio.decode import decode
from pipelines.audio.probe import is_audio, probe
from pipelines.features.analysis import Analysis
from pipelines.features.tagger.excerpts import excerpts
from pipelines.features.tagger.model import Tagger
from pipelines.features.tagger.registry import load_tagger
from pipelines.features.threads import limit_threads
from schemas.errors import InputError

CLIP_S = 30.0
_MOST, _QUICK = 8, 2
_LONGEST_S = 600.0
_VOCAL = 0.5  # of vocal_presence: a clip above it is taken for one with vocals
# fmt: off
_ACOUSTIC = frozenset((
    "big band", "bluegrass", "boogie woogie", "bossa nova", "charleston", "classical", "country",
    "dixieland", "folk", "folk blues", "french waltz", "gypsy jazz", "hymn", "jazz",
    "jazz waltz", "lullaby", "orchestral", "piano ballad", "ragtime", "swing jazz", "tango",
    "viennese waltz", "waltz",
))
_ELECTRIC = frozenset((
    "ambient", "dance", "dance pop", "drum and bass", "hard rock", "heavy metal", "hip hop",
    "house", "latin house", "pop rock", "punk", "rave", "rock", "synth pop", "techno",
    "thrash metal", "trance", "trip hop",
))
# fmt: on
_FRESH = """
import pathlib
import resource
def peak_kb():  # of this program alone: ru_maxrss begins with that of the process that started it
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
from pipelines.features.threads import limit_threads
limit_threads()
import pipelines.features.extract
before, peak = resource.getrusage(resource.RUSAGE_SELF), peak_kb()
from pipelines.features.tagger.registry import load_tagger
tagger = load_tagger("{name}")
loaded = resource.getrusage(resource.RUSAGE_SELF)
import numpy
listening = tagger.listening
tagger.hear(numpy.ones((listening.count, listening.samples), "float32"))
print(loaded.ru_utime + loaded.ru_stime - before.ru_utime - before.ru_stime)
print((peak_kb() - peak) / 1024)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="folder with recordings")
    parser.add_argument("--tagger", default="musicnn", help="name of the tagger")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    limit_threads()
    tagger = load_tagger(options.tagger)
    if tagger is None:
        raise InputError("--tagger: no name")
    return (*_cost(options, tagger), *_fresh(options.tagger), *_meaning(tagger, options.quick))


def _cost(options: argparse.Namespace, tagger: Tagger) -> Sequence[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        found = _recordings(options.music) if options.music else _made(Path(folder))
        spent = [
            _spent(path, tagger) for path in _spread(found, _QUICK if options.quick else _MOST)
        ]
    seconds = statistics.median(s for _, _, s in spent)
    what = f"recordings of {options.music.name}/" if options.music else "music made by code"
    note = f"{tagger.id}; {len(spent)} {what}; one thread"
    whole = statistics.median(heard / (heard + rest) for heard, rest, _ in spent)
    clip = statistics.median(heard / (heard + rest * CLIP_S / s) for heard, rest, s in spent)
    own = statistics.median(heard for heard, _, _ in spent)
    return (
        Figure("tagger_cpu_s_per_track", own, "s", "", "", note),
        Figure("tagger_share_full", whole, "ratio", "", "", f"of CPU, tracks of {seconds:.0f} s"),
        Figure("tagger_share_clip", clip, "ratio", "", "", f"of CPU, were they {CLIP_S:g} s long"),
    )


def _spent(path: Path, tagger: Tagger) -> tuple[float, float, float]:
    """CPU seconds of the tagger and of everything else on a recording, and its duration."""
    audio = decode(path).audio
    heard_parts = _excerpts(path, tagger)
    tagger.hear(heard_parts)  # what is loaded at first use is not what is timed
    before = cpu_s()
    tagger.hear(heard_parts)
    heard = cpu_s() - before
    return heard, min(timed(wordtone, path) for _ in range(2)), audio.duration_s


def _recordings(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and is_audio(path)]
    lengths = [(path, probe(path).declared_duration_s or 0) for path in found]
    if chosen := [path for path, length in lengths if CLIP_S <= length <= _LONGEST_S]:
        return chosen
    raise InputError(f"--music {folder}: no recording of 30 s to 10 min in it")


def _spread(found: Sequence[Path], most: int) -> Sequence[Path]:
    """Up to `most`, evenly spread over the list: its neighbours are of one album."""
    if len(found) <= most:
        return found
    return [found[round((i + 0.5) * len(found) / most - 0.5)] for i in range(most)]


def _made(folder: Path) -> list[Path]:
    """Two tracks of chords and noise, 3 minutes, 44.1 kHz stereo."""
    times = np.arange(180 * 44_100) / 44_100
    paths = []
    for number in range(2):
        draw = np.random.default_rng(number)
        strokes = draw.normal(0, 0.3, len(times)) * np.exp(-20 * (times % (0.4 + 0.1 * number)))
        chord = sum(np.sin(2 * np.pi * 110 * ratio * times) for ratio in (1, 1.25, 1.5, 2))
        samples = np.stack([strokes + 0.1 * chord, strokes - 0.1 * chord], axis=1)
        paths.append(folder / f"{number}.flac")
        soundfile.write(paths[-1], samples.clip(-1, 1), 44_100)
    return paths


def _excerpts(path: Path, tagger: Tagger) -> npt.NDArray[np.float32]:
    kind = excerpts(tagger.listening)
    return Analysis(decode(path).audio, [kind]).of(kind)


def _fresh(name: str) -> Sequence[Figure]:
    """Load time and memory in processes of their own."""
    answers = []
    for _ in range(3):
        command = [sys.executable, "-c", _FRESH.format(name=name)]
        answers.append(subprocess.check_output(command, text=True, env=dict(os.environ)).split())
    load, memory = (statistics.median(float(a[i]) for a in answers) for i in range(2))
    return (
        Figure("tagger_load_cpu_s", load, "s", "<= 1", "", "once a worker process; median of 3"),
        Figure("tagger_memory_mb", memory, "MB", "", "", "added to a worker's peak; median of 3"),
    )


def _meaning(tagger: Tagger, quick: bool) -> Sequence[Figure]:
    if missing := missing_programs():
        return (
            Figure("acousticness_auc", None, "ratio", "", "", missing),
            Figure("vocal_false_rate", None, "ratio", "", "", missing),
        )
    clips = [clip for split in SPLITS for clip in rendered(split, quick)]
    values = [tagger.hear(_excerpts(clip.path, tagger)).values for clip in clips]
    acousticness = np.array([found["acousticness"] for found in values])
    acoustic, electric = (_of(clips, genres) for genres in (_ACOUSTIC, _ELECTRIC))
    vocal = np.array([found["vocal_presence"] for found in values])
    return (
        Figure(
            "acousticness_auc",
            auc(acousticness[acoustic], acousticness[electric]),
            "ratio",
            "",
            "",
            f"rendered, {acoustic.sum()} clips of acoustic styles, {electric.sum()} of electric",
        ),
        Figure(
            "vocal_false_rate",
            float((vocal > _VOCAL).mean()),
            "ratio",
            "",
            "",
            f"vocal_presence over {_VOCAL} on {len(clips)} rendered clips without vocals",
        ),
    )


def _of(clips: Sequence[Truth], genres: frozenset[str]) -> npt.NDArray[np.bool_]:
    return np.array([clip.genre in genres for clip in clips])


def auc(high: npt.NDArray[np.float64], low: npt.NDArray[np.float64]) -> float:
    """How often a value of `high` tops one of `low`; a tie counts half."""
    above = (high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean()
    return float(above)
