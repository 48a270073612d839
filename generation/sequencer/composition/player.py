"""Who plays, and how `compose` asks for a bar of notes.

    play_drums(bar, player, entry.drums)    play_bass(bar, player, entry.bass)
    play_voice(bar, player, voice)          stems "chords" and "extra", one call a Voice
                                            each returns a list of ScoreNote

The notes of a bar start at 0 … bar.quarters, counted from the bar's own start, straight: as the
pattern is written. Their velocity holds what the pattern and `bar.intensity` say. Swing, lateness,
accents, phrase dynamics and scatter are added by `performance` to all players alike, so none of
them adds its own. A player draws from `bar.rng(player.name)` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generation.sequencer.composition.bar import Bar
from generation.sequencer.score import ScoreNote

PlayBar = Callable[[Bar], list[ScoreNote]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One player of a piece.

    Attributes
    ----------
    stem : one of STEMS
    name : what it draws by: its stem for the first of a stem, then "chords:1", "chords:2" …
    instrument : a sound of synthesis/sounds.toml (of "drums": the kit)
    low, high : lowest and highest MIDI pitch of that sound
    weight : 0 … 1, how far it stands out
    soloist : it plays its solos alone, where an event names them
    asked : it was asked for by name, so it plays wherever the form allows, whatever `enters` says
    """

    stem: str
    name: str
    instrument: str
    low: int = 0
    high: int = 127
    weight: float = 0.7
    asked: bool = False
    soloist: bool = False
