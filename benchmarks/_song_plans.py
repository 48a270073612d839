"""Plans of songs with a known structure: which parts, in which form, with which seams.

A plan is drawn from a seed. Development and held-out plans share no groove file, no form and no
seed. Parts of a song differ by groove, or groove variant, chords, melody, instruments left out,
loudness, sometimes key and tempo; a part that comes again keeps its label, whether it is played
again (other random accents) or copied, transposed by a modulation or not.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

Family = tuple[str, int, tuple[int, int], tuple[str, ...]]
"""Groove file, beats a bar, range of tempi, its grooves."""

FAMILIES: Mapping[str, tuple[Family, ...]] = {
    "dev": (
        ("stdlib/rockballad", 4, (66, 84), ("RockBallad", "RockBallad1", "RockBalladVoice")),
        ("stdlib/basicrock", 4, (105, 130), ("BasicRock", "BasicRock4", "BasicRockSus")),
        ("stdlib/swing", 4, (130, 180), ("Swing", "SwingWalkPlus", "Swing1Walk", "Swing2Sus")),
        ("stdlib/bossanova", 4, (115, 140), ("BossaNova", "BossaNova1Sus", "BossaNova2SusPlus")),
        ("stdlib/trance", 4, (128, 142), ("Trance", "Trance1", "Trance2Bass1")),
        ("kara/8beatmotown", 4, (100, 125), ("8beatmotownA", "8beatmotownB", "8beatmotownC")),
        ("kara/K50s_rock", 4, (140, 170), ("50s_RockA", "50s_RockB", "50s_RockC")),
        ("stdlib/folkballad", 4, (80, 105), ("FolkBallad", "FolkBallad1Plus", "FolkBalladSus")),
        ("stdlib/waltz", 3, (100, 140), ("Waltz", "WaltzWalk", "Waltz1Sus")),
        ("stdlib/salsa", 4, (165, 190), ("Salsa", "SalsaPlus", "SalsaSus")),
        ("stdlib/blues", 4, (80, 120), ("Blues", "BluesTriple", "Blues1Sus")),
        ("casio/techno", 4, (122, 138), ("Techno", "TechnoIntro")),
        ("casio/80spop", 4, (105, 125), ("80sPop",)),
        ("casio/8beatballad1", 4, (66, 84), ("8BeatBallad1",)),
        ("casio/funk1", 4, (96, 112), ("Funk1",)),
        ("casio/dancepop1", 4, (112, 128), ("DancePop1",)),
        ("casio/poprock1", 4, (110, 135), ("PopRock1",)),
        ("casio/triphop", 4, (78, 95), ("TripHop",)),
    ),
    "held-out": (
        ("stdlib/popballad", 4, (66, 82), ("PopBallad", "PopBallad1Plus", "PopBallad2Sus")),
        ("stdlib/softrock", 4, (95, 120), ("SoftRock", "SoftRock1", "SoftRock2Sus")),
        ("stdlib/jazzguitar", 4, (110, 150), ("JazzGuitar", "JazzGuitar1Walk", "JazzGuitar3Sus")),
        ("stdlib/rhumba", 4, (105, 130), ("Rhumba", "RhumbaTriple", "Rhumba2Sus")),
        ("kara/happyshuffle", 4, (115, 140), ("HappyshuffleA", "HappyshuffleB", "HappyshuffleC")),
        ("kara/kwestballad", 4, (70, 90), ("kwestballadA", "kwestballadB", "kwestballadC")),
        ("kara/Kfunk1", 4, (95, 112), ("Kfunk1A", "Kfunk1B", "Kfunk1C")),
        ("stdlib/pianoballad", 4, (62, 78), ("PianoBallad", "PianoBallad1", "PianoBallad2Sus")),
        ("stdlib/countrywaltz", 3, (100, 130), ("CountryWaltz", "CountryWaltz1Sus")),
        ("stdlib/mambo", 4, (165, 190), ("Mambo", "Mambo1", "Mambo3Sus")),
        ("stdlib/slowblues", 4, (64, 80), ("SlowBlues", "SlowBluesWalk8", "SlowBluesSus")),
        ("stdlib/folkrock", 4, (100, 125), ("FolkRock", "FolkRockPlus", "FolkRockSus")),
        ("stdlib/bigband", 4, (130, 165), ("BigBand", "BigBand1Plus", "BigBand8Sus")),
        ("casio/house", 4, (118, 128), ("House", "HouseIntro")),
        ("casio/rave", 4, (138, 150), ("Rave",)),
        ("casio/soulpop", 4, (95, 118), ("SoulPop",)),
        ("casio/8beatpop2", 4, (100, 125), ("8BeatPop2",)),
        ("casio/16beatballad2", 4, (64, 80), ("16BeatBallad2",)),
        ("casio/heavymetal", 4, (120, 150), ("HeavyMetal",)),
        ("casio/modernrb", 4, (85, 100), ("ModernR&B",)),
    ),
}
# Lower-case: parts with fewer instruments. "X'" is X a modulation higher.
_FORMS: Mapping[str, tuple[str, ...]] = {
    "dev": ("i V C V C B C o", "A A B A A B A", "i A B A B", "A B A C A", "H S H", "A B C D E",
            "i b D k b D o", "V C V C B C' C'"),
    "held-out": ("i V P C V P C B C o", "i A A B A o", "V V C V C o", "A B C A B C", "A B A C B A",
                 "i b D b D k D", "H S T H", "A B C D", "i V C B V C C'", "A B C B A"),
}  # fmt: skip
CHORDS = {
    False: ("0 9m 5 7", "0 7 9m 5", "0 5 7 0", "0 4m 5 7", "5 7 0 0", "2m 7 0 9m", "0 5 0 7",
            "0M7 9m7 2m7 77", "5 0 7 0", "0 0 5 7"),
    True: ("0m 8 3 10", "0m 5m 7 0m", "0m 10 8 7", "5m 0m 7 0m", "0m 8 5m 7", "0m 3 10 0m",
           "0m7 5m7 77 0m7", "8 10 0m 0m"),
}  # fmt: skip
_SHORTEST_S = 8
_BLUES = "0 5 0 0 5 5 0 0 7 5 0 7"
MELODIES = ("AltoSax", "Flute", "Trumpet", "Violin", "Vibraphone", "Ocarina", "JazzGuitar",
             "SopranoSax", "Oboe", "Clarinet")  # fmt: skip
_SPARSE = (("Drum",), ("Drum", "Bass"), ("Bass", "Walk"))
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_NOTES = ("c", "c#", "d", "e&", "e", "f", "f#", "g", "a&", "a", "b&", "b")


@dataclass(frozen=True, slots=True)
class Part:
    """What is played between two boundaries.

    Attributes
    ----------
    groove : "file:Groove" of MMA
    chords : one a bar, as semitones above the tonic and a quality ("9m7")
    melody : instrument and its notes, one list a bar of (duration, semitones above the tonic)
    """

    groove: str
    beats: int
    bpm: int
    tonic: int
    minor: bool
    chords: tuple[str, ...]
    without: tuple[str, ...] = ()
    melody: tuple[str, tuple[tuple[tuple[int, int], ...], ...]] | None = None
    gain_db: float = 0.0

    @property
    def seconds(self) -> float:
        return len(self.chords) * self.beats * 60 / self.bpm


@dataclass(frozen=True, slots=True)
class Plan:
    """A song.

    Attributes
    ----------
    order : (label, part), one after the other
    seam : how they join: "tail", "cut" or "fade"
    copied : whether a part that comes again unchanged is the same recording
    levelled : whether all parts are brought to the same RMS, as a mastered recording is
    """

    name: str
    seed: int
    order: tuple[tuple[str, Part], ...]
    seam: str
    copied: bool
    levelled: bool
    soundfont: int


def plans(split: str, count: int) -> list[Plan]:
    """The first `count` plans of "dev" or "held-out", always the same ones."""
    return [_plan(split, index) for index in range(count)]


def _plan(split: str, index: int) -> Plan:
    seed = index + (50_000 if split == "dev" else 90_000)
    rng = random.Random(seed)
    families, forms = FAMILIES[split], _FORMS[split]
    form = forms[index % len(forms)].split()
    family = families[index % len(families)]
    medley = rng.random() < 0.25  # parts of different grooves, keys and tempi
    tonic, minor, bpm = rng.randrange(12), rng.random() < 0.5, rng.randint(*family[2])
    home = _part(rng, family, family[3][0], (bpm, tonic, minor))
    parts: dict[str, Part] = {}
    order = []
    for letter in form:
        label = letter.rstrip("'")
        if label not in parts:
            style = rng.choice(families) if medley else family
            parts[label] = _contrast(rng, home, style, label, len(parts), medley)
        part = parts[label]
        raised = 2 if letter.endswith("'") else 0
        order.append((label, _again(rng, replace(part, tonic=(part.tonic + raised) % 12))))
    seam = rng.choice(("tail", "tail", "cut", "fade"))
    copied, levelled = rng.random() < 0.4, rng.random() < 0.4
    return Plan(f"{split}-{index:03d}", seed, tuple(order), seam, copied, levelled, index % 2)


def _again(rng: random.Random, part: Part) -> Part:
    """`part` as it sounds this time: now and then louder, softer, or with a player less."""
    chance = rng.random()
    if chance < 0.15:
        return replace(part, melody=None)
    if chance < 0.22 and not part.without:
        return replace(part, without=("Drum",))
    return replace(part, gain_db=part.gain_db + rng.choice((0.0, 0.0, rng.uniform(-1.5, 1.5))))


def _part(rng: random.Random, family: Family, groove: str, key: tuple[int, int, bool]) -> Part:
    bpm, tonic, minor = key
    chords = rng.choice(CHORDS[minor]).split()
    return Part(f"{family[0]}:{groove}", family[1], bpm, tonic, minor, tuple(chords))


def _contrast(
    rng: random.Random, home: Part, family: Family, label: str, number: int, medley: bool
) -> Part:
    """A part in the song of `home`, the `number`-th new one."""
    part = replace(home, groove=f"{family[0]}:{family[3][number % len(family[3])]}")
    if medley:
        part = replace(
            part,
            beats=family[1],
            bpm=rng.randint(*family[2]),
            tonic=(home.tonic + rng.choice((0, 0, 3, 5, 7, 9))) % 12,
            minor=home.minor if rng.random() < 0.7 else not home.minor,
        )
    elif label in "BDST" and number and rng.random() < 0.4:
        part = replace(part, tonic=(home.tonic + rng.choice((2, 5, 7, 9))) % 12)
    bars = 12 if label in "HST" else rng.choice((4, 8)) if label in "iok" else rng.choice((8, 16))
    first, second = (rng.choice(CHORDS[part.minor]).split() for _ in range(2))
    loop = first if rng.random() < 0.6 else first + second
    if label in "HST":
        loop = [degree + "m" * part.minor for degree in _BLUES.split()]
    while bars * part.beats * 60 / part.bpm < _SHORTEST_S:
        bars *= 2
    chords = tuple(loop[bar % len(loop)] for bar in range(bars))
    sparse = label.islower() or rng.random() < 0.2
    return replace(
        part,
        chords=chords,
        without=rng.choice(_SPARSE) if sparse else (),
        melody=melody(rng, part, bars)
        if rng.random() < (0.3 if label.islower() else 0.7)
        else None,
        gain_db=rng.uniform(-7, -2) if sparse else rng.uniform(-4, 2),
    )


def melody(
    rng: random.Random, part: Part, bars: int
) -> tuple[str, tuple[tuple[tuple[int, int], ...], ...]]:
    scale = (0, 2, 3, 5, 7, 8, 10) if part.minor else (0, 2, 4, 5, 7, 9, 11)
    degree = rng.choice((0, 2, 4, 7))
    phrase = []
    for _ in range(rng.choice((4, 8))):
        left, notes = 2 * part.beats, []
        while left:
            eighths = rng.choice([size for size in (1, 1, 2, 2, 2, 4) if size <= left])
            degree = min(9, max(-3, degree + rng.choice((-2, -1, -1, 0, 1, 1, 2))))
            notes.append((8 // eighths, 12 * (degree // 7) + scale[degree % 7]))
            left -= eighths
        phrase.append(tuple(notes))
    return rng.choice(MELODIES), tuple(phrase[bar % len(phrase)] for bar in range(bars))


def score(part: Part, seed: int, extra_bars: int = 0) -> str:
    """The part in MMA's language, `extra_bars` longer than it is."""
    lines = [f"RndSeed {seed}", f"Tempo {part.bpm}", f"Time {part.beats}"]
    if part.melody:
        lines += ["Begin Solo", f" Voice {part.melody[0]}", " Volume ff", " Octave 5", "End"]
    lines += [f"Groove {part.groove}"]
    lines += [f"AllTracks {kind} Off" for kind in part.without]
    if part.without and not part.melody:  # in some grooves nothing would be left
        lines += ["Begin Chord-Pad", " Voice Strings", " Sequence {1 1 1 50}", "End"]
    for bar in range(len(part.chords) + extra_bars):
        at = bar % len(part.chords)
        line = _chord(part, part.chords[at])
        if part.melody:
            notes = part.melody[1][at]
            line += (
                " {" + "".join(f"{size}{_note(part.tonic, step)};" for size, step in notes) + "}"
            )
        lines.append(line)
    return "\n".join(lines) + "\n"


def _chord(part: Part, degree: str) -> str:
    digits = 2 if degree[:2] in ("10", "11") else 1
    return _NAMES[(part.tonic + int(degree[:digits])) % 12] + degree[digits:]


def _note(tonic: int, step: int) -> str:
    octave, pitch = divmod(tonic + step, 12)
    return _NOTES[pitch] + ("+" * octave if octave > 0 else "-" * -octave)
