"""Names in prompts, on a mapping whose artists are called what is hard to tell from words."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.learning.config import TrainConfig
from mapping.learning.training import Fit
from mapping.model import Mapping
from mapping.reading.wishes import Options
from mapping.references.beyond import group_quantiles
from mapping.references.eras import eras
from mapping.references.reading import mentions
from mapping.references.sides import split
from mapping.references.supplied import read_references
from mapping.references.wordlist import phrases, read
from schemas.answers import ConditioningVector
from schemas.errors import ContractError, PromptError
from schemas.protocols import TextEncoder, TrainingExample
from schemas.references import Reference
from tests.mapping.catalogue import examples

ARTISTS = {
    "Artist 0": "Air", "Artist 1": "Slayrex", "Artist 2": "Daft Punk", "Artist 3": "Yes",
    "Artist 4": "Love", "Artist 5": "Massive Attack", "Artist 6": "Queen",
    "Artist 7": "The Beatles", "Artist 8": "Sigur Rós", "Artist 9": "AC/DC",
}  # fmt: skip
some = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def named(example: TrainingExample) -> TrainingExample:
    number = int((example.artist or "Artist 0").split()[1])
    artist = ARTISTS.get(example.artist or "", example.artist)
    london = ", london" if number == 2 else ""
    year = 1977 if number % 8 == 1 else 1994
    return replace(
        example, artist=artist, year=year, text=example.text + london, album=f"Album of {artist}"
    )


@pytest.fixture(scope="module")
def known(mapping: Mapping) -> Mapping:
    """The trained mapping with other names for its artists: training again would change nothing."""
    tracks = tuple(
        replace(track, artist=e.artist, album=e.album, year=e.year, text=e.text)
        for track, e in zip(mapping.learned.tracks, map(named, examples()), strict=True)
    )
    return Mapping(replace(mapping.learned, tracks=tracks), mapping.manifest, mapping.encoder)


def found(answer: ConditioningVector) -> list[tuple[str | None, str | None, str]]:
    return [(r.name, r.part, r.kind) for r in answer.references]


def value(answer: ConditioningVector, name: str) -> float:
    middle = answer.features[name].value
    assert middle is not None
    return middle


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("sounds like Slayrex", "Slayrex"),
        ("a song in the style of slayrex", "Slayrex"),
        ("something à la Daft Punk", "Daft Punk"),
        ("in the style of massive attack", "Massive Attack"),
        ("reminiscent of sigur ros", "Sigur Rós"),
        ("inspired by Air", "Air"),
        ("a tune like Beatles", "The Beatles"),
        ("fast AC/DC type beat", "AC/DC"),
        ("Slayrex-style riffs", "Slayrex"),
        ("Queen's guitar over a slow beat", "Queen"),
        ("like “love”", "Love"),
        ("like Quееn, with Cyrillic letters", "Queen"),
        ("like Slay\u200brex", "Slayrex"),
        ("a Queen song", "Queen"),
        ("Beatles-like harmonies", "The Beatles"),
        ("like early Slayrex", "Slayrex"),
        ("music that reminds me of Air", "Air"),
        ("as if Air had produced it", "Air"),
        ("in Slayrex style", "Slayrex"),
        ("slow song, Massive Attack", "Massive Attack"),
        ("Daft Punk for a wedding", "Daft Punk"),
    ],
)
def test_a_phrase_and_a_name_make_a_reference(known: Mapping, prompt: str, name: str) -> None:
    answer = known.condition(prompt)
    assert [r.name for r in answer.references] == [name]
    assert answer.references[0].kind == "artist"
    assert answer.references[0].tracks == 4
    assert name.split(maxsplit=1)[0].lower() not in " ".join(answer.not_understood)


@pytest.mark.parametrize(
    "prompt",
    [
        "a high frequency sound",
        "the air is warm, yes, and love is in it",
        "love song with airy vocals",
        "sounds like air and water",
        "I love the sound of the queen of the night",
        "yes, like house but darker",
        "Deep House Track Like Air",  # capitals say nothing where everything has them
        "as if in love",
        "like C minor but slower",
        "massive attack of drums",
        "Love song with airy vocals",
        "a Deep House track",
        "Daft punk, and a Massive attack",
        "I love Queen, Yes and Air",
        "the vibe. The style",
        "vibes",
        "like 4/4 house",
    ],
)
def test_words_alone_are_no_names(known: Mapping, prompt: str) -> None:
    assert known.condition(prompt).references == ()


def test_parts_places_and_eras_stay_apart(known: Mapping) -> None:
    prompt = "a bass line like Daft Punk and a melody like Slayrex, as if from London in 1977"
    answer = known.condition(prompt)
    assert found(answer) == [
        ("Daft Punk", "bass", "artist"),
        ("Slayrex", "melody", "artist"),
        ("from London", None, "place"),
        ("1977", None, "era"),
    ]
    bass, melody, place, era = answer.references
    shown = [prompt[s.start : s.end] for s in answer.spans if s.kind == "reference"]
    assert shown == ["like Daft Punk", "like Slayrex", "from London", "1977"]
    assert set(bass.features) == {"tempo_bpm", "energy", "brightness_hz"}
    assert bass.features["tempo_bpm"].value == pytest.approx(124, rel=0.1)
    assert melody.features["tempo_bpm"].value == pytest.approx(188, rel=0.1)
    assert place.tracks == 4
    assert era.tracks == sum(t.year == 1977 for t in known.learned.tracks)
    assert answer.not_understood == ()


def test_a_longer_name_is_not_a_shorter_one(known: Mapping) -> None:
    answer = known.condition("drums by Queen Latifah, bass like Yes")
    assert found(answer) == [("Queen Latifah", "drums", "unknown"), ("Yes", "bass", "artist")]
    styled = known.condition("Daft Punk-style guitar, Massive Attack's drums")
    assert [(r.name, r.part) for r in styled.references] == [
        ("Daft Punk", "guitar"),
        ("Massive Attack", "drums"),
    ]
    both = known.condition("something where Queen meets Daft Punk")
    assert [r.name for r in both.references] == ["Queen", "Daft Punk"]


def test_a_reference_moves_the_answer_to_its_tracks(known: Mapping) -> None:
    alone = known.condition("like Slayrex")
    assert value(alone, "tempo_bpm") == pytest.approx(188, rel=0.1)
    assert value(alone, "energy") > 0.8
    assert alone.evidence[0].artist == "Slayrex"
    both = known.condition("like Slayrex and Air")
    assert [r.name for r in both.references] == ["Slayrex", "Air"]
    assert value(known.condition("like Air"), "energy") < value(both, "energy") + 0.05
    slow = known.condition("like Slayrex, 80 bpm")
    assert value(slow, "tempo_bpm") == 80


def test_an_era_keeps_the_words(known: Mapping) -> None:
    folk = known.condition("folk, acoustic, singer-songwriter from the late seventies")
    assert value(folk, "tempo_bpm") < 130
    assert [r.kind for r in known.condition("more like 80s synth pop").references] == ["era"]
    alone = known.condition("late seventies")
    assert value(alone, "tempo_bpm") > 150
    unknown = known.condition("folk from 1931")
    assert any("'1931': the catalogue dates no track so" in w for w in unknown.warnings)


def test_unknown_names_are_said_to_be_unknown(known: Mapping) -> None:
    answer = known.condition("a calm song in the style of Zorbnax Quartet")
    assert found(answer) == [("Zorbnax Quartet", None, "unknown")]
    assert "'Zorbnax Quartet' is not known to this catalogue: it changes nothing" in answer.warnings
    assert answer.features == known.condition("a calm song").features


def test_an_engine_never_sees_the_name(known: Mapping) -> None:
    prompt = "a bass line like Daft Punk, drums in the style of Zorbnax, Slayrex style riffs"
    answer = known.condition(prompt)
    sent = answer.to_request().model_dump_json()
    ids = {i for r in answer.references for i in r.track_ids}
    assert ids
    for secret in ("Daft", "Punk", "Zorbnax", "Slayrex", *ids):
        assert secret not in sent
    assert "bass line" in sent
    assert answer.to_request().references[0].features == answer.references[0].features
    assert answer.prompt.text == prompt
    passed = known.condition(prompt, Options(references="open")).to_request()
    assert passed.prompt.text == prompt
    assert passed.references[0].name == "Daft Punk"


def test_the_policy_may_refuse(known: Mapping) -> None:
    with pytest.raises(PromptError, match="refers to 'Daft Punk', and references to names are"):
        known.condition("like Daft Punk", Options(references="refuse"))
    assert known.condition("folk from the nineties", Options(references="refuse")).references
    with pytest.raises(PromptError, match="references: 'maybe'; valid is features, refuse, open"):
        Options(references="maybe")  # type: ignore[arg-type]  # a wrong value is the point


def test_two_sides_are_offered_and_can_be_chosen(mapping: Mapping) -> None:
    """An artist of eight ambient and eight death metal tracks has two sides."""
    both = ("ambient", "death metal")
    tracks = tuple(
        replace(t, artist="Janus") if t.text.startswith(both) and i < 66 else t
        for i, t in enumerate(mapping.learned.tracks)
    )
    m = Mapping(replace(mapping.learned, tracks=tracks), mapping.manifest, mapping.encoder)
    reference = m.condition("like Janus").references[0]
    assert len(reference.sides) == 2
    assert sum(side.share for side in reference.sides) == pytest.approx(1)
    assert all(side.tracks and side.words for side in reference.sides)
    (said,) = [w for w in m.condition("like Janus").warnings if w.startswith("Janus")]
    assert said.startswith("Janus has 2 sides, both are mixed: 1: ")
    assert reference.sides[1].words in said
    assert str(reference.sides[1].tracks[0].title) in said
    energies = [
        value(m.condition("like Janus", Options(sides={"janus": side})), "energy")
        for side in (1, 2)
    ]
    assert abs(energies[0] - energies[1]) > 0.5
    with pytest.raises(PromptError, match="sides: 'Janus' has 2; there is no 3"):
        m.condition("like Janus", Options(sides={"Janus": 3}))


def test_an_even_name_has_one_side(mapping: Mapping) -> None:
    jazz = [i for i, t in enumerate(mapping.learned.tracks) if t.text.startswith("swing")]
    assert len(split(mapping.learned, np.array(jazz))) == 1


def test_titles_need_a_cue_or_quotes(known: Mapping) -> None:
    assert found(known.condition("like 'Title 3'")) == [("Title 3", None, "track")]
    assert found(known.condition("like Title 2 by Daft Punk"))[0][0] == "Title 2 by Daft Punk"
    assert known.condition("a title 3 times").references == ()
    album = known.condition("like the album Album of Slayrex").references[0]
    assert (album.kind, album.tracks) == ("album", 4)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("in 1977", (1977, 1977)), ("80s pop", (1980, 1989)), ("the '60s", (1960, 1969)),
        ("late seventies", (1977, 1979)), ("early 1990s", (1990, 1993)), ("10s", (2010, 2019)),
        ("mid-nineties", (1994, 1996)),
    ],
)  # fmt: skip
def test_eras(text: str, years: tuple[int, int]) -> None:
    assert [(e.first, e.last) for e in eras(text)] == [years]


@pytest.mark.parametrize("text", ["808 drums", "120 bpm", "in 2000 bpm", "1999", "30 s", "4/80s"])
def test_no_eras(text: str) -> None:
    assert not [e for e in eras(text) if text != "30 s"]


@some
@given(text=st.text(max_size=200), name=st.sampled_from(sorted(ARTISTS.values())))
def test_any_text_is_read(known: Mapping, text: str, name: str) -> None:
    """Never fails, and every stretch that is cut lies in the text."""
    answer = known.condition(f"music {text} like {name} {text}", Options(references="open"))
    assert all(isinstance(r, Reference) for r in answer.references)


@pytest.mark.parametrize(
    "unit", ["like ", "like The The ", "in the style of ", "Queen's ", "in 77s "]
)
def test_a_long_prompt_is_read_in_time(known: Mapping, unit: str) -> None:
    prompt = (unit * 20_000)[:20_000]
    started = time.process_time()
    assert len(mentions(prompt, known.names, known.musical_words, known.is_word)) <= 16
    assert time.process_time() - started < 1.5


@some
@given(name=st.sampled_from(sorted(ARTISTS.values())), letters=st.text("abcdefgh", min_size=1))
def test_names_keep_to_word_boundaries(known: Mapping, name: str, letters: str) -> None:
    for prompt in (f"music like {letters}{name}".lower(), f"music like {name}{letters}".lower()):
        assert name not in [r.name for r in known.condition(prompt).references]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_names(known: Mapping, tmp_path: Path) -> None:
    track = known.learned.tracks[1].track_id
    toml = write(
        tmp_path / "names.toml",
        '[references."Aunt Vera"]\nfeatures = { tempo_bpm = 72, energy = [0.05, 0.25] }\n'
        f'[references."Studio Nine"]\nkind = "label"\ntracks = ["{track}"]\n',
    )
    m = Mapping(known.learned, known.manifest, known.encoder)
    m.supply(read_references(toml, m.learned.tracks))
    vera = m.condition("like Aunt Vera’s own")
    assert vera.references[0].text == "like Aunt Vera"
    assert value(vera, "energy") < 0.35
    assert vera.references[0].features["tempo_bpm"].value == pytest.approx(72)
    choir = write(tmp_path / "c.toml", '[references."Ida\'s choir"]\nfeatures = {energy = 0.1}\n')
    m.supply(read_references(choir, m.learned.tracks))
    assert m.condition("a song like Ida’s choir, slow").references[0].name == "Ida's choir"
    assert m.condition("a song like a choir, slow").references == ()
    m.supply(read_references(toml, m.learned.tracks))
    label = m.condition("released on Studio Nine").references[0]
    assert (label.kind, label.track_ids) == ("label", (track,))
    as_json = write(
        tmp_path / "names.json", json.dumps({"references": {"Bo": {"tracks": [track]}}})
    )
    assert read_references(as_json, m.learned.tracks)[0].rows == (1,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "has no table"),
        ("[references.Bo]", "one must be there"),
        ("[references.Bo]\nfeatures = {tempo = 3}", "unknown feature 'tempo'"),
        ("[references.Bo]\nfeatures = {energy = 2}", r"energy: 2; valid is a number.* 0 … 1"),
        ("[references.Bo]\nfeatures = {energy = [0.5, 0.1]}", "two in order"),
        ('[references.Bo]\nkind = "cat"\ntracks = ["a"]', "kind 'cat'; valid: artist"),
        ('[references.Bo]\ntracks = ["a"]', "knows none of its 1 tracks"),
        ('[references."!"]\ntracks = ["a"]', "a name has 1 to 8 words"),
        ("[references", "neither TOML nor JSON"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        read_references(write(tmp_path / "names.toml", text), ())


def test_the_word_lists_are_checked() -> None:
    table = phrases()
    assert {"like", "in the style of"} <= set(table.cues)
    lists: dict[str, dict[str, object]] = {
        "cues": {"kinds": {}, "loud": []},
        "says": {},
        "parts": {},
    }
    with pytest.raises(ValueError, match=r"\[cues\]: unknown loud"):
        read(lists, {})


def test_an_artist_beyond_the_reference_set_is_known(encoder: TextEncoder, tmp_path: Path) -> None:
    """Of 160 tracks 40 are kept; every artist is still known, by what their tracks measure."""
    listed = [named(e) for e in examples()]
    few = TrainConfig(captions=80, components=256, evaluate=False, reference_rows=40)
    m = Mapping.train(listed, encoder, few)
    assert len(m.learned.tracks) == 40
    m.save(tmp_path / "m")
    for mapping in (m, Mapping.load(tmp_path / "m", encoder)):
        answer = mapping.condition("like Slayrex")
        reference = answer.references[0]
        assert (reference.name, reference.kind, reference.tracks) == ("Slayrex", "artist", 4)
        own = [e.features["tempo_bpm"] or 0 for e in listed if e.artist == "Slayrex"]
        assert reference.features["tempo_bpm"].value == pytest.approx(np.median(own), rel=0.01)
        assert value(answer, "energy") > 0.75
        assert mapping.condition("a tune like Beatles").references[0].name == "The Beatles"
    assert answer == m.condition("like Slayrex")


def test_quantiles_of_all_groups_at_once_are_those_of_each() -> None:
    rng = np.random.default_rng(0)
    group, values = np.sort(rng.integers(0, 50, 400)), rng.normal(size=400)
    values[::7] = np.nan
    found = group_quantiles(group, values, 51)
    for number in range(51):
        own = values[(group == number) & ~np.isnan(values)]
        expected = np.quantile(own, (0.05, 0.5, 0.95)) if len(own) else np.full(3, np.nan)
        np.testing.assert_allclose(found[number], expected)


def test_saved_names_come_back(encoder: TextEncoder, known: Mapping, tmp_path: Path) -> None:
    fitted = Fit(known.learned, known.manifest.warnings, dict(known.manifest.details))
    Mapping.of(fitted, encoder, TrainConfig(evaluate=False)).save(tmp_path / "m")
    loaded = Mapping.load(tmp_path / "m", encoder)
    assert [(t.album, t.year) for t in loaded.learned.tracks] == [
        (t.album, t.year) for t in known.learned.tracks
    ]
