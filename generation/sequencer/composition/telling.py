"""Whether chords tell their key, and the progressions of a piece whose key is stated.

A style's progressions are at home in whole songs, where a verse on the tonic explains the chorus
that avoids it. Fifteen seconds that are all chorus lack the verse: VI–III–VII–iv of A minor is
heard in F or C major, and rightly. Where a key is stated, the piece is made of progressions that
tell it over the bars that it has; where a style has none, of its own with the tonic, or dominant
and tonic, at the turns of the phrase.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.composition.progressions import Chosen, unaccompanied
from generation.sequencer.score import ScoreChord
from generation.sequencer.styles.entry import Progression

Array = npt.NDArray[np.float64]

CLEAR = 0.1
"""Margin from which chords tell their key."""

_PROFILES_OF = (
    # Krumhansl and Kessler 1982, "Tracing the dynamic changes in perceived tonal organization"
    ((6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
     (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)),
    # bgate of Faraldo et al. 2016, "Key estimation in electronic dance music"
    ((1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30),
     (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23)),
)  # fmt: skip
_MEMBERS = 4  # root, third, fifth, seventh: colours above them say little about a key
_BASS = 0.5  # a pitch class in the bass, against one in the chord
_SHORT = 2  # bars that a progression must have for a turn to be put into it

Candidate = Callable[[Chosen], Sequence[ScoreChord]]
"""The chords of the whole piece, were it made of these progressions."""


def _standardised(rows: Array) -> Array:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    norm = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(norm, 1e-9), np.float64)


_PROFILES = _standardised(
    np.array([[np.roll(p, tonic) for p in pair for tonic in range(12)] for pair in _PROFILES_OF])
)


def margin(chords: Iterable[ScoreChord], tonic: int, minor: bool) -> float:
    """By how much the correlation with the key is above that with the best other key.

    Pitch classes are weighted by how long they sound, and compared with profiles of what listeners
    expect and of what dance music plays; the smaller margin counts. -2 … 2; below 0 another key
    fits better.
    """
    heard = np.zeros(12)
    for chord in chords:
        heard[list(chord.pitch_classes[:_MEMBERS])] += chord.length
        heard[chord.bass] += _BASS * chord.length
    fits = _PROFILES @ _standardised(heard)
    own = tonic + 12 * minor
    return float((fits[:, own] - np.delete(fits, own, axis=1).max(axis=1)).min())


def telling(drawn: Iterable[Chosen], chords_of: Candidate, key: tuple[int, bool]) -> Chosen:
    """The first that is drawn of which the piece's chords tell the key (tonic, minor), as it is or
    with turns put in; where none does, the clearest, plain cadences among them.

    Raises
    ------
    ValueError
        When nothing is drawn.
    """
    best, most = None, -np.inf
    for one in _ever_plainer(drawn):
        found = margin(chords_of(one), *key)
        if found >= CLEAR:
            return one
        if found > most:
            best, most = one, found
    if best is None:
        raise ValueError("drawn: nothing to choose among")
    return best


def _ever_plainer(drawn: Iterable[Chosen]) -> Iterator[Chosen]:
    """Each drawn one as it is and with turns put in, before the next: so pieces stay different."""
    met: list[Chosen] = []
    for one in drawn:
        if one not in met:
            met.append(one)
            yield one
            yield from (_turned(one, turn) for turn in (_from_home, _through_home))
    yield from (_turned(one, _round_home) for one in met)
    yield from (unaccompanied(one) for one in met[:1])


def _turned(chosen: Chosen, turn: Callable[[Progression, Chosen], Progression]) -> Chosen:
    turned = {role: turn(bars, chosen) for role, bars in chosen.progressions.items()}
    return replace(chosen, progressions=turned)


def _from_home(bars: Progression, chosen: Chosen) -> Progression:
    """Beginning on the tonic."""
    first = parse_roman(bars[0][0], 0, chosen.degrees)
    return bars if first.root == 0 else ((_home(bars, chosen), *bars[0][1:]), *bars[1:])


def _through_home(bars: Progression, chosen: Chosen) -> Progression:
    """Beginning on the tonic, and coming round by the dominant."""
    begun = _from_home(bars, chosen)
    return begun if len(begun) < _SHORT else (*begun[:-1], (_dominant(bars),))


def _round_home(bars: Progression, chosen: Chosen) -> Progression:
    """The same with the tonic in mid-cycle, too."""
    begun = _through_home(bars, chosen)
    middle = len(begun) // 2
    if len(begun) < 2 * _SHORT:
        return begun
    return (*begun[:middle], (_home(bars, chosen),), *begun[middle + 1 :])


def _home(bars: Progression, chosen: Chosen) -> str:
    """The tonic, a power chord among power chords."""
    return f"{chosen.home}5" if _bare(bars) else chosen.home


def _dominant(bars: Progression) -> str:
    return "V5" if _bare(bars) else "V"


def _bare(bars: Progression) -> bool:
    return all(numeral.endswith("5") and "7b5" not in numeral for bar in bars for numeral in bar)
