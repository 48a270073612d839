"""What an untrained network writes keeps to every constraint; and it reads as torch does."""

from __future__ import annotations

import numpy as np
import pytest

from generation.learned.conditions import LEARNED
from generation.learned.symbolic import events as e
from generation.learned.symbolic.descriptions import DESCRIPTIONS
from generation.learned.symbolic.inference import Reader
from generation.learned.symbolic.layout import array_shapes
from generation.learned.symbolic.sampling import (
    LONGEST_BAR_EVENTS,
    BarOrder,
    Manner,
    Writer,
)
from tests.generation.learned.pieces import SMALL, led, untrained
from tests.generation.learned.tools import needs_torch

FACTS = e.BarFacts(label=0, intensity=4, place=0, left=3, ticks=48)
MINOR = frozenset({0, 2, 3, 5, 7, 8, 10})


def _writer(seed: int = 0, guidance: float = 1.5) -> Writer:
    weights = untrained(seed=seed)
    lead = led(weights, onset_rate_hz=5.0)
    return Writer(weights, SMALL, lead, np.ones(1, np.float32), Manner(guidance=guidance))


def _bars(order: BarOrder, count: int = 6, seed: int = 0) -> list[e.Events]:
    writer, bars = _writer(seed), []
    for bar in range(count):
        given = {name: getattr(order, name) for name in BarOrder.__dataclass_fields__}
        bars.append(writer.bar(bars, BarOrder(**(given | {"seed": bar}))))
    return bars


@pytest.mark.parametrize("seed", range(3))
def test_events_are_in_order_on_the_grid_and_no_note_is_struck_twice(seed: int) -> None:
    for bar in _bars(BarOrder(facts=FACTS), seed=seed):
        assert bar[0, e.KIND] == e.BAR
        assert len(bar) <= LONGEST_BAR_EVENTS + 1
        rest = bar[1:]
        assert (rest[:, e.KIND] != e.BAR).all()
        assert (rest[:, e.POSITION] < FACTS.ticks).all()
        keys = [tuple(row) for row in rest[:, [e.POSITION, e.KIND, e.PITCH]].tolist()]
        assert keys == sorted(set(keys))


def test_notes_are_of_the_scale_or_of_the_chord_that_sounds() -> None:
    outside = 0
    for bar in _bars(BarOrder(facts=FACTS, scale=MINOR)):
        tuned = bar[bar[:, e.KIND] > e.DRUMS]
        for row in tuned.tolist():
            allowed = MINOR | set(e.chord_classes(row[e.HARMONY]))
            assert row[e.PITCH] % 12 in allowed
        for row in bar[bar[:, e.KIND] == e.CHORD].tolist():
            assert MINOR.issuperset(e.chord_classes(row[e.PITCH]))
    for bar in _bars(BarOrder(facts=FACTS)):
        tuned = bar[bar[:, e.KIND] > e.DRUMS]
        outside += sum(pitch % 12 not in MINOR for pitch in tuned[:, e.PITCH].tolist())
    assert outside > 0, "without the constraint, notes out of key are to be expected"


def test_stated_chords_are_played_where_they_are_and_no_other() -> None:
    stated = ((0, 0), (24, 51))
    for bar in _bars(BarOrder(facts=FACTS, chords=stated)):
        chords = bar[bar[:, e.KIND] == e.CHORD]
        assert [tuple(row) for row in chords[:, [e.POSITION, e.PITCH]].tolist()] == list(stated)
        late = bar[(bar[:, e.POSITION] >= 24) & (bar[:, e.KIND] > e.CHORD)]
        assert (late[:, e.HARMONY] == 51).all()


def test_who_rests_is_silent_and_the_last_bar_closes() -> None:
    resting = frozenset({e.DRUMS, e.FIRST_STEM + 4})
    for bar in _bars(BarOrder(facts=FACTS, silent=resting)):
        assert not set(bar[:, e.KIND].tolist()) & resting
    for bar in _bars(BarOrder(facts=FACTS, closes=True, chords=((0, 1),))):
        assert (bar[:, e.POSITION] == 0).all()
        tuned = bar[bar[:, e.KIND] > e.DRUMS]
        assert all(e.LENGTHS[code] == FACTS.ticks for code in tuned[:, e.LENGTH].tolist())


def test_a_bar_is_held_to_the_onsets_that_are_expected_of_it() -> None:
    weights = untrained()
    struck = []
    for wanted in (0.5, 3.0):
        lead = np.zeros(SMALL.lead, np.float32)
        place = 2 * len(LEARNED) + DESCRIPTIONS.index("onsets")
        lead[place], lead[place + len(DESCRIPTIONS)] = wanted / 8, 1
        writer = Writer(weights, SMALL, lead, np.ones(1, np.float32), Manner())
        bars = [writer.bar([], BarOrder(facts=FACTS, seed=seed)) for seed in range(6)]
        onsets = [len(np.unique(b[b[:, e.KIND] > e.CHORD][:, e.POSITION])) for b in bars]
        struck.append(float(np.mean(onsets)) / 4)
    assert struck[0] < 1.2
    assert struck[1] > 2


def test_the_same_seed_writes_the_same_bar_and_another_another() -> None:
    first, again = (_writer().bar([], BarOrder(facts=FACTS, seed=5)) for _ in range(2))
    other = _writer().bar([], BarOrder(facts=FACTS, seed=6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_reading_event_by_event_is_reading_at_once() -> None:
    events = np.concatenate(_bars(BarOrder(facts=FACTS), count=2))[:60]
    vectors = np.zeros((1, SMALL.lead), np.float32)
    one, other = (Reader(untrained(), SMALL, vectors, np.ones((1, 1), np.float32)) for _ in "ab")
    one.read(events)
    for row in events:
        other.read(row[None])
    assert np.allclose(one.hidden, other.hidden, atol=1e-4)


@needs_torch
def test_numpy_reads_as_torch_does() -> None:
    import torch

    from generation.learned.symbolic.network import Network

    weights = untrained(seed=4)
    network = Network(SMALL)
    ours = {name: weights[name] for name in array_shapes(SMALL)}
    assert ours.keys() == network.state_dict().keys()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in ours.items()})
    events = np.concatenate(_bars(BarOrder(facts=FACTS), count=2))[:60]
    vector = led(weights, onset_rate_hz=3.0, key_mode=1.0)[None]
    styles = np.ones((1, 1), np.float32)
    reader = Reader(weights, SMALL, vector, styles)
    reader.read(events)
    with torch.no_grad():
        hidden = network(
            torch.from_numpy(events.astype(np.int64))[None],
            torch.from_numpy(vector),
            torch.from_numpy(styles),
        )[:, -1]
        told = {"place": torch.tensor([12]), "kind": torch.tensor([3]), "token": torch.tensor([40])}
        logits = network.head("length", hidden, told)
    assert np.allclose(hidden.numpy(), reader.hidden, atol=2e-4)
    read = reader.logits("length", {"place": 12, "kind": 3, "token": 40})
    assert np.allclose(logits.numpy(), read, atol=2e-4)
