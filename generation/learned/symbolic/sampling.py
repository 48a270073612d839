"""Writing bars: events drawn one by one, only among those that the bar allows.

What is allowed: positions on the grid, in order; stems that play; chords as stated where they are;
pitches of the scale and of the chord that sounds, where the key is to be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.learned.conditions import Floats
from generation.learned.symbolic.events import (
    BAR,
    CHORD,
    COLUMNS,
    DRUMS,
    HARMONY,
    KIND,
    KINDS,
    NO_CHORD,
    POSITION,
    TICKS,
    BarFacts,
    Events,
    chord_classes,
    length_code,
)
from generation.learned.symbolic.inference import Reader, Weights
from generation.learned.symbolic.layout import (
    DESCRIBED,
    NEW_BAR,
    PITCHES,
    PLACE_CLASSES,
    Shape,
    token_of,
)

LONGEST_BAR_EVENTS = 140
"""A bar is closed after as many: no player plays more, and the memory is not endless."""

Allowed = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarOrder:
    """A bar that is to be written.

    Attributes
    ----------
    chords : (tick, code) to be played as they are; None: the model chooses
    scale : pitch classes over the tonic that may be played beside the chord's; None: all
    silent : kinds that rest
    closes : it is the last: one stroke on the downbeat, held
    seed : draws the bar
    """

    facts: BarFacts
    chords: tuple[tuple[int, int], ...] | None = None
    scale: frozenset[int] | None = None
    silent: frozenset[int] = frozenset()
    closes: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it is drawn: `temperature` 1 as learned, less is safer; `share` of the probability that
    is drawn from (nucleus, Holtzman et al. 2020); `guidance` 1 as learned, more obeys harder;
    `pace` how firmly a bar is held to the number of onsets that is expected of it, 0 not at all."""

    temperature: float = 0.9
    share: float = 0.95
    guidance: float = 1.5
    pace: float = 1.5


class Writer:
    """Writes one piece, bar after bar, led by one vector.

    Parameters
    ----------
    vector : float32 (shape.lead,), see `descriptions.lead_of`
    styles : float32 (S,)
    """

    def __init__(
        self, weights: Weights, shape: Shape, vector: Floats, styles: Floats, manner: Manner
    ) -> None:
        guided = manner.guidance != 1
        vectors = np.stack([vector, np.zeros_like(vector)]) if guided else vector[None]
        rows = np.stack([styles, np.zeros_like(styles)]) if guided else styles[None]
        self._reader = Reader(weights, shape, vectors, rows)
        self._manner, self._context = manner, shape.context
        self._onsets = _expected_onsets(vector, shape)
        self._rng = np.random.default_rng(0)
        self._row: list[int] = []
        self._order: BarOrder = BarOrder(facts=BarFacts(0, 0, 0, 0, 48))
        self._pending: list[tuple[int, int]] = []
        self._sounding = NO_CHORD

    def bar(self, before: Sequence[Events], order: BarOrder) -> Events:
        """The events of one bar, which follows those of `before` (oldest first)."""
        self._rng = np.random.default_rng(order.seed)
        self._order = order
        self._pending = list(order.chords or ())
        self._sounding = int(before[-1][-1, HARMONY]) if before else NO_CHORD
        self._remember(before)
        written: list[list[int]] = []
        self._write(written, [BAR, 0, 0, 0, 0])
        while len(written) < LONGEST_BAR_EVENTS and self._event(written):
            pass
        for tick, code in self._pending:
            self._sounding = code
            self._write(written, [CHORD, tick, code, 0, 0])
        return np.array(written, np.int16).reshape(-1, len(COLUMNS))

    def _remember(self, before: Sequence[Events]) -> None:
        """Read as many whole bars as leave room for this one."""
        room = self._context - LONGEST_BAR_EVENTS - 2
        kept: list[Events] = []
        for bar in reversed(before):
            room -= len(bar)
            if room < 0:
                break
            kept.insert(0, bar)
        self._reader.forget()
        if kept:
            self._reader.read(np.concatenate(kept))

    def _write(self, written: list[list[int]], event: list[int]) -> None:
        row = [*event, *self._order.facts.row(), self._sounding]
        self._reader.read(np.array([row], np.int16))
        written.append(row)

    def _event(self, written: list[list[int]]) -> bool:
        """Draw and write the next event; False where the bar ends."""
        kind, position, pitch = written[-1][:3]
        last = (position, kind, pitch if kind != BAR else -1)
        place = self._draw("place", self._places(last), {}, self._paced(written))
        if self._pending and (place == NEW_BAR or place >= self._pending[0][0]):
            tick, code = self._pending.pop(0)
            self._sounding = code
            self._write(written, [CHORD, tick, code, 0, 0])
            return True
        if place == NEW_BAR:
            return False
        told = {"place": place}
        told["kind"] = self._draw("kind", self._kinds(place, last), told)
        floor = last[2] if (place, told["kind"]) == last[:2] else -1
        pitch = self._draw("pitch", self._pitches(told["kind"], floor), told)
        if told["kind"] == CHORD:
            self._sounding = pitch
            self._write(written, [CHORD, place, pitch, 0, 0])
            return True
        told["token"] = int(token_of(np.array(told["kind"]), np.array(pitch)))
        told["length"] = self._draw("length", None, told)
        if self._order.closes and told["kind"] != DRUMS:
            told["length"] = length_code(self._order.facts.ticks / TICKS)
        velocity = self._draw("velocity", None, told)
        self._write(written, [told["kind"], place, pitch, told["length"], velocity])
        return True

    def _paced(self, written: list[list[int]]) -> Floats | None:
        """What is added to the places' logits, so that the onsets that are left fill the bar.

        Next places count by how far, in octaves, they are from the even step; None without a wish.
        """
        if self._onsets is None or self._order.closes or not self._manner.pace:
            return None
        ticks = self._order.facts.ticks
        resting = len(self._order.silent) / (KINDS - CHORD - 1)
        wanted = self._onsets * ticks / TICKS * (1 - 0.5 * resting)
        struck = sorted({row[POSITION] for row in written if row[KIND] > CHORD})
        now = struck[-1] if struck else -1
        left = wanted - len(struck)
        bias = np.zeros(PLACE_CLASSES, np.float32)
        after = np.arange(now + 1, ticks)
        if left < 0.5:
            bias[after] = -2
        else:
            step = (ticks - max(now, 0)) / (left + 0.5)
            bias[after] = -(np.log2((after - now) / max(step, 1.0)) ** 2)
            bias[NEW_BAR] = -left
        return np.float32(self._manner.pace) * bias

    def _places(self, last: tuple[int, int, int]) -> Allowed:
        allowed = np.zeros(PLACE_CLASSES, np.bool_)
        start = last[0]
        if not self._kinds(start, last).any():
            start += 1
        allowed[start : 1 if self._order.closes else self._order.facts.ticks] = True
        allowed[NEW_BAR] = True
        return allowed

    def _kinds(self, place: int, last: tuple[int, int, int]) -> Allowed:
        allowed = np.ones(KINDS, np.bool_)
        allowed[BAR] = False
        allowed[list(self._order.silent)] = False
        if self._order.chords is not None:
            allowed[CHORD] = False
        if place == last[0]:
            allowed[: last[1]] = False
            if last[1] == CHORD or (last[1] != BAR and not self._pitches(last[1], last[2]).any()):
                allowed[last[1]] = False
        return allowed

    def _pitches(self, kind: int, floor: int) -> Allowed:
        allowed = np.ones(PITCHES, np.bool_)
        scale = self._order.scale
        if kind == CHORD:
            allowed[NO_CHORD:] = False
            if scale is not None:
                for code in range(NO_CHORD):
                    allowed[code] = scale.issuperset(chord_classes(code))
        elif kind != DRUMS and scale is not None:
            wanted = scale | set(chord_classes(self._sounding))
            allowed = np.isin(np.arange(PITCHES) % 12, list(wanted))
        allowed[: floor + 1] = False
        return allowed

    def _draw(
        self,
        head: str,
        allowed: Allowed | None,
        told: dict[str, int],
        bias: Floats | None = None,
    ) -> int:
        logits = self._reader.logits(head, told)
        led = logits[-1] + self._manner.guidance * (logits[0] - logits[-1])
        led = led if bias is None else led + bias
        if allowed is not None:
            led = np.where(allowed, led, -np.inf)
        scaled = np.exp((led - led.max()) / self._manner.temperature)
        order = np.argsort(-scaled)
        total = np.cumsum(scaled[order])
        kept = order[: int(np.searchsorted(total, self._manner.share * total[-1])) + 1]
        odds = scaled[kept] / scaled[kept].sum()
        drawn = int(np.searchsorted(np.cumsum(odds), self._rng.random()))
        return int(kept[min(len(kept) - 1, drawn)])


def _expected_onsets(lead: Floats, shape: Shape) -> float | None:
    """Onsets a quarter note that a lead tells, see `descriptions`; None where it tells of none."""
    place = 2 * shape.features
    return 8 * float(lead[place]) if lead[place + DESCRIBED] else None
