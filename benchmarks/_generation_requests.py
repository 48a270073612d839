"""Random requests of which it is known what they ask: what the embedded engine is judged by.

Conventions: a seed draws them all; one seed is to develop on, another to report on. Each asks for a
tempo, a style that is played near that tempo, and a key; half also for brightness, half for onsets
per second, and each for either energy or loudness. Onsets are drawn per beat, 0.7 to 2.2: with many
more between beats a tempo is heard an octave higher, so that both cannot be had. Energy is drawn
among those that go with what else is asked, by the formula that defines it, at any loudness and
contrast that the engine reaches.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from generation.sequencer.controlling.reach import REACH
from generation.sequencer.styles.library import entries
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.energy import energy_of
from schemas.features import feature, key_name
from schemas.parts import Lock, Prompt, Source, StyleWeight
from schemas.styles import style

DEVELOP, REPORT = 1, 2
"""Seeds: the engine's constants were chosen on the first; figures are of the second."""

LENGTH_S = 15.0
TEMPI = (60.0, 180.0)
ONSETS_A_BEAT = (0.7, 2.2)
BEYOND = 7 / 6
_TENSE = 0.15  # of the reachable energies at either end, which need all else at its extreme


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and what it asks for by feature; `key` is 0 … 23, C major … B minor."""

    number: int
    style: str
    key: int
    values: Mapping[str, float] = field(default_factory=dict)
    length_s: float = LENGTH_S

    @property
    def seed(self) -> int:
        return 10_000 + self.number

    def request(self) -> ConditioningRequest:
        mode = "major" if self.key < 12 else "minor"
        return ConditioningRequest(
            prompt=Prompt(text=f"{self.style} in {key_name(self.key % 12, int(self.key < 12))}"),
            features={name: stated(name, value) for name, value in self.values.items()},
            key=KeyCondition(
                pitch_class=self.key % 12, mode=mode, source=Source.USER, confidence=1,
                lock=Lock.HARD,
            ),
            styles=(StyleWeight(id=self.style),),
            duration_s=self.length_s,
        )  # fmt: skip


def stated(name: str, value: float) -> FeatureCondition:
    """A condition as a person states it."""
    return FeatureCondition(
        value=value, unit=feature(name).unit, source=Source.USER, confidence=1, lock=Lock.HARD
    )


def random_asks(count: int, seed: int, *, any_tempo: bool = False) -> list[Ask]:
    """`count` requests; tempi and keys are spread evenly over their range, in random order.

    The style is drawn among those that are played near that tempo (a sixth beyond their range of
    styles.toml), all as often as can be; with `any_tempo`, among all: waltzes at 170, too.
    """
    rng = np.random.default_rng([seed, 77])
    keys = _spread(list(range(24)), count, rng)
    low, high = (math.log(tempo) for tempo in TEMPI)
    places = (rng.permutation(count) + rng.random(count)) / count
    used: Counter[str] = Counter()
    found = []
    for n in range(count):
        tempo = round(math.exp(low + (high - low) * float(places[n])), 1)
        near = [one for one in sorted(entries()) if any_tempo or _plays(one, tempo)]
        least = min(used[one] for one in near)
        chosen = str(rng.choice([one for one in near if used[one] == least]))
        used[chosen] += 1
        found.append(Ask(n, chosen, keys[n], _values(tempo, rng)))
    return found


def _plays(style_id: str, tempo: float) -> bool:
    low, high = style(style_id).tempo
    return low / BEYOND <= tempo <= high * BEYOND


def _spread(values: Sequence[int], count: int, rng: np.random.Generator) -> list[int]:
    rounds = math.ceil(count / len(values))
    return [values[i] for _ in range(rounds) for i in rng.permutation(len(values))][:count]


def _values(tempo: float, rng: np.random.Generator) -> dict[str, float]:
    found = {"tempo_bpm": tempo}
    if rng.random() < 0.5:
        low, high = (math.log2(side) for side in REACH.brightness_hz)
        found["brightness_hz"] = float(2 ** rng.uniform(low, high))
    if rng.random() < 0.5:
        low, high = (side * tempo / 60 for side in ONSETS_A_BEAT)
        found["onset_rate_hz"] = float(rng.uniform(low, min(high, REACH.onset_rate_hz[1])))
    if rng.random() < 0.5:
        found["loudness_lufs"] = float(rng.uniform(*REACH.loudness_lufs))
    else:
        found["energy"] = _energy(found, rng)
    return found


def _energy(found: Mapping[str, float], rng: np.random.Generator) -> float:
    """An energy that goes with the rest."""
    tempo = found["tempo_bpm"]
    onsets = tuple(side * tempo / 60 for side in ONSETS_A_BEAT)
    sides = []
    for i in (0, 1):
        sides.append(
            energy_of(
                REACH.loudness_lufs[i],
                found.get("onset_rate_hz", onsets[i]),
                found.get("brightness_hz", REACH.brightness_hz[i]),
                REACH.contrast_db[1 - i],
            )
        )
    return float(sides[0] + (sides[1] - sides[0]) * rng.uniform(_TENSE, 1 - _TENSE))
