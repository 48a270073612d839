"""The hidden Markov model of notes: rest, attack and steady pitch of each semitone.

Mauch et al. 2015, "Computer-aided melody note transcription using the Tony software: accuracy and
efficiency"; Laplace distributions in place of normal ones forgive vibrato.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.melody.pitch import PitchTrack
from pipelines.melody.yin import Floats, Ints

STEADY, ATTACK = 0.3, 2.0
"""Mean distance from the note's semitone, in semitones, of its steady part and its attack."""

UNVOICED_IN_NOTE = 0.1
"""Probability of a frame without pitch within a note: consonants and noise do that."""

TO_NOTE, TO_REST, TO_NEXT = 0.02, 0.01, 0.01
LEAVE_ATTACK = 0.25
LEAPS = 3.0  # mean size of a step between notes that touch, semitones


def note_path(track: PitchTrack, own: Floats, semitones: Ints) -> Ints:
    """State of every frame: -1 rest, 2 k attack and 2 k + 1 steady of the k-th of `semitones`.

    `own` is the track's pitch in the singer's tuning, shape (frames,).
    """
    return _path(*likelihoods(track, own, semitones))


def likelihoods(track: PitchTrack, own: Floats, semitones: Ints) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood of every frame for rest (frames,), attack and steady (frames, semitones)."""
    away = np.abs(own[:, None] - semitones)
    heard = np.log(np.clip(track.probability, 0.05, 0.99))
    voiced = track.voiced
    attack = np.where(voiced[:, None], heard[:, None] - away / ATTACK - np.log(2 * ATTACK), 0.0)
    steady = np.where(voiced[:, None], heard[:, None] - away / STEADY - np.log(2 * STEADY), 0.0)
    # A rest may have any pitch: as if spread evenly over the range.
    rest = np.where(
        voiced, np.log(np.clip(1 - track.probability, 0.01, 1)) - np.log(len(semitones)), 0.0
    )
    silent = np.log(UNVOICED_IN_NOTE)
    attack[~voiced] = steady[~voiced] = silent
    return rest, attack, steady


def _path(rest: Floats, attack: Floats, steady: Floats) -> Ints:
    """State of every frame: -1 rest, 2 k attack and 2 k + 1 steady of semitone k."""
    frames, count = attack.shape
    apart = np.abs(np.arange(count)[:, None] - np.arange(count))
    step = np.log(TO_NEXT) - apart / LEAPS - np.log(2 * LEAPS)
    np.fill_diagonal(step, -np.inf)  # the same note again is told by its level
    into = np.log(TO_NOTE / count)
    score = np.concatenate([[rest[0]], attack[0] + into, np.full(count, -np.inf)])
    back = np.zeros((frames, 2 * count + 1), np.int32)
    index = np.arange(count)
    for t in range(1, frames):
        quiet, rising, held = score[0], score[1 : count + 1], score[count + 1 :]
        legato = held[:, None] + step
        came = legato.argmax(axis=0)
        options = np.stack(
            [np.full(count, quiet + into), rising + np.log(1 - LEAVE_ATTACK), legato[came, index]]
        )
        pick = options.argmax(axis=0)
        stays = held + np.log(1 - TO_REST - TO_NEXT)
        settles = rising + np.log(LEAVE_ATTACK)
        last = int(held.argmax())
        ends = held[last] + np.log(TO_REST)
        still = quiet + np.log(1 - TO_NOTE)
        back[t, 0] = 0 if still >= ends else count + 1 + last
        back[t, 1 : count + 1] = np.choose(
            pick, [np.zeros(count, int), 1 + index, count + 1 + came]
        )
        back[t, count + 1 :] = np.where(stays >= settles, count + 1 + index, 1 + index)
        score = np.concatenate(
            [
                [max(still, ends) + rest[t]],
                options[pick, index] + attack[t],
                np.maximum(stays, settles) + steady[t],
            ]
        )
    return _states(score, back, count)


def _states(score: Floats, back: npt.NDArray[np.int32], count: int) -> Ints:
    state, found = int(score.argmax()), np.empty(len(back), np.int64)
    for t in range(len(back) - 1, -1, -1):
        found[t] = -1 if state == 0 else 2 * ((state - 1) % count) + (state > count)
        state = int(back[t, state])
    return found
