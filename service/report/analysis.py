"""One analysed file as a table for people."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.features.tagger.registry import SOURCE
from schemas.features import KEY_NAMES
from schemas.outcomes import NullReason, Outcome
from schemas.report import FeatureReport, FileReport, SectionReport, TagReport

REASONS: dict[NullReason, str] = {
    NullReason.SILENT: "silence has none",
    NullReason.TOO_SHORT: "the audio is too short",
    NullReason.NO_PULSE: "no steady pulse",
    NullReason.NO_METRE: "the beats form no bars that could be told",
    NullReason.ATONAL: "no key: noise, drums or a single pitch",
    NullReason.MONO: "a single channel",
    NullReason.NO_MODEL: "needs a model that was not asked for or is not installed",
    NullReason.NOT_DECLARED: "the file does not say",
    NullReason.OUT_OF_RANGE: "beyond what is valid",
}
_NONE = "–"
_NAMES = ("title", "artist", "collection")
_CLOCK_FROM_S = 10.0
_LEAST_PART = 0.0005


def clock(seconds: float) -> str:
    """Minutes and seconds: 3:07, or 1:02:33 from an hour on."""
    whole = int(seconds + 0.5)
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def length(seconds: float) -> str:
    """A duration: as `clock`, but of a few seconds 4.27 s."""
    return clock(seconds) if seconds >= _CLOCK_FROM_S else f"{seconds:.2f} s"


def printable(text: str) -> str:
    """`text` on one line, without what a terminal would obey: names and tags are anyone's."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def as_table(report: FileReport, out: TextIO) -> str:
    """Everything measured on one file, as lines for `out`; "" where it could not be analysed.

    As wide as the terminal or COLUMNS, else 100 characters.
    """
    if report.audio is None:
        return ""
    width = 100 if not out.isatty() and "COLUMNS" not in os.environ else None
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as text:
        _print(report, console)
    return "\n".join(line.rstrip() for line in text.get().splitlines())


def _print(report: FileReport, console: Console) -> None:
    console.print(Text(printable(report.path), style="bold"))
    console.print(_pairs(_summary(report)))
    if report.sections:
        console.print()
        console.print(_sections(report.sections))
    for group, members in report.features.items():
        console.print()
        console.print(_features(group, members))


def verdict(report: FileReport) -> str:
    """What became of the file, in words."""
    if report.outcome is Outcome.ACCEPTED:
        return "whole"
    reason = (report.reason or "").replace("_", " ")
    detail = report.detail.removeprefix(f"{Path(report.path).absolute()}: ")
    return f"{report.outcome.value}, {reason}: {detail}" if detail else reason


def _summary(report: FileReport) -> Iterator[tuple[str, str]]:
    assert report.audio is not None
    audio = report.audio
    if named := " – ".join(part for part in (report.artist, report.title) if part):
        yield "title", named
    channels = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    rate = f"{audio.sample_rate_hz / 1000:g} kHz"
    yield "audio", f"{length(audio.duration_s)}, {audio.codec or 'PCM'}, {rate}, {channels}"
    yield "decoded", verdict(report)
    if "rhythm" in report.features:
        yield "tempo", _tempo(report)
        yield "beats", _beats(report)
    if "tonality" in report.features:
        yield "key", _key(report)
    said = [tag.term for tag in report.tags if not _heard(tag) and tag.kind not in _NAMES]
    if said:
        yield "words", ", ".join(dict.fromkeys(said))
    heard = sorted((tag for tag in report.tags if _heard(tag)), key=lambda tag: tag.weight)
    if weights := {tag.term: tag.weight for tag in heard}:  # the greatest weight of each comes last
        listed = sorted(weights.items(), key=lambda pair: -pair[1])
        yield "heard", ", ".join(f"{term} ({weight:.2f})" for term, weight in listed)


def _heard(tag: TagReport) -> bool:
    return tag.source.startswith(f"{SOURCE}:")


def _tempo(report: FileReport) -> str:
    tempo = report.tempo
    if tempo is None:
        return _why(report.features["rhythm"].get("tempo_bpm"))
    shown = f"{tempo.bpm:.1f} BPM"
    if tempo.confidence is not None:
        shown += f", confidence {tempo.confidence:.2f}"
    listed = ", ".join(f"{c.bpm:.1f} ({c.weight:.2f})" for c in tempo.candidates)
    return f"{shown}; candidates {listed}" if listed else shown


def _beats(report: FileReport) -> str:
    beats = report.beats
    if beats is None:
        return "none"
    shown = f"{beats.count}, the first at {beats.times_s[0]:.2f} s"
    lengths = [after - before for before, after in pairwise(beats.downbeats)]
    shown += f"; {counted_bars(len(beats.downbeats))}"
    sure = report.features["rhythm"].get("downbeat_confidence")
    if lengths:
        shown += f", mostly of {max(set(lengths), key=lengths.count)}"
    if lengths and sure is not None and isinstance(sure.value, float):
        shown += f", confidence {sure.value:.2f}"
    return shown


def counted_bars(count: int) -> str:
    return f"{count} bar{'' if count == 1 else 's'}" if count else "no bars told"


def _key(report: FileReport) -> str:
    key = report.key
    if key is None:
        return _why(report.features["tonality"].get("key_probabilities"))
    shown = f"{key.best.name}, probability {key.best.probability:.2f}"
    return f"{shown}; then {key.runner_up.name} ({key.runner_up.probability:.2f})"


def _why(value: FeatureReport | None) -> str:
    reason = value.null_reason if value else None
    return f"{_NONE}  {reason_in_words(reason)}" if reason else _NONE


def reason_in_words(reason: NullReason) -> str:
    return REASONS.get(reason, reason.value.replace("_", " "))


def _sections(sections: Iterable[SectionReport]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("start", "end"):
        table.add_column(name, justify="right")
    table.add_column("section")
    table.add_column("tempo, BPM", justify="right")
    table.add_column("key")
    for name in ("energy", "brightness, Hz"):
        table.add_column(name, justify="right")
    for part in sections:
        table.add_row(
            clock(part.start_s),
            clock(part.end_s),
            Text(part.label),
            _shown(part.tempo_bpm, ".1f"),
            part.key or _NONE,
            _shown(part.energy, ".2f"),
            _shown(part.brightness_hz, ".0f"),
        )
    return table


def _shown(value: float | None, form: str) -> str:
    return _NONE if value is None else format(value, form)


def _features(group: str, members: dict[str, FeatureReport]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(group, width=25)
    table.add_column("value", overflow="fold")
    table.add_column("unit")
    for name, found in members.items():
        if found.null_reason is not None:
            table.add_row(name, Text(_why(found), style="dim"), "")
        else:
            table.add_row(name, _value(name, found.value), found.unit)
    return table


def _value(name: str, value: float | tuple[float | None, ...] | None) -> str:
    if isinstance(value, tuple):
        return " ".join(_NONE if part is None else _part(part) for part in value)
    if value is None:
        return _NONE
    meaning = {"key_pitch_class": KEY_NAMES, "key_mode": ("minor", "major")}.get(name)
    return f"{value:.0f} ({meaning[int(value)]})" if meaning else f"{value:.4g}"


def _part(value: float) -> str:
    """One of many numbers: three digits, and none of what rounds to nothing beside the others."""
    return f"{value:.3g}" if abs(value) >= _LEAST_PART else "0"


def _pairs(pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for name, text in pairs:
        table.add_row(name, Text(printable(" ".join(text.split()))))
    return table


def complaint(report: FileReport) -> str:
    """What is wrong with a file that was not accepted whole, for standard error."""
    return printable(f"wordtone: {report.path}: {verdict(report)}")
