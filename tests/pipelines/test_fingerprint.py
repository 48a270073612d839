"""The fingerprint: the same for copies of one recording, another for other music of its style."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks._duplicates_changes import CHANGES
from pipelines.audio.decode import open_audio
from pipelines.audio.fingerprint import CODE_HOP_S, Codes, Fingerprint
from pipelines.duplicates.candidates import Index
from pipelines.duplicates.compare import Alignment, align
from pipelines.duplicates.find import agreeing
from pipelines.duplicates.judge import WINDOW_BER, Method, judge
from pipelines.features.accumulate import Extent
from pipelines.features.analysis import Analysis
from pipelines.features.spectrum import BINS, Block
from schemas.audio import Audio, AudioSource, Samples
from schemas.outcomes import NullReason
from tests.pipelines.pieces import RATE_HZ, piece

FOUND = (
    *("mp3_64", "opus_48", "aac_96", "vorbis", "rate_8k", "cut_start_0.4s", "silence_before"),
    *("gain_+6dB_clipped", "gain_-20dB", "equalised", "mono", "dc_offset", "cut_mp3_64_22k"),
)


def heard(source: AudioSource) -> Codes | NullReason:
    return Analysis(source, [Fingerprint]).of(Fingerprint)


def codes_of(samples: Samples, rate_hz: int = RATE_HZ) -> Codes:
    found = heard(Audio(np.ascontiguousarray(samples.T), rate_hz))
    assert isinstance(found, np.ndarray)
    return found


@pytest.fixture(scope="module")
def original() -> Codes:
    return codes_of(piece(1))


def best(one: Codes, other: Codes) -> Alignment | None:
    found = Index([other]).candidates([one])
    return align(one, other, found[0].offset, WINDOW_BER) if found else None


@pytest.mark.parametrize("change", FOUND)
def test_copies_are_found(change: str, original: Codes, tmp_path: Path) -> None:
    path = CHANGES[change].write(piece(1), tmp_path, "copy")
    copy = heard(open_audio(path).audio)
    assert isinstance(copy, np.ndarray)
    found = best(copy, original)
    assert found is not None
    verdict = judge(found, {}, {})
    assert verdict is not None, found
    assert verdict.method is Method.DUPLICATE, found
    assert f"{found.overlap_s:.1f} s" in verdict.evidence


def test_where_a_copy_begins_is_told(original: Codes) -> None:
    found = best(codes_of(piece(1)[3 * RATE_HZ :]), original)
    assert found is not None
    assert found.offset_s == pytest.approx(3.0, abs=CODE_HOP_S)
    assert found.unmatched_s == pytest.approx(3.0, abs=0.2)


def test_other_pieces_of_the_style_are_not_taken_for_copies() -> None:
    tracks = {f"{seed:02d}": codes_of(piece(seed)) for seed in range(16)}
    tracks["copy"] = codes_of(piece(3)[RATE_HZ // 3 :])
    order = list(tracks)
    pairs = agreeing(order, [True] * len(order), lambda names: {n: tracks[n] for n in names})
    assert [(pair.later, pair.earlier) for pair in pairs] == [("copy", "03")]


@pytest.mark.parametrize("shard", [1, 2, 5, 100])
def test_pairs_do_not_depend_on_how_many_are_held_at_once(shard: int) -> None:
    whole = piece(1)
    tracks = {
        "a": codes_of(whole),
        "b": codes_of(piece(2)),
        "c": codes_of(whole * np.float32(0.5)),
        "d": codes_of(whole[RATE_HZ:]),
        "none": np.empty(0, np.uint32),
    }
    order = list(tracks)

    def load(names: object) -> dict[str, Codes]:
        return {name: tracks[name] for name in names}  # type: ignore[attr-defined]

    every = {(p.later, p.earlier) for p in agreeing(order, [True] * 5, load, shard)}
    assert every == {("c", "a"), ("d", "a"), ("d", "c")}
    fresh = [False, False, False, True, True]
    assert {(p.later, p.earlier) for p in agreeing(order, fresh, load, shard)} == {
        ("d", "a"),
        ("d", "c"),
    }


class InPieces:
    """An audio source that delivers blocks of changing lengths."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.sample_rate_hz = RATE_HZ
        self.channels, self.frames = samples.shape
        self.duration_s = self.frames / RATE_HZ

    def blocks(self) -> Iterator[Samples]:
        start, size = 0, 1
        while start < self.frames:
            yield self.samples[:, start : start + size]
            start, size = start + size, size * 3 % 70_001


def test_delivery_makes_no_difference(original: Codes) -> None:
    found = heard(InPieces(np.ascontiguousarray(piece(1).T)))  # type: ignore[arg-type]
    assert np.array_equal(found, original)


def test_what_has_none() -> None:
    assert heard(Audio(np.zeros((1, 5 * RATE_HZ), np.float32), RATE_HZ)) is NullReason.SILENT
    sounding = np.ascontiguousarray(piece(1).T)
    assert heard(Audio(sounding[:, : round(2.9 * RATE_HZ)], RATE_HZ)) is NullReason.TOO_SHORT
    assert isinstance(heard(Audio(sounding[:, : 3 * RATE_HZ], RATE_HZ)), np.ndarray)


def test_a_long_track_is_kept_to_twenty_minutes() -> None:
    power = np.random.default_rng(1).random((128, BINS), np.float32)
    accumulator = Fingerprint(Extent(22_050, 1, 3 * 3600 * 22_050))
    for _ in range(3 * 3600 * 22_050 // 512 // 128):
        accumulator.add(Block(power))
    codes = accumulator.result()
    assert isinstance(codes, np.ndarray)
    assert len(codes) * CODE_HOP_S == pytest.approx(20 * 60, abs=1)


def test_silence_inside_says_nothing() -> None:
    samples = piece(1)
    samples[4 * RATE_HZ : 7 * RATE_HZ] = 0
    codes = codes_of(samples)
    quiet = codes[round(4.3 / CODE_HOP_S) : round(6 / CODE_HOP_S)]
    assert not quiet.any()
    assert codes[:30].all()
    found = best(codes, codes_of(piece(1)))
    assert found is not None
    assert found.bit_error_rate < 0.05


def aligned(**changed: float) -> Alignment:
    values = {"offset_s": 0.0, "bit_error_rate": 0.03, "matched_share": 1.0, "overlap_s": 28.0}
    values |= {"one_s": 28.0, "other_s": 30.0, "variety": 0.9}
    return Alignment(**(values | changed))


ONE_KEY = {"chroma": [1.0, 0, 0.5, 0, 0.8, 0, 0, 0.9, 0, 0, 0, 0.1], "tempo_bpm": 120.0}
OTHER_KEY = {"chroma": [0, 1.0, 0, 0.5, 0, 0.8, 0, 0, 0.9, 0, 0, 0], "tempo_bpm": 120.0}


@pytest.mark.parametrize(
    ("found", "one", "other", "method"),
    [
        (aligned(), {}, {}, Method.DUPLICATE),
        (aligned(), ONE_KEY, ONE_KEY, Method.DUPLICATE),
        (aligned(), ONE_KEY, OTHER_KEY, None),  # a steady chord in another key
        (aligned(variety=0.3), {}, {}, None),
        (aligned(variety=0.3), ONE_KEY, ONE_KEY, Method.DUPLICATE),
        (aligned(bit_error_rate=0.15), ONE_KEY, ONE_KEY, None),
        (aligned(bit_error_rate=0.12), ONE_KEY, ONE_KEY, Method.DUPLICATE),
        (aligned(bit_error_rate=0.12), ONE_KEY, {**ONE_KEY, "tempo_bpm": 97.0}, None),
        (aligned(bit_error_rate=0.12), ONE_KEY, {**ONE_KEY, "tempo_bpm": 60.0}, Method.DUPLICATE),
        (aligned(matched_share=0.7), {}, {}, None),
        (aligned(other_s=39.0), {}, {}, Method.DUPLICATE),  # 11 s were cut
        (aligned(other_s=240.0), {}, {}, Method.EXCERPT),
        (aligned(other_s=240.0, one_s=60.0), {}, {}, None),  # half of it is elsewhere
        (aligned(overlap_s=4.0, one_s=4.0), {}, {}, None),  # too short to be an excerpt
        (aligned(overlap_s=4.0, one_s=4.0, other_s=5.0), {}, {}, Method.DUPLICATE),
    ],
)
def test_verdicts(
    found: Alignment, one: dict[str, object], other: dict[str, object], method: Method | None
) -> None:
    verdict = judge(found, one, other)
    assert (verdict.method if verdict else None) == method
