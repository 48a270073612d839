"""One-shots and loops: of their kind, different, cut, normalised, named, reproducible."""

from __future__ import annotations

import json
import struct
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from benchmarks._listening import centroid_hz, clicks
from generation.sequencer.oneshots import DRUM_KEYS, FAMILIES, Sample
from generation.sequencer.samples import CATEGORIES, Wanted, draw, parse_key
from generation.sequencer.synthesis.signal import RATE_HZ
from schemas.errors import InputError
from service.cli import samples as command_module
from service.cli.main import cli


def drawn(category: str, count: int = 6, **more: object) -> list[Sample]:
    return list(draw(Wanted(categories=(category,), count=count, seed=7, **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize("category", [*DRUM_KEYS, *FAMILIES])
def test_one_shots_are_cut_normalised_and_different(category: str) -> None:
    made = drawn(category)
    assert len({one.name for one in made}) == len(made)
    for one in made:
        samples = one.audio.samples
        assert samples.shape[0] == 2
        assert np.abs(samples).max() == pytest.approx(10 ** (-1 / 20), rel=1e-3)
        assert np.abs(samples[:, -1]).max() < 2e-3
        heard = np.abs(samples).max(axis=0) > 1e-3
        assert np.flatnonzero(heard)[0] < 0.002 * RATE_HZ + 10
        assert one.name.startswith(category)
    for one, other in combinations(made, 2):
        length = min(one.audio.frames, other.audio.frames)
        pair = [x.audio.samples[0, :length] for x in (one, other)]
        assert abs(np.corrcoef(pair)[0, 1]) < 0.98, (one.name, other.name)


def test_drums_sound_like_their_kind() -> None:
    middle = {
        category: np.median([
            centroid_hz(np.pad(one.audio.samples.mean(axis=0), (0, 2048)))
            for one in drawn(category, 8)
        ])
        for category in ("kick", "snare", "hat")
    }  # fmt: skip
    assert middle["kick"] < 0.6 * middle["snare"] < 0.6 * middle["hat"]
    assert middle["hat"] > 5_000


def test_the_same_seed_draws_the_same_and_more_of_it_the_same_first() -> None:
    three, five = drawn("chord", 3), drawn("chord", 5)
    for one, other in zip(three, five, strict=False):
        assert one.name == other.name
        assert np.array_equal(one.audio.samples, other.audio.samples)


def test_own_sounds_are_free_of_the_bank() -> None:
    assert all(not one.weights for one in drawn("lead", 8, own_sounds=True))


def test_a_loop_is_whole_bars_named_and_closes() -> None:
    wanted = Wanted(
        categories=("loop",), style="house", bars=2, tempo_bpm=124.0, key="A minor", seed=3
    )
    (made,) = draw(wanted)
    assert made.name == "loop_house_124bpm_Am_2bars_01"
    assert made.beats == 8
    assert made.audio.frames == round(8 * 60 / 124 * RATE_HZ)
    joined = np.concatenate((made.audio.samples, made.audio.samples), axis=1).mean(axis=0)
    seam = made.audio.frames
    assert not clicks(joined[seam - 3_000 : seam + 3_000], np.asarray([3_000 / RATE_HZ]))
    assert made.audio.samples.any()


def test_a_stem_of_a_loop() -> None:
    (made,) = draw(Wanted(categories=("loop",), style="house", bars=1, stem="drums", seed=3))
    assert "drums" in made.name
    assert made.key == ""


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"categories": ("drum",)}, "category 'drum'; valid is kick"),
        ({"categories": ("kick",), "count": 0}, "count: 0"),
        ({"categories": ("loop",), "key": "H minor"}, "key 'H minor'"),
        ({"categories": ("loop",), "tempo_bpm": 9.0}, "tempo: 9"),
        ({"categories": ("loop",), "stem": "vocals"}, "stem 'vocals'"),
        ({"categories": ("loop",), "style": "hous"}, "hous"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wanted: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        draw(Wanted(**wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A minor", (9, "minor")),
        ("Bb", (10, "major")),
        ("f#m", (6, "minor")),
        ("Cb major", (11, "major")),
    ],
)
def test_keys_are_read(text: str, key: tuple[int, str]) -> None:
    assert parse_key(text) == key


def test_the_command_writes_files_with_an_index(tmp_path: Path) -> None:
    assert command_module._CATEGORIES == CATEGORIES
    arguments = ["samples", "--category", "kick", "--category", "loop", "--count", "2",
                 "--style", "techno", "--bars", "1", "--out", str(tmp_path)]  # fmt: skip
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    listed = json.loads((tmp_path / "samples.json").read_text())
    assert [one["category"] for one in listed] == ["kick", "kick", "loop", "loop"]
    for one in listed:
        info = soundfile.info(tmp_path / one["file"])
        assert (info.samplerate, info.channels, info.subtype) == (44_100, 2, "PCM_24")
    loop = (tmp_path / listed[2]["file"]).read_bytes()
    place = loop.index(b"acid")
    assert struct.unpack("<f", loop[place + 28 : place + 32])[0] == listed[2]["tempo_bpm"]
    assert struct.unpack("<I", loop[4:8])[0] == len(loop) - 8
    again = CliRunner().invoke(cli, arguments)
    assert isinstance(again.exception, InputError)
    assert "exists" in str(again.exception)
    (tmp_path / "file").write_text("")
    nowhere = CliRunner().invoke(cli, [*arguments[:-1], str(tmp_path / "file" / "under")])
    assert isinstance(nowhere.exception, InputError)
    assert "--out" in str(nowhere.exception)
