"""CPU time of feature extraction against librosa, Essentia and the least that could be done.

Each recording is decoded and measured by the systems in turn, so that a change of the machine's
speed meets all of them; a ratio is the median over the recordings of the ratio on each. CPU time is
user plus system time, one thread a system. Clips are 30 s from the middle of a recording, full
tracks whole recordings of 90 s to 5 min; each is timed as Ogg Vorbis, MP3, FLAC and WAV.

  wordtone   decode + every feature, true peak, beats and sections (without the optional tagger)
  librosa    load, beat_track, onsets, chroma, MFCC, spectral statistics, hpss, tempogram, tonnetz
  Essentia   MusicExtractor at its defaults, installed for this benchmark alone
  floor      decode, mono, resample to 22,050 Hz, one power spectrogram 2,048/512: nothing measured

Music: --music FOLDER (recordings in any format), or else music made by code, which is cheaper to
decode than recordings are.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import _extraction_systems as systems
from benchmarks._essentia import PEER as ESSENTIA
from benchmarks._essentia import Essentia
from benchmarks._extraction_music import FORMATS, Music, Piece, prepare
from benchmarks._extraction_scaling import scaling
from benchmarks._three_hours import three_hour_rss_mb
from benchmarks.figures import Figure
from pipelines.features.threads import limit_threads
from schemas.errors import InputError

_CLIPS, _FULL = 12, 4
_QUICK_CLIPS, _QUICK_FULL = 4, 1
_LIBROSA = "librosa 0.11 recipe"
_FRESH = """
from pathlib import Path
from pipelines.features.threads import limit_threads
limit_threads()
from pipelines.audio.decode import open_audio
from pipelines.features.extract import extract_track
extract_track(open_audio(Path({path!r})).audio)
"""

Times = dict[str, list[float]]
"""CPU seconds by system, one for each recording, in the same order."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="folder with recordings")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    limit_threads()
    clips, full = (_QUICK_CLIPS, _QUICK_FULL) if options.quick else (_CLIPS, _FULL)
    with tempfile.TemporaryDirectory() as folder:
        music = prepare(options.music, Path(folder), clips, full)
        figures = [*_clip_figures(music), *_full_figures(music)]
        first = [piece.path for piece in music.clips["ogg"]]
        fresh = statistics.median(_fresh_process_s(clip) for clip in first[:3])
        throughput, processes = scaling(first)
    return (
        *figures,
        Figure(
            "fresh_process_first_track_cpu_s",
            fresh,
            "s",
            "<= 2",
            "",
            "imports, decode and all features of one clip; median of 3 processes",
        ),
        Figure(
            "process_scaling",
            throughput,
            "×",
            "",
            "1 process",
            f"tracks a second of {processes} worker processes over those of one",
        ),
        _three_hours(options.quick),
    )


def _clip_figures(music: Music) -> list[Figure]:
    """Ratios on clips: every peer on Ogg, librosa's recipe on the other formats."""
    figures = []
    for name in FORMATS:
        pieces = music.clips[name]
        note = f"{len(pieces)} clips of 30 s, {music.what}; one thread"
        peers = dict(_PEERS) if name == "ogg" else {"librosa": _PEERS["librosa"]}
        spent = _spent(pieces, peers)
        figures.append(_ratio(f"librosa_ratio_{name}_clip", spent, "librosa", note))
        if name == "ogg":
            figures += _ogg_figures(pieces, spent, note)
    return figures


def _ogg_figures(pieces: Sequence[Piece], spent: Times, note: str) -> list[Figure]:
    floor = statistics.median(
        ours / theirs for ours, theirs in zip(spent["wordtone"], spent["floor"], strict=True)
    )
    own = statistics.median(spent["wordtone"])
    return [
        _ratio("librosa_nohpss_ratio_ogg_clip", spent, "librosa without hpss", note),
        _essentia_ratio(pieces, note),
        Figure("floor_ratio_ogg_clip", floor, "×", "<= 2.2", "floor", note),
        Figure("extract_cpu_s_per_30s", own, "s", "", "", f"decode and all features; {note}"),
    ]


def _full_figures(music: Music) -> list[Figure]:
    figures = []
    for name in FORMATS:
        pieces = music.full[name]
        figure = f"librosa_ratio_{name}_full"
        if not pieces:
            note = "no recording of 90 s to 5 min in the folder"
            figures.append(Figure(figure, None, "×", ">= 14", _LIBROSA, note))
            continue
        minutes = sum(piece.duration_s for piece in pieces) / 60
        note = f"{len(pieces)} whole tracks, {minutes:.0f} min, {music.what}; one thread"
        spent = _spent(pieces, {"librosa": _PEERS["librosa"]})
        figures.append(_ratio(figure, spent, "librosa", note))
    return figures


_PEERS: Mapping[str, systems.System] = {
    "librosa": systems.librosa_recipe,
    "librosa without hpss": systems.librosa_without_hpss,
    "floor": systems.floor,
}
_TARGETS = {"librosa": ">= 15", "librosa without hpss": ">= 5.5"}


def _ratio(figure: str, spent: Times, peer: str, note: str) -> Figure:
    pairs = zip(spent[peer], spent["wordtone"], strict=True)
    value = statistics.median(theirs / ours for theirs, ours in pairs)
    target = ">= 14" if figure.endswith("_full") else _TARGETS[peer]
    return Figure(figure, value, "×", target, peer.replace("librosa", _LIBROSA, 1), note)


def _spent(pieces: Sequence[Piece], peers: Mapping[str, systems.System]) -> Times:
    runs: dict[str, Callable[[Path], float]] = {
        name: lambda path, system=system: systems.timed(system, path)  # type: ignore[misc]
        for name, system in {"wordtone": systems.wordtone, **peers}.items()
    }
    return _in_turn(pieces, runs)


def _in_turn(pieces: Sequence[Piece], runs: Mapping[str, Callable[[Path], float]]) -> Times:
    """Each recording by each system, another one first each time."""
    for measure in runs.values():  # imports, compilation and caches are not what is compared
        measure(pieces[0].path)
    spent: Times = {name: [] for name in runs}
    for number, piece in enumerate(pieces):
        names = list(runs)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            spent[name].append(runs[name](piece.path))
    return spent


def _essentia_ratio(pieces: Sequence[Piece], note: str) -> Figure:
    name, target = "essentia_ratio_ogg_clip", ">= 9"
    try:
        with Essentia() as peer:
            spent = _in_turn(
                pieces,
                {
                    "wordtone": lambda path: systems.timed(systems.wordtone, path),
                    "essentia": lambda path: peer.ask("music_extractor", path).cpu_s,
                },
            )
    except InputError as error:
        return Figure(name, None, "×", target, ESSENTIA, str(error))
    pairs = zip(spent["essentia"], spent["wordtone"], strict=True)
    value = statistics.median(theirs / ours for theirs, ours in pairs)
    return Figure(name, value, "×", target, f"{ESSENTIA} MusicExtractor", note)


def _fresh_process_s(clip: Path) -> float:
    before = systems.cpu_s()
    subprocess.run([sys.executable, "-c", _FRESH.format(path=str(clip))], check=True)
    return systems.cpu_s() - before


def _three_hours(quick: bool) -> Figure:
    name, target = "three_hour_rss_mb", "< 600"
    if quick:
        return Figure(name, None, "MB", target, "", "left out of a quick run")
    note = "highest resident memory of a process that decodes and analyses three hours of stereo"
    return Figure(name, three_hour_rss_mb(), "MB", target, "", note)
