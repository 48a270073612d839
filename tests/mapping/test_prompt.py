"""What a prompt states outright is read, in any usual spelling, and nothing else is."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mapping.reading.prompt import not_understood, parse
from mapping.reading.rules_key import parse_key
from mapping.reading.statements import KeyStatement, TempoStatement
from schemas.errors import PromptError
from schemas.features import KEY_NAMES

# The prompt, and what is understood of it.
READ: dict[str, list[str]] = {
    "120 BPM": ["tempo 120 BPM"],
    "127.5bpm": ["tempo 127.5 BPM"],
    "bpm: 127,5": ["tempo 127.5 BPM"],
    "tempo is 90": ["tempo 90 BPM"],
    "85 beats per minute": ["tempo 85 BPM"],
    "♩ = 60": ["tempo 60 BPM"],
    "90-100 bpm boom bap": ["style boom-bap", "tempo 90 to 100 BPM"],
    "between 110 and 100 bpm": ["tempo 100 to 110 BPM"],
    "under 80 BPM": ["tempo 30 to 80 BPM"],
    "at least 150 bpm": ["tempo 150 to 300 BPM"],
    "C minor": ["key C minor"],
    "c-moll": ["key C minor"],
    "B-Dur": ["key Bb major"],
    "H-moll": ["key B minor"],
    "in F#m": ["key F# minor"],
    "Bbm": ["key Bb minor"],
    "EbM": ["key Eb major"],
    "A-flat major": ["key Ab major"],
    "B flat minor": ["key Bb minor"],
    "C♯ min": ["key C# minor"],
    "D harmonic minor": ["key D minor (harmonic minor)"],
    "in the key of F sharp": ["key of F#"],
    "in a minor key": ["minor key"],
    "in the key of a minor": ["key A minor"],
    "a song in A minor": ["key A minor"],
    "make me a track in A min 120 BPM": ["key A minor", "tempo 120 BPM"],
    "a minor hit on a major label": [],
    "I Am the walrus": [],
    "AM radio": [],
    "2 minutes": ["length 120 s"],
    "a 30-second loop": ["length 30 s"],
    "15 s": ["length 15 s"],
    "1 minute 30 seconds": ["length 90 s"],
    "two and a half minutes": ["length 150 s"],
    "2:30 long": ["length 150 s"],
    "90s house": ["style house"],
    "music of the 30s": [],
    "at 2:30": [],
    "6/8": ["time signature 6/8"],
    "open 24/7": [],
    "no vocals": ["no vocals"],
    "instrumental": ["no vocals"],
    "with female vocals": ["vocals (female)"],
    "spoken word": ["spoken word"],
    "UK garage track with trumpets": ["style uk-garage", "with trumpet"],
    "no drums or bass": ["without drums", "without bass"],
    "drum and bass": ["style drum-and-bass"],
    "bass house": ["style bass-house"],
    "drum and bass with a sax solo": ["prominent saxophone", "style drum-and-bass"],
    "acoustic guitar": ["with acoustic guitar"],
    "very low energy": ["very low energy"],
    "not high energy": ["not high: low energy"],
    "slow": ["slow: low tempo_bpm"],
    "Fast-paced techno": ["fast-paced: high tempo_bpm", "style techno"],
    "calm and quiet": ["calm: low energy", "quiet: low loudness_lufs"],
    "a lullaby": ["style lullaby"],
    "not slow": ["not slow: high tempo_bpm"],
    "too loud": ["too loud: lower loudness_lufs"],
    "not too fast": ["not too fast: low tempo_bpm"],
    "slowdive": [],
    "death metal": ["style death-metal"],
    "high instrumentality and energy with bright timbre": [
        "high instrumentalness", "high energy", "high brightness_hz",
    ],
    "one hundred and twenty-eight bpm": ["tempo 128 BPM"],
    "one twenty bpm": ["tempo 120 BPM"],
    "double 70 bpm": ["tempo 140 BPM"],
    "140 bpm, half-time": ["half-time feel", "tempo 140 BPM"],
    "allegro": ["tempo 110 to 140 BPM"],
    "not faster than 90 bpm": ["tempo 30 to 90 BPM"],
    "slower than 90 bpm": ["tempo 30 to 90 BPM"],
    "at 128": ["tempo 128 BPM"],
    "in 1977, with an 808 and a 303": [],
    "do mineur": ["key C minor"],
    "la bemol mayor": ["key Ab major"],
    "E dorian": ["key E minor (dorian)"],
    "a dorian melody": ["minor key (dorian)"],
    "key: 8A": ["key A minor"],
    "not in a minor key": ["major key"],
    "A minor inconvenience": [],
    "three four time": ["time signature 3/4"],
    "length 3:30": ["length 210 s"],
    "an hour of rain": ["length 3600 s"],
    "not instrumental": ["vocals"],
    "soulful female vocals": ["vocals (soulful female)"],
    "a rapper": ["vocals (rapped)"],
    "sung in French": ["lyrics in fr", "vocals"],
    "French horn": ["with french horn"],
    "a song about the sea at night": ["lyrics about the sea at night"],
    "drum-free": ["without drums"],
    "no drums, bass or guitars": ["without bass", "without drums", "without guitar"],
    "no drums, piano": ["with piano", "without drums"],
    "no drums and a piano solo": ["prominent piano", "without drums"],
    "without too much reverb": ["light reverb"],
    "heavy reverb, no autotune": ["heavy reverb", "without autotune"],
    "not happy at all": ["not happy at all: low valence"],
    "nothing fast": ["nothing fast: low tempo_bpm"],
    "neither loud nor energetic": ["neither loud: low loudness_lufs", "nor energetic: low energy"],
    "not happy, sad": ["sad: low valence"],
    "not only happy": ["happy: high valence"],
    "slower than usual": ["slower than usual: lower tempo_bpm"],
    "much faster than house": ["much faster than house: higher tempo_bpm than house"],
    "more energetic, less happy": ["less happy: lower valence", "more energetic: higher energy"],
    "less energy": ["less energy: lower energy"],
    "darker, not slower": ["darker: timbre or mood or bass", "not slower: not lower tempo_bpm"],
    "dark": ["dark: timbre or mood or bass"],
    "dark mood": ["dark: low valence"],
    "heavy bass": ["prominent bass"],
    "energy 0.8, valence: low": ["energy 0.8", "low valence"],
    "danceability 80%": ["80% danceability"],
    "loudness -14 LUFS": ["loudness_lufs -14"],
    "live at a concert": ["live at a concert: high liveness"],
    "live jazz": ["live: high liveness", "style jazz"],
    "live drums": ["with drums"],
    "no drums, big reverb and strings": ["heavy reverb", "with strings", "without drums"],
    "roughly mixed, hardly sad": ["hardly sad: high valence"],
    "this brings about a change": [],
    "between 120 and 130": ["tempo 120 to 130 BPM"],
    "150+ bpm": ["tempo 150 to 300 BPM"],
    "in the 120s bpm": ["tempo 120 to 129 BPM"],
    "music of the 120s": [],
    "half the tempo of 140 bpm": ["tempo 70 BPM"],
    "Key of Bb": ["key of Bb"],
    "a song in F": ["key of F"],
    "blues scale in E": ["key E minor (blues scale)"],
    "half an hour": ["length 1800 s"],
    "1m30s": ["length 90 s"],
    "duration: 45s": ["length 45 s"],
    "male and female duet": ["vocals (duet)"],
    "piano duet": ["with piano"],
    "solo piano": ["prominent piano", "style romantic-piano"],
    "no guitar solo": [],
    "drumless": ["without drums"],
    "too much reverb": ["light reverb"],
    "neither happy nor sad": ["neither happy, nor sad: middling valence"],
    "dark ambient": ["dark: timbre or mood or bass", "style ambient"],
    "quiet verse, loud chorus": [
        "chorus: loud: high loudness_lufs", "verse: quiet: low loudness_lufs",
    ],
    "120 bpm in the intro, 140 bpm in the drop": ["drop: tempo 140 BPM", "intro: tempo 120 BPM"],
    "a house track with a guitar solo in the middle": [
        "middle: prominent guitar, guitar solo", "style house",
    ],
    "key change in the last chorus": ["last chorus: key change"],
    "notes in a pentatonic scale": ["scale (pentatonic)"],
    "grim, grave, intense": ["grim: low valence", "intense: high energy"],
    "Grave. In memory": ["tempo 30 to 40 BPM"],
    "four-on-the-floor, 124, Am": ["key A minor", "tempo 124 BPM"],
    "em dó menor": ["key C minor"],
    "een snel nummer zonder drums": ["fast: high tempo_bpm", "without drums"],
    "rolig musik utan trummor, 120 bpm, utan bass": ["tempo 120 BPM"],
    "no bass drop": [],
    "instrumental intro, then female vocals": ["intro: no vocals", "vocals (female)"],
    "piano instead of guitar": ["with piano", "without guitar"],
    "a song that isn't fast or loud": ["isn't fast: low tempo_bpm", "loud: low loudness_lufs"],
    "I hate trumpets": ["without trumpet"],
    "remove the drums": ["without drums"],
    "at 100 miles an hour": [],
    "808s and heartbreak": [],
    "more warmth, less darkness": [
        "less darkness: timbre or mood or bass", "more warmth: timbre or mood",
    ],
    "not techno": ["not the style techno"],
    "starts quiet": ["intro: quiet: low loudness_lufs"],
    "guitar solo in the middle": ["middle: prominent guitar, guitar solo"],
    "the chorus is in D minor": ["chorus: key D minor"],
    "a drop at 0:45": ["drop at 45 s: drop"],
    "fades out": ["end: fade out"],
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_reads(text: str) -> None:
    parsed = parse(text)
    assert sorted(s.in_words() for s in parsed.statements) == sorted(READ[text])
    assert parsed.warnings == ()


TEMPI = ("{} BPM", "{}bpm techno", "house at {} bpm, dark", "tempo: {}", "around {} BPM",
         "a tempo of {}", "ballad, {} beats per minute", "BPM={}")  # fmt: skip
bpms = st.one_of(st.integers(30, 300), st.integers(300, 3000).map(lambda tenths: tenths / 10))


@given(st.sampled_from(TEMPI), bpms)
def test_a_stated_tempo_is_read(phrase: str, bpm: float) -> None:
    said = parse(phrase.format(f"{bpm:g}")).statements
    (tempo,) = [s for s in said if isinstance(s, TempoStatement)]
    assert tempo.value == bpm
    assert 30 <= tempo.low <= bpm <= tempo.high <= 300


KEYS = ("in {t} {m}", "{t} {m} techno", "in the key of {t} {m}", "house, {t}{s}, dark",
        "key: {t} {m}", "{t}-{m}", "in {t}{s} at 120 BPM", "KEY {t} {M}")  # fmt: skip


@given(st.sampled_from(KEYS), st.integers(0, 11), st.sampled_from(["major", "minor"]))
def test_a_stated_key_is_read(phrase: str, tonic: int, mode: str) -> None:
    short = "m" if mode == "minor" else "maj"
    text = phrase.format(t=KEY_NAMES[tonic], m=mode, s=short, M=mode.upper())
    keys = [s for s in parse(text).statements if isinstance(s, KeyStatement)]
    assert [(key.pitch_class, key.mode) for key in keys] == [(tonic, int(mode == "major"))]


@given(st.text(max_size=300))
@example("no " * 200 + "drums")
@example("a, " * 100 + "bpm 120-")
def test_any_text_can_be_read(text: str) -> None:
    parsed = parse(text)
    spans = sorted({(s.start, s.end) for s in parsed.statements})
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_long_texts_take_no_time_to_read() -> None:
    started = time.process_time()
    for unit in ("no drums, bass and ", "Am ", "in a minor ", "high energy and ", "1 minute "):
        parse((unit * 10_000)[:20_000])
    assert time.process_time() - started < 5  # 0.5 s; looking back over the whole text takes 20
    with pytest.raises(PromptError, match="20,001 characters; valid is at most 20,000"):
        parse("x" * 20_001)


def test_impossible_and_contradictory_statements_are_reported() -> None:
    assert parse("500 bpm").warnings == ("not obeyed: 500 bpm: a tempo is 30 … 300 BPM",)
    assert "a length is" in parse("90 minutes").warnings[0]
    for text in ("not 120 bpm but 130 bpm", "anything but 4/4", "not in C minor"):
        assert "what to avoid says no" in parse(text).warnings[0]
    assert [s.in_words() for s in parse("not 120 bpm but 130 bpm").statements] == ["tempo 130 BPM"]
    parsed = parse("120 bpm, no, 140 bpm")
    assert [s.in_words() for s in parsed.statements] == ["tempo 120 BPM"]
    assert "contradicts itself: kept '120 bpm', not '140 bpm'" in parsed.warnings[0]


def test_numbers_are_cut_out_before_the_text_is_embedded() -> None:
    assert parse("dark techno, 128 bpm in the key of F# minor").rest == "dark techno"
    assert parse("a 2 minute song at 90 BPM in C major").rest == ""


def test_unknown_words_are_named_once() -> None:
    parsed = parse("frobnicated zydeco with trumpets at 120 BPM, very frobnicated")
    assert not_understood(parsed, {"zydeco"}) == ("frobnicated",)


@pytest.mark.parametrize(
    ("text", "found"),
    [("a minor", (9, 0)), ("F#m", (6, 0)), ("c-moll", (0, 0)), (" Ab major ", (8, 1)),
     ("H", None), ("C", None), ("minor", None), ("C minor techno", None), ("", None)],
)  # fmt: skip
def test_a_key_alone(text: str, found: tuple[int, int] | None) -> None:
    assert parse_key(text) == found
