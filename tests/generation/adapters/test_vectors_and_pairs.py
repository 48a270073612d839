"""Flat vectors, and pairs through Parquet: neither needs torch."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.adapters import pairs
from generation.adapters.pairs import Batch, Meta, write_pairs
from generation.adapters.streaming import PairStream
from generation.adapters.vectors import asked, flat_of, flatten, width
from schemas.answers import Vector
from schemas.conditioning import ConditioningRequest
from schemas.errors import InputError
from schemas.features import feature
from schemas.scales import normalise

NAMES = ("tempo_bpm", "energy", "brightness_hz")


def vector(names: tuple[str, ...] = NAMES) -> Vector:
    count = len(names)
    return Vector(
        names=names,
        values=tuple(0.1 * (i + 1) for i in range(count)),
        low=(0.05,) * count,
        high=(0.9,) * count,
        confidence=tuple(0.5 + 0.1 * i for i in range(count)),
        key_probabilities=(1 / 24,) * 24,
    )


def request(**more: Any) -> ConditioningRequest:
    return ConditioningRequest.model_validate({"prompt": {"text": "x"}, **more})


def condition(name: str, **more: Any) -> dict[str, Any]:
    return {"unit": feature(name).unit, "source": "user", "confidence": 1, "lock": "hard", **more}


def test_a_vector_is_laid_out_as_the_rows_that_other_trainers_read() -> None:
    flat = flatten(vector(), NAMES)
    assert flat.shape == (width(NAMES),) == (36,)
    assert flat[:3].tolist() == np.float32([0.1, 0.2, 0.3]).tolist()
    assert flat[9:12].tolist() == np.float32([0.5, 0.6, 0.7]).tolist()
    turned = flatten(vector(), NAMES[::-1])
    assert turned[:3].tolist() == flat[:3][::-1].tolist(), "the projector's order counts"


def test_what_the_vector_lacks_is_open() -> None:
    flat = flatten(vector(NAMES[:2]), NAMES)
    assert [float(flat[i]) for i in (2, 5, 8, 11)] == [0.5, 0, 1, 0]


def test_a_request_is_read_as_its_vector_would_be() -> None:
    tempo = condition("tempo_bpm", value=120)
    energy = condition("energy", low=0.2, high=0.4)
    flat = flat_of(request(features={"tempo_bpm": tempo, "energy": energy}), NAMES)
    place = normalise(feature("tempo_bpm"), 120)
    assert [float(flat[i]) for i in (0, 3, 6, 9)] == pytest.approx([place, place, place, 1])
    assert [float(flat[i]) for i in (1, 4, 7)] == pytest.approx([0.3, 0.2, 0.4])
    assert float(flat[11]) == 0, "brightness was not asked for"
    assert flat[12:].sum() == pytest.approx(1)
    assert asked(request(features={"tempo_bpm": tempo}), NAMES) == {"tempo_bpm": 120}


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ({"pitch_class": 9, "mode": "minor"}, [21]),
        ({"pitch_class": 2}, [2, 14]),
        ({"mode": "major"}, list(range(12))),
    ],
)
def test_a_stated_key_is_spread_over_what_it_leaves_open(
    key: dict[str, Any], where: list[int]
) -> None:
    flat = flat_of(request(key={**key, "source": "user", "confidence": 1}), NAMES)[12:]
    assert np.flatnonzero(flat).tolist() == where
    assert flat.sum() == pytest.approx(1)


META = Meta(names=NAMES, kind="musicgen", digest="d", shape=(2, 3))


def batch(count: int, first: int = 0) -> Batch:
    """Rows that are told apart by their first number, their target and their prompt."""
    rows = np.arange(first, first + count)
    vectors = np.random.default_rng(0).random((count, width(NAMES)), np.float32)
    vectors[:, 0] = rows / 10_000
    targets = np.broadcast_to(rows[:, None, None], (count, 2, 3)).astype(np.int16)
    return Batch(vectors, targets, [f"prompt {row}" for row in rows])


def whole(rows: Batch) -> None:
    """Every row still has its own vector, target and prompt."""
    for i, prompt in enumerate(rows.prompts):
        number = int(prompt.split()[1])
        assert (rows.targets[i] == number).all()
        assert rows.vectors[i, 0] == pytest.approx(number / 10_000)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 60), size=st.integers(1, 70), shuffle=st.sampled_from([0, 1, 8, 500]))
def test_one_pass_gives_every_row_once(count: int, size: int, shuffle: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "GROUP_ROWS", 7)
        path = Path(folder) / "p.parquet"
        assert write_pairs(path, META, [batch(count // 2), batch(count - count // 2, count // 2)])
        rows = list(PairStream(path, size, shuffle, once=True))
    for one in rows:
        whole(one)
    seen = [prompt for one in rows for prompt in one.prompts]
    assert sorted(seen) == sorted(f"prompt {i}" for i in range(count))
    assert all(len(one.prompts) == size for one in rows[:-1])
    if not shuffle:
        assert seen == [f"prompt {i}" for i in range(count)]


def test_values_and_targets_come_back_bit_for_bit(tmp_path: Path) -> None:
    path, there = tmp_path / "p.parquet", batch(20)
    write_pairs(path, META, [there])
    back = next(iter(PairStream(path, 20, 0)))
    assert np.array_equal(back.vectors, there.vectors)
    assert np.array_equal(back.targets, there.targets)
    assert np.array_equal(PairStream(path, 3).vectors(5), there.vectors[:5])
    latents = Meta(names=NAMES, kind="stable-audio-3", digest="d", shape=(4,))
    soft = Batch(there.vectors[:2], np.float16([[0.1, 2, 3, -4]] * 2), ["a", "b"])
    write_pairs(path, latents, [soft])
    assert np.array_equal(next(iter(PairStream(path, 2, 0))).targets, soft.targets)


def test_it_goes_on_without_end_and_every_pass_has_its_order(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write_pairs(path, META, [batch(30)])
    rows = [one.prompts for one in itertools.islice(PairStream(path, 10, 100, seed=1), 6)]
    first, second = (list(itertools.chain(*part)) for part in (rows[:3], rows[3:]))
    assert sorted(first) == sorted(second)
    assert first != second
    again = [one.prompts for one in itertools.islice(PairStream(path, 10, 100, seed=1), 6)]
    assert rows == again
    assert first != sorted(first)


def test_fewer_rows_than_a_batch_still_make_one(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write_pairs(path, META, [batch(3)])
    assert len(next(iter(PairStream(path, 16))).vectors) == 3


@pytest.mark.parametrize("wrong", ["vectors", "targets", "prompts"])
def test_rows_of_another_shape_are_refused_and_leave_no_file(wrong: str, tmp_path: Path) -> None:
    there = batch(4)
    parts = {"vectors": there.vectors, "targets": there.targets, "prompts": there.prompts}
    parts[wrong] = parts[wrong][:, :1] if wrong != "prompts" else there.prompts[:1]
    with pytest.raises(InputError, match="pairs: "):
        write_pairs(tmp_path / "p.parquet", META, [Batch(**parts)])
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_of_pairs_is_told(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "p.parquet"
    with pytest.raises(InputError, match="No such file"):
        PairStream(path, 1)
    path.write_text(json.dumps({"a": 1}))
    with pytest.raises(InputError, match="no file of pairs"):
        PairStream(path, 1)
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(InputError, match="no file of pairs"):
        PairStream(path, 1)
    write_pairs(path, META, [])
    with pytest.raises(InputError, match="no pairs in it"):
        PairStream(path, 1)
