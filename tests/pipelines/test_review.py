"""Reviews: rows of them, what they add up to, and proposals from planted faults and from none."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from benchmarks._review_worlds import Fault, Listening, moved_share, world
from generation.around.candidates import create
from generation.around.describing import describe
from generation.around.keeping import Kept, keep
from pipelines.generations import record_generations
from pipelines.review import Comparison, Rating, ReviewRequest, record, review_batch
from pipelines.reviewing.adherence import by_engine, disagreements, wilson
from pipelines.reviewing.findings import findings
from pipelines.reviewing.material import Choice, Material, Opinion, Piece, gather, leaning_words
from pipelines.reviewing.preferences import agreements, krippendorff, strengths
from pipelines.reviewing.proposals import proposals
from schemas.errors import InputError
from schemas.operations import Heard
from schemas.settings import Settings
from tests.generation.around.playing import MANIFEST, Playing, request
from tests.warehouse.blank import blank
from warehouse.lake import Lake
from warehouse.location import Location
from warehouse.store import Store

FOUND = {"tempo_bpm": 120.0, "key_pitch_class": 0.0, "key_mode": 1.0}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    blank(Location.from_settings(settings))
    return settings


def made(settings: Settings, bpm: float = 120.0) -> Kept:
    one = create(Playing(seconds=1.0), request(bpm=bpm, duration_s=1.0), lambda _: FOUND)
    return keep(settings.generations_path, one, describe(MANIFEST, one_request(bpm), one, "wt 0"))


def one_request(bpm: float):
    return request(bpm=bpm, duration_s=1.0)


def material(settings: Settings) -> Material:
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        return gather(lake)


def test_a_listeners_word_is_kept_and_replaced(settings: Settings) -> None:
    first, second = made(settings).result.generation_id, made(settings).result.generation_id
    with Store(Location.from_settings(settings)) as store:
        record_generations(store, [Kept_result(settings, name) for name in (first, second)])
    assert {p.generation_id for p in material(settings).unreviewed} == {first, second}
    good = Rating(generation_id=first, reviewer="ann", rating=0.75, note="warm")
    fast = Rating(generation_id=first, reviewer="ann", feature="tempo_bpm", heard=Heard.HIGHER)
    assert record(settings, [good, fast]) == 2
    assert record(settings, [good, fast]) == 0
    assert record(settings, [dataclasses.replace(good, rating=0.25)]) == 1
    assert record(settings, [dataclasses.replace(good, reviewer="bob")]) == 1
    found = material(settings)
    assert [p.generation_id for p in found.unreviewed] == [second]
    ratings = {o.listener: o.rating for o in found.opinions if o.rating is not None}
    assert ratings == {"ann": 0.25, "bob": 0.75}
    assert found.verdicts() == {(first, "tempo_bpm"): [Heard.HIGHER]}
    assert found.pieces[first].hits["tempo_bpm"]


def Kept_result(settings: Settings, name: str):  # noqa: N802 — reads as what it gives
    from generation.around.keeping import load_generation

    return load_generation(settings.generations_path, name).result


def test_a_choice_is_kept_and_turned_round(settings: Settings) -> None:
    """Generations that had no rows yet get them; a choice the other way replaces the first."""
    first, second = made(settings).result.generation_id, made(settings).result.generation_id
    chosen = Comparison(winner=first, loser=second, reviewer="ann", criterion="Follows the prompt")
    assert record(settings, [chosen]) == 1
    assert set(material(settings).pieces) == {first, second}
    turned = dataclasses.replace(chosen, winner=second, loser=first)
    assert record(settings, [turned]) == 1
    (choice,) = material(settings).choices
    assert choice == Choice(
        winner=second, loser=first, listener="ann", criterion="follows the prompt"
    )
    assert not material(settings).unreviewed


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "nothing said"),
        ({"rating": 1.5}, "valid is 0 … 1"),
        ({"heard": Heard.HIGHER}, "of which --feature"),
        ({"feature": "brightnes_hz", "heard": Heard.LOWER}, "brightness_hz"),
        ({"rating": 0.5, "reviewer": "extractor"}, "program's own"),
        ({"rating": 0.5, "reviewer": " "}, "1 to 100"),
        ({"note": "x" * 3_000}, "3,000 characters"),
    ],
)
def test_words_that_cannot_be(said: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        Rating(**{"generation_id": "a", "reviewer": "ann", **said})  # type: ignore[arg-type]


def test_a_piece_is_not_better_than_itself_and_unknown_ones_are_named(settings: Settings) -> None:
    with pytest.raises(InputError, match="another than --than"):
        Comparison(winner="a", loser="a", reviewer="ann")
    missing = Rating(generation_id="20260101T000000000000-00000000", reviewer="ann", rating=1)
    with pytest.raises(InputError, match="20260101T000000000000-00000000"):
        record(settings, [missing])
    with pytest.raises(InputError, match="etc"):
        record(settings, [dataclasses.replace(missing, generation_id="../../etc/passwd")])


def test_a_batch_is_measured_again_and_only_differences_are_written(settings: Settings) -> None:
    kept = made(settings)
    same = review_batch(settings, ReviewRequest(), lambda _: lambda _: FOUND)
    assert (same.measured, same.changed) == (1, 1)
    again = review_batch(settings, ReviewRequest(), lambda _: lambda _: FOUND)
    assert (again.measured, again.changed, again.hits) == (1, 0, same.hits)
    other = {**FOUND, "tempo_bpm": 90.0}
    changed = review_batch(settings, ReviewRequest(), lambda _: lambda _: other)
    assert (changed.changed, changed.hits) == (1, same.hits - 1)
    piece = material(settings).pieces[kept.result.generation_id]
    assert piece.measured["tempo_bpm"] == 90
    assert piece.hits["tempo_bpm"] is False
    rated = Rating(generation_id=kept.result.generation_id, reviewer="ann", rating=1.0)
    record(settings, [rated])
    after = material(settings).pieces[kept.result.generation_id]
    assert after.measured["tempo_bpm"] == 90, "a listener's word brings no old measurement back"
    (kept.folder / "result.json").write_text("{}")
    damaged = review_batch(settings, ReviewRequest(), lambda _: lambda _: FOUND)
    assert damaged.measured == 0
    assert kept.result.generation_id in damaged.unreadable[0]


def test_what_is_free_is_never_counted_as_asked(settings: Settings) -> None:
    kept = made(settings)
    review_batch(settings, ReviewRequest(), lambda _: lambda _: FOUND)
    asked = set(material(settings).pieces[kept.result.generation_id].hits)
    wanted = {n for n, c in kept.result.request.features.items() if c.lock != "free"}
    assert asked <= wanted | {"key"}
    assert "tempo_bpm" in asked


def test_words_that_lean_a_feature_are_read_from_the_prompt() -> None:
    found = leaning_words("dark energetic house at 124 bpm")
    assert "dark" in found["brightness_hz"]
    assert any("energetic" in word for word in found["energy"])
    assert leaning_words("") == {}


def test_bradley_terry_orders_and_knows_how_sure_it_is() -> None:
    rng = np.random.default_rng(0)
    true = {"a": 1.0, "b": 0.0, "c": -1.0}

    def play(games: int) -> list[tuple[str, str]]:
        pairs = []
        for _ in range(games):
            one, two = rng.choice(list(true), 2, replace=False)
            wins = rng.random() < 1 / (1 + np.exp(true[two] - true[one]))
            pairs.append((str(one), str(two)) if wins else (str(two), str(one)))
        return pairs

    few, many = strengths(play(30)), strengths(play(2_000))
    assert [s.name for s in many] == ["a", "b", "c"]
    assert all(s.low < true[s.name] < s.high for s in many)
    width = {s.name: s.high - s.low for s in many}
    assert all(s.high - s.low > 3 * width[s.name] for s in few)
    (won, lost) = strengths([("x", "y")] * 5)
    assert won.strength == pytest.approx(-lost.strength)
    assert np.isfinite(won.high)
    assert strengths([]) == ()


def test_bradley_terry_intervals_hold_what_they_promise() -> None:
    """Of 300 seasons of two engines with a gap of 1, about 95 in 100 intervals hold it."""
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(300):
        wins = int(rng.binomial(60, 1 / (1 + np.exp(-1.0))))
        first = next(
            s for s in strengths([("a", "b")] * wins + [("b", "a")] * (60 - wins)) if s.name == "a"
        )
        inside += first.low <= 0.5 <= first.high
    assert 0.9 <= inside / 300 <= 0.99


def test_alpha_is_krippendorffs() -> None:
    """Krippendorff 2011, "Computing Krippendorff's alpha-reliability", example C: 0.849."""
    data = [
        [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [5, 5, 5], [1, 1],
    ]  # fmt: skip
    assert krippendorff(data) == pytest.approx(0.849, abs=5e-4)
    rng = np.random.default_rng(0)
    noise = rng.integers(1, 6, (400, 2)).tolist()
    chance = krippendorff(noise)
    assert chance is not None
    assert abs(chance) < 0.12
    assert krippendorff([[3, 3], [3, 3]]) is None


def test_disagreement_counts_one_vote_a_generation() -> None:
    pieces = {
        str(i): Piece(generation_id=str(i), engine="e", hits={"energy": i < 6}) for i in range(10)
    }
    words = []
    for i in range(10):
        right = i % 2 == 0
        for listener in ("ann", "bob", "cyd"):
            heard = Heard.RIGHT if right else Heard.LOWER
            words.append(
                Opinion(generation_id=str(i), listener=listener, feature="energy", heard=heard)
            )
    words.append(Opinion(generation_id="0", listener="dan", feature="energy", heard=Heard.HIGHER))
    (row,) = disagreements(Material(pieces, tuple(words)))
    assert (row.both_right, row.both_wrong, row.only_extractor, row.only_listeners) == (3, 2, 3, 2)
    assert row.kappa == pytest.approx(0.0, abs=1e-12)
    assert set(row.examples) <= set(pieces)


def test_adherence_by_engine_has_intervals_and_bias() -> None:
    cells = {(c.group, c.feature): c for c in by_engine(world(3))}
    cell = cells["embedded", "brightness_hz"]
    assert 0 < cell.hits <= cell.count
    assert cell.low < cell.hits / cell.count < cell.high
    assert cell.bias is not None
    assert abs(cell.bias) < 0.03
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("word", "dark", "brightness_hz", 0.2),
        Fault("style", "reggae", "brightness_hz", -0.2),
        Fault("engine", "ace-step", "energy", 0.12),
        Fault("tolerance", "tempo_bpm", "tempo_bpm", 0.15),
    ],
)
def test_a_planted_fault_is_found_and_moved_the_right_way(fault: Fault) -> None:
    found = proposals(world(11, (fault,), Listening(pieces=300)))
    (one,) = [
        p
        for p in found
        if (p.kind, p.subject, p.feature) == (fault.kind, fault.subject, fault.feature)
    ]
    assert one.p_value < 0.05
    assert one.speak_for_it <= one.count
    assert f"{one.speak_for_it} of {one.count}" in one.says
    if fault.kind == "tolerance":
        assert one.after > 1.5 * one.before
    else:
        moved = moved_share(fault.feature, one.before, one.after)
        assert moved == pytest.approx(-fault.by, abs=0.08)


def test_without_a_fault_nothing_is_proposed() -> None:
    """False alarms are held to one report in twenty; of 8 worlds, two have a chance of 5 %.

    `./dev bench review` counts hundreds.
    """
    alarms = [seed for seed in range(8) if proposals(world(500 + seed))]
    assert len(alarms) <= 1


def test_findings_of_nothing() -> None:
    found = findings(Material({}))
    assert (found.pieces, found.proposals, found.comparisons) == (0, (), ())
    assert agreements(Material({})) == ()
