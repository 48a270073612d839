"""Copies of recordings: how many are found, how many links are false, and what it costs.

Pieces: 360 renders of 20 held-out families of grooves (`benchmarks._duplicates_corpus`; the limits
of `pipelines.duplicates.judge` were chosen on other families, --split dev), 18 of a family in one
style, and 30 s from the middle of each recording of the demonstration's Debian packages, or of
--music FOLDER. Copies: each recording, and one render of each family, in nine of the 27 changes of
`benchmarks._duplicates_changes`, in turn, so that every change meets every third of them.

All pieces and copies are compared with each other as an ingest run compares them, by fingerprint
alone: features, which can only take a doubtful link away, are left out. A link between two that
are not of one piece is false, also where one would be taken for an excerpt. A copy counts as found
when it is linked to its piece as the same recording.

Chromaprint is a peer where fpcalc is installed (apt-get install libchromaprint-tools).
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from benchmarks import _chromaprint as chromaprint
from benchmarks._duplicates_changes import CHANGES, RATE_HZ
from benchmarks._duplicates_corpus import SameStyle, same_style
from benchmarks._duplicates_cost import cost_figures
from benchmarks.figures import Figure
from pipelines.audio.decode import open_audio
from pipelines.audio.fingerprint import Codes, Fingerprint
from pipelines.duplicates.candidates import Index
from pipelines.duplicates.compare import Alignment, align
from pipelines.duplicates.find import agreeing
from pipelines.duplicates.judge import WINDOW_BER, Method, judge
from pipelines.features.analysis import Analysis
from pipelines.features.threads import limit_threads
from schemas.errors import InputError

_CLIP_S = 30
_EACH = 3  # every third change
_MUSIC = Path(".wordtone/demo/cache/music")
_SUFFIXES = {".ogg", ".mp3", ".flac", ".wav", ".opus"}
_NONE: Codes = np.empty(0, np.uint32)


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece, or a copy of it: `change` is empty for the piece itself."""

    name: str
    piece: str
    style: str
    change: str
    codes: Codes
    items: npt.NDArray[np.uint32]  # chromaprint's


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--music", type=Path, default=_MUSIC, help="folder with recordings")
    parser.add_argument("--split", choices=["held-out", "dev"], default="held-out")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    limit_threads()
    renders = same_style(options.split, 4 if options.quick else None)
    recordings = _recordings(options.music)[:: 10 if options.quick else 1]
    with tempfile.TemporaryDirectory() as folder:
        sounds = list(_sounds(renders, recordings, Path(folder)))
    pieces = [sound for sound in sounds if not sound.change]
    what = f"{len(renders)} renders of {options.split} styles, {len(recordings)} recordings"
    return (
        *_link_figures(sounds, f"{what}, {len(sounds) - len(pieces)} copies"),
        *_separation(sounds, what),
        *_peer_figures(sounds, what),
        *cost_figures([sound.codes for sound in pieces], recordings, quick=options.quick),
    )


def _recordings(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES)
    if not found:
        raise InputError(f"{folder}: no recordings; `./dev demo` fetches some, or name --music")
    return found


def _sounds(
    renders: Sequence[SameStyle], recordings: Sequence[Path], folder: Path
) -> Iterator[Sound]:
    first = {render.style: render.name for render in reversed(renders)}
    for render in renders:
        yield _sound(render.path, render.name, render.style)
    chosen = [render for render in renders if first[render.style] == render.name]
    for number, render in enumerate(chosen):
        yield from _copies(_clip(render.path), folder, (render.name, render.style), number)
    for number, path in enumerate(recordings):
        clip, name = _clip(path), f"{path.parent.name}/{path.stem}"
        soundfile.write(folder / "piece.flac", clip, RATE_HZ)
        yield _sound(folder / "piece.flac", name, name)
        yield from _copies(clip, folder, (name, name), number)


def _clip(path: Path) -> npt.NDArray[np.float32]:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != RATE_HZ:
        samples = soxr.resample(samples, rate, RATE_HZ)
    start = max(0, (len(samples) - _CLIP_S * RATE_HZ) // 2)
    samples = samples[start : start + _CLIP_S * RATE_HZ]
    return np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples


def _copies(
    clip: npt.NDArray[np.float32], folder: Path, names: tuple[str, str], number: int
) -> Iterator[Sound]:
    for place, (change, made) in enumerate(CHANGES.items()):
        if place % _EACH == number % _EACH:
            yield _sound(made.write(clip, folder, "copy"), *names, change)


def _sound(path: Path, piece: str, style: str, change: str = "") -> Sound:
    found = Analysis(open_audio(path).audio, [Fingerprint]).of(Fingerprint)
    codes = found if isinstance(found, np.ndarray) else _NONE
    items = chromaprint.items(path) if chromaprint.available() else _NONE
    return Sound(f"{piece} {change}".strip(), piece, style, change, codes, items)


def _link_figures(sounds: Sequence[Sound], what: str) -> Iterator[Figure]:
    by_name = {sound.name: sound for sound in sounds}
    order = list(by_name)
    linked: set[tuple[str, str]] = set()
    false: list[str] = []
    for pair in agreeing(order, [True] * len(order), _loader(by_name)):
        verdict = judge(pair.alignment, {}, {})
        if verdict is None:
            continue
        one, other = by_name[pair.later], by_name[pair.earlier]
        if one.piece != other.piece:
            false.append(f"{one.name} = {other.name}")
        elif verdict.method is Method.DUPLICATE:
            linked.add((one.name, other.name))
    copies = [sound for sound in sounds if sound.change]
    found = [copy for copy in copies if (copy.name, copy.piece) in linked]
    named = f": {'; '.join(false[:3])}" if false else ""
    pairs = len(sounds) * (len(sounds) - 1) // 2
    note = f"of {pairs} pairs; {what}{named}"
    yield Figure("false_duplicate_links", len(false), "links", "0", "", note)
    yield Figure("duplicate_recall", len(found) / len(copies), "share", ">= 0.98", "", what)
    yield from _by_change(copies, {sound.name for sound in found})


def _loader(by_name: Mapping[str, Sound]):  # type: ignore[no-untyped-def]
    return lambda names: {name: by_name[name].codes for name in names}


def _by_change(copies: Iterable[Sound], found: set[str]) -> Iterator[Figure]:
    made: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for copy in copies:
        made[copy.change] += 1
        right[copy.change] += copy.name in found
    for change, count in made.items():
        note = f"{right[change]} of {count}"
        yield Figure(f"recall_{change}", right[change] / count, "share", "", "", note)


def _separation(sounds: Sequence[Sound], what: str) -> Iterator[Figure]:
    """Bit error rates of copies and of what is most like them, each at its best offset."""
    pieces = {sound.piece: sound for sound in sounds if not sound.change}
    copies = [_rate(sound.codes, pieces[sound.piece].codes) for sound in sounds if sound.change]
    others = [
        _rate(one.codes, other.codes)
        for place, one in enumerate(pieces.values())
        for other in list(pieces.values())[:place]
        if one.style == other.style
    ]
    if copies and others:
        yield Figure("copy_ber_max", max(copies), "share", "", "", f"worst copy; {what}")
        note = f"most alike of {len(others)} pairs of one style; {what}"
        yield Figure("same_style_ber_min", min(others), "share", "", "", note)


def _rate(one: Codes, other: Codes) -> float:
    """Bit error rate where the index, or failing that the same start, points."""
    offsets = {0, *(found.offset for found in Index([other]).candidates([one]))}
    found = [align(one, other, offset, WINDOW_BER) for offset in offsets]
    return min((a.bit_error_rate for a in found if isinstance(a, Alignment)), default=0.5)


def _peer_figures(sounds: Sequence[Sound], what: str) -> Iterator[Figure]:
    names = ("chromaprint_duplicate_recall", "chromaprint_false_links")
    if not chromaprint.available():
        for name in names:
            yield Figure(name, None, "", "", chromaprint.PEER, chromaprint.INSTALL)
        return
    pieces = {sound.piece: sound for sound in sounds if not sound.change}
    copies = [sound for sound in sounds if sound.change]
    found = sum(_peer_link(copy, pieces[copy.piece]) for copy in copies)
    listed = list(pieces.values())
    pairs = [
        (one, other)
        for place, one in enumerate(listed)
        for other in listed[:place]
        if one.style == other.style
    ]
    false = sum(_peer_link(one, other) for one, other in pairs)
    note = f"score of {chromaprint.LIMIT} and more; {what}"
    yield Figure(names[0], found / len(copies), "share", "", chromaprint.PEER, note)
    note = f"of the {len(pairs)} pairs of one style alone; {note}"
    yield Figure(names[1], false, "links", "", chromaprint.PEER, note)


def _peer_link(one: Sound, other: Sound) -> bool:
    return chromaprint.score(one.items, other.items) >= chromaprint.LIMIT
