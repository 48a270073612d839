"""A score as a picture: sections, chords, a piano roll by stem, the drums in lanes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from generation.sequencer.plan import STEMS
from generation.sequencer.score import Score, ScoreNote
from schemas.features import KEY_NAMES
from service.report import palette

DPI = 100
_SIZE_IN = (14.0, 7.6)
_HEIGHTS = (1.1, 0.55, 7.0, 2.4)
_LABEL, _TICK = 10, 8.5
_LETTER = 0.6  # width over size of a letter
_COLOURS = {
    "drums": palette.INK,
    "bass": palette.BLUE,
    "chords": palette.GREEN,
    "lead": palette.RED,
    "extra": palette.OCHRE,
}
_KEYS = {
    35: "kick", 36: "kick", 37: "rim", 38: "snare", 39: "clap", 40: "snare", 42: "hat",
    44: "hat", 46: "open hat", 41: "toms", 43: "toms", 45: "toms", 47: "toms", 48: "toms",
    50: "toms", 49: "crash", 57: "crash", 51: "ride", 53: "ride", 59: "ride",
}  # fmt: skip
_LANES = ("kick", "snare", "rim", "clap", "toms", "hat", "open hat", "ride", "crash", "percussion")


def draw(score: Score, title: str, path: Path) -> None:
    """Write the picture of a score to `path` (.png or .svg)."""
    figure = Figure(figsize=_SIZE_IN, dpi=DPI, facecolor=palette.PAPER)
    form, chords, roll, drums = figure.subplots(
        len(_HEIGHTS), 1, sharex=True, gridspec_kw={"height_ratios": _HEIGHTS, "hspace": 0.09}
    )
    figure.subplots_adjust(left=0.075, right=0.985, top=0.91, bottom=0.065)
    figure.suptitle(
        title, x=0.075, y=0.965, ha="left", size=14, color=palette.INK, parse_math=False
    )
    for axis in (form, chords, roll, drums):
        _prepare(axis, score)
    _legend(figure, score)
    _sections(form, score)
    _chords(chords, score)
    _roll(roll, score)
    _drums(drums, score)
    drums.set_xlabel(_told(score), size=_LABEL, color=palette.MUTED, labelpad=4)
    figure.savefig(path, dpi=DPI, facecolor=palette.PAPER)


def _told(score: Score) -> str:
    tempi = ", ".join(f"{bpm:g}" for _, bpm in score.tempi)
    return f"bars of {score.beats}/{score.unit} at {tempi} BPM, {score.length_s:.0f} s"


def _prepare(axis: Axes, score: Score) -> None:
    quarters = score.bar_quarters
    axis.set_xlim(0, score.bars * quarters)
    step = next((s for s in (1, 2, 4, 8, 16, 32) if score.bars / s <= 20), 64)
    bars = range(0, score.bars, step)
    axis.set_xticks([bar * quarters for bar in bars], [str(bar + 1) for bar in bars])
    axis.set_facecolor(palette.SURFACE)
    axis.tick_params(length=0, labelsize=_TICK, colors=palette.MUTED)
    for side in axis.spines.values():
        side.set_color(palette.LINE)
    for section in score.sections[1:]:
        axis.axvline(section.first_bar * quarters, color=palette.INK, lw=0.7, alpha=0.4)


def _sections(axis: Axes, score: Score) -> None:
    """A block for each, as high as it is intense."""
    axis.set_ylim(0, 1.02)
    axis.set_yticks([0.5], ["intensity"])
    tints = palette.tints(one.label for one in score.sections)
    before = ""
    for one in score.sections:
        start, width = one.first_bar * score.bar_quarters, one.bars * score.bar_quarters
        axis.add_patch(Rectangle((start, 0), width, one.intensity, color=tints[one.label], lw=0))
        key = f"{KEY_NAMES[one.tonic]} {one.scale}"
        first = f"{one.label}, {key}" if key != before else one.label
        before = key
        _fitting(axis, (start, width), (first, one.label), 0.12)


def _chords(axis: Axes, score: Score) -> None:
    axis.set_ylim(0, 1)
    axis.set_yticks([0.5], ["chords"])
    for chord in score.chords:
        axis.axvline(chord.start, color=palette.LINE, lw=0.8)
        _fitting(axis, (chord.start, chord.length), (chord.symbol,), 0.28)


def _fitting(axis: Axes, span: tuple[float, float], names: Sequence[str], height: float) -> None:
    """The first of `names` that the span has room for, or none."""
    low, high = axis.get_xlim()
    room = span[1] / (high - low) * _SIZE_IN[0] * 72 * 0.9
    for name in names:
        if len(name) * _LETTER * _TICK + 2 <= room:
            axis.text(
                span[0] + span[1] / 2, height, name,
                size=_TICK, color=palette.INK, ha="center", parse_math=False, clip_on=True,
            )  # fmt: skip
            return


def _roll(axis: Axes, score: Score) -> None:
    """Pitched notes; the louder, the darker."""
    pitched = [part for part in score.parts if part.stem != "drums" and part.notes]
    pitches = [note.pitch for part in pitched for note in part.notes]
    low, high = (min(pitches) - 2, max(pitches) + 3) if pitches else (48, 72)
    axis.set_ylim(low, high)
    octaves = [pitch for pitch in range(int(low), int(high) + 1) if pitch % 12 == 0]
    axis.set_yticks(octaves, [f"C{pitch // 12 - 1}" for pitch in octaves])
    for pitch in octaves:
        axis.axhline(pitch, color=palette.LINE, lw=0.6, zorder=0)
    for part in sorted(pitched, key=lambda one: STEMS.index(one.stem), reverse=True):
        _blocks(axis, part.notes, _COLOURS[part.stem], 0.8)


def _legend(figure: Figure, score: Score) -> None:
    """Who plays, in the colours of the stems, from the right."""
    right = 0.985
    for stem in reversed(STEMS):
        names = dict.fromkeys(part.instrument for part in score.parts if part.stem == stem)
        if names:
            text = f"{stem}: {', '.join(names)}".replace("_", " ")
            figure.text(
                right, 0.93, text,
                size=_TICK, color=_COLOURS[stem], ha="right", parse_math=False,
            )  # fmt: skip
            right -= (len(text) * _LETTER * 0.9 * _TICK + 12) / (_SIZE_IN[0] * 72)


def _blocks(axis: Axes, notes: Sequence[ScoreNote], colour: str, height: float) -> None:
    patches = [Rectangle((n.start, n.pitch - height / 2), n.length, height) for n in notes]
    faces = [to_rgba(colour, 0.25 + 0.75 * note.velocity / 127) for note in notes]
    axis.add_collection(PatchCollection(patches, facecolors=faces, linewidths=0))


def _drums(axis: Axes, score: Score) -> None:
    notes = [note for part in score.parts if part.stem == "drums" for note in part.notes]
    names = {_KEYS.get(int(note.pitch), "percussion") for note in notes}
    lanes = [lane for lane in _LANES if lane in names]
    axis.set_ylim(-0.6, max(1, len(lanes)) - 0.4)
    if not notes:
        axis.text(
            0.5, 0.5, "no drums", transform=axis.transAxes,
            size=_LABEL, color=palette.MUTED, ha="center", va="center",
        )  # fmt: skip
    axis.set_yticks(range(len(lanes)), lanes)
    short = score.bars * score.bar_quarters / 900
    placed = [
        ScoreNote(n.start, max(short, 0.12), lanes.index(_KEYS.get(int(n.pitch), "percussion")),
                  n.velocity)
        for n in notes
    ]  # fmt: skip
    _blocks(axis, placed, _COLOURS["drums"], 0.62)
