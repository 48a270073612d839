"""A person's word: checked before it is written, and it wins until it is withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.overrides import feature_names, override, parse_values, withdraw
from schemas.catalogue import TrackRow
from schemas.errors import InputError
from schemas.features import group_version
from schemas.settings import Settings
from schemas.tables import TABLES
from warehouse import queries
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["tempo_bpm=128"], {"tempo_bpm": 128}),
        ([" tempo_bpm = 90.5 "], {"tempo_bpm": 90.5}),
        (["key=C minor"], {"key_pitch_class": 0, "key_mode": 0}),
        (["key=F# major", "energy=0"], {"key_pitch_class": 6, "key_mode": 1, "energy": 0}),
    ],
)
def test_values(texts: list[str], values: dict[str, float]) -> None:
    assert parse_values(texts) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tempo_bpm", "valid is FEATURE=VALUE"),
        ("tempo_bmp=128", "did you mean tempo_bpm"),
        ("tempo_bpm=fast", "valid is a number of BPM"),
        ("tempo_bpm=301", "valid is 30 … 300 BPM"),
        ("tempo_bpm=nan", "valid is 30 … 300 BPM"),
        ("energy=inf", "valid is 0 … 1"),
        ("chroma=1", "several values a track"),
        ("key=H2O", "valid is a key such as"),
        ("=1", "no feature ''"),
        ("zzzzzz=1", "valid: key, tempo_bpm"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_values([text])


def test_a_feature_named_twice() -> None:
    with pytest.raises(InputError, match="key_mode is named twice"):
        parse_values(["key=C minor", "key_mode=1"])
    assert feature_names(["key", "energy"]) == ("key_pitch_class", "key_mode", "energy")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse of one track at 100 BPM."""
    found = Settings(home=tmp_path)
    row = TABLES["features_rhythm"].row(
        track_id="t",
        group_version=group_version("rhythm"),
        extractor="wordtone",
        status="complete",
        null_reasons="{}",
        tempo_bpm=100.0,
    )
    with Store(Location.from_settings(found)) as store:
        rows = {"tracks": [TrackRow(track_id="t")], "features_rhythm": [row]}
        store.write(rows, RunStamp("r", "test", ""))
    return found


def value(settings: Settings, as_of: int | None = None) -> tuple[float, str]:
    with Lake.open(Location.from_settings(settings), read_only=True, as_of=as_of) as lake:
        found = queries.track_values(lake, "t")
    assert found is not None
    return found["tempo_bpm"], found["tempo_bpm_source"]


def test_the_life_of_a_correction(settings: Settings) -> None:
    made = override(settings, "t", {"tempo_bpm": 50.0}, "counted", "me")
    assert value(settings) == (50.0, "override")
    with Lake.open(Location.from_settings(settings)) as lake:
        lake.execute("UPDATE features_rhythm SET tempo_bpm = 101, group_version = 'newer'")
    assert value(settings) == (50.0, "override"), "a new analysis does not touch it"
    withdraw(settings, "t", ["tempo_bpm"], "me")
    assert value(settings) == (101.0, "wordtone")
    assert value(settings, made) == (50.0, "override"), "the past is as it was"
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        assert queries.overrides(lake).num_rows == 0
        (row,) = queries.overrides(lake, include_withdrawn=True).to_pylist()
    assert (row["note"], row["author"], row["value"]) == ("counted", "me", 50.0)
    with pytest.raises(InputError, match="no correction of tempo_bpm; it has none"):
        withdraw(settings, "t", ["tempo_bpm"], "me")
    override(settings, "t", {"tempo_bpm": 60.0}, "again", "you")
    assert value(settings) == (60.0, "override")


def test_a_correction_says_who_and_why(settings: Settings) -> None:
    for track, values, note, author, message in (
        ("nobody", {"energy": 0.5}, "n", "a", "no track 'nobody'"),
        ("t", {}, "n", "a", "no value"),
        ("t", {"energy": 0.5}, " ", "a", "no note"),
        ("t", {"energy": 0.5}, "n", "", "no author"),
    ):
        with pytest.raises(InputError, match=message):
            override(settings, track, values, note, author)
