"""Notes out of a pitch track: where each begins and ends, and which semitone is meant.

Conventions: times in seconds, pitches as MIDI numbers. Semitones are counted in the singer's own
tuning, which is estimated first. A hidden Markov model of rest, attack and steady pitch (Mauch et
al. 2015, "Computer-aided melody note transcription using the Tony software", with Laplace
distributions, which forgive vibrato) finds the notes; a note that is sung twice without a rest is
told by its level; a note an octave away from both its neighbours is brought back where its frames
could as well be that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.ndimage

from pipelines.melody.heard import Sung
from pipelines.melody.pitch import PitchTrack
from pipelines.melody.states import note_path
from pipelines.melody.yin import BINS_PER_SEMITONE, Ints

SHORTEST_S = 0.07
QUIETEST_DB = 30.0  # below the loudest note: breath, room, a neighbour
DIP_DB = 5.0
LONGEST_GLIDE_S = 0.14
LEAST_GLIDE = 0.35  # semitones
AS_WELL = 0.5
"""Of two octaves, how probable the other must be against the one chosen: half a period more fits
every tone, and has an eighth of its probability for nothing."""
_NEARBY_S = 0.08
_AROUND_S = 0.18  # a rise of level is looked for so far around its dip


def tuning_of(track: PitchTrack) -> float:
    """Where the singer's semitones lie, -0.5 … 0.5 from A4 = 440 Hz.

    The circular mean of steady frames, where the pitch moves by less than a semitone in 0.1 s.
    """
    pitch = track.pitch
    apart = max(1, round(0.05 / track.hop_s))
    if len(pitch) <= 2 * apart:
        return 0.0
    moved = np.abs(pitch[2 * apart :] - pitch[: -2 * apart])
    steady = np.flatnonzero((moved < 0.5) & track.voiced[apart:-apart]) + apart
    if not len(steady):
        return 0.0
    weight = track.probability[steady] + 1e-3
    turn = np.exp(2j * np.pi * pitch[steady])
    return float(np.angle(np.sum(weight * turn)) / (2 * np.pi))


def sung_notes(track: PitchTrack) -> tuple[Sung, ...]:
    """The notes of `track` in order; they do not overlap."""
    if not track.voiced.any():
        return ()
    tuning = tuning_of(track)
    spans = _split(track, _without_glides(track, _spans(track, tuning)))
    spans = _at_rises(track, spans)
    found = [note for span in spans if (note := _note(track, tuning, span)) is not None]
    if not found:
        return ()
    loudest = max(note.level_db for note in found)
    audible = [note for note in found if note.level_db > loudest - QUIETEST_DB]
    return tuple(_octaves(track, tuning, audible))


Span = tuple[int, int, int]
"""First frame, frame after the last, semitone."""


def _spans(track: PitchTrack, tuning: float) -> list[Span]:
    own = track.pitch - tuning
    low = int(np.floor(np.nanmin(own))) - 1
    count = int(np.ceil(np.nanmax(own))) + 2 - low
    path = note_path(track, own, low + np.arange(count))
    found: list[Span] = []
    attack, steady = path // 2, path % 2
    begins = [t for t in range(len(path)) if path[t] >= 0 and _begins(path, t)]
    for begin in begins:
        end = begin + 1
        while end < len(path) and attack[end] == attack[begin] and not _begins(path, end):
            end += 1
        if steady[begin:end].any():
            found.append((begin, end, low + int(attack[begin])))
    return found


def _begins(path: Ints, t: int) -> bool:
    """Whether a note begins at frame `t`: an attack (even) after anything but itself."""
    return bool(path[t] % 2 == 0 and (t == 0 or path[t - 1] != path[t]))


def _without_glides(track: PitchTrack, spans: list[Span]) -> list[Span]:
    """A short stretch on the way to the note that follows at once belongs to that note."""
    found: list[Span] = []
    for begin, end, semitone in spans:
        joins = found and found[-1][1] == begin and _glides(track, found[-1], semitone)
        found.append((found.pop()[0] if joins else begin, end, semitone))
    return found


def _glides(track: PitchTrack, span: Span, towards: int) -> bool:
    begin, end, semitone = span
    pitch = track.pitch[begin:end]
    seen = np.flatnonzero(~np.isnan(pitch))
    if (end - begin) * track.hop_s > LONGEST_GLIDE_S or len(seen) < 3:
        return (end - begin) * track.hop_s <= LONGEST_GLIDE_S
    slope = float(np.polyfit(seen, pitch[seen], 1)[0]) * len(pitch)
    return bool(slope * np.sign(towards - semitone) > LEAST_GLIDE)


def _split(track: PitchTrack, spans: list[Span]) -> list[Span]:
    """Spans cut where the level dips and rises again: the same note, sung anew."""
    level = scipy.ndimage.uniform_filter1d(track.level_db, 5, mode="nearest")
    around = round(_AROUND_S / track.hop_s)
    least = round(SHORTEST_S / track.hop_s)
    found: list[Span] = []
    for begin, end, semitone in spans:
        start = begin
        inside = level[begin:end]
        lows = np.flatnonzero((inside[1:-1] < inside[:-2]) & (inside[1:-1] <= inside[2:])) + 1
        for low in (lows + begin).tolist():
            if low - start < least or end - low < least:
                continue
            before, after = level[max(start, low - around) : low], level[low : low + around + 1]
            after = after[: end - low]
            if min(before.max(), after.max()) - level[low] >= DIP_DB:
                rise = low + (int(np.diff(after).argmax()) if len(after) > 1 else 0)
                found.append((start, low, semitone))
                start = min(rise, end - 1)
        found.append((start, end, semitone))
    return found


def _at_rises(track: PitchTrack, spans: list[Span]) -> list[Span]:
    """Spans that begin where the level rises, if it does nearby.

    A pitch frame is 93 ms long: it hears a note before it begins, and a glide hides where.
    """
    if len(track.level_db) < 2:
        return spans
    reach = round(_NEARBY_S / track.hop_s)
    rise = np.gradient(scipy.ndimage.uniform_filter1d(track.level_db, 3, mode="nearest"))
    found: list[Span] = []
    for begin, end, semitone in spans:
        least = found[-1][0] + 1 if found else 0
        low, high = max(least, begin - reach), min(end - 1, begin + reach + 1)
        at = low + int(rise[low:high].argmax()) if high > low else begin
        moved = at if high > low and rise[at] * reach >= DIP_DB else begin
        if found and found[-1][1] > moved:
            found[-1] = (found[-1][0], moved, found[-1][2])
        found.append((moved, end, semitone))
    return found


def _note(track: PitchTrack, tuning: float, span: Span) -> Sung | None:
    begin, end, semitone = span
    if (end - begin) * track.hop_s < SHORTEST_S:
        return None
    trim = (end - begin) // 5
    core = slice(begin + trim, end - trim)
    pitch = track.pitch[core]
    if np.isnan(pitch).all():
        return None
    steady = np.nanmean(np.abs(pitch - tuning - semitone) < 0.6)
    heard = float(track.probability[core].mean())
    sounded = float(np.nanmedian(pitch))
    return Sung(
        start_s=float(track.time_s[begin]),
        end_s=float(track.time_s[end - 1] + track.hop_s),
        semitone=round(sounded - tuning) if abs(sounded - tuning - semitone) > 1 else semitone,
        pitch=sounded,
        level_db=float(np.percentile(track.level_db[begin:end], 75)),
        confidence=round(float(np.clip(heard * steady, 0, 1)), 3),
    )


def _octaves(track: PitchTrack, tuning: float, notes: list[Sung]) -> list[Sung]:
    """Brings back a note that leapt by an octave and back, if its frames could be that as well."""
    found = list(notes)
    for i in range(1, len(found) - 1):
        before, at, after = found[i - 1], found[i], found[i + 1]
        for by in (-12, 12):
            nearer = all(abs(at.semitone + by - n.semitone) <= 7 for n in (before, after))
            far = all(abs(at.semitone - n.semitone) >= 8 for n in (before, after))
            other, own = (_share_at(track, at, at.pitch + o) for o in (by, 0))
            if nearer and far and other > AS_WELL * own:
                found[i] = replace(at, semitone=at.semitone + by, pitch=at.pitch + by,
                                   confidence=at.confidence / 2)  # fmt: skip
    return found


def _share_at(track: PitchTrack, note: Sung, pitch: float) -> float:
    """Mean probability that the frames of `note` have `pitch`, within a semitone's half."""
    begin, end = np.searchsorted(track.time_s, (note.start_s, note.end_s))
    seen = track.candidates
    low, high = np.searchsorted(seen.frame, (begin, end))
    lowest = 69 + 12 * np.log2(track.range.lowest_hz / 440)
    place = lowest + seen.bin[low:high] / BINS_PER_SEMITONE
    near = np.abs(place - pitch) < 0.5
    return float(seen.probability[low:high][near].sum() / max(1, end - begin))
