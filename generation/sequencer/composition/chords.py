"""Chords by symbol ("Cm7", "F#7sus4/E") and by roman numeral in a key ("ii7", "bVII", "V7/ii").

Roman numerals count the seven degrees of the key's own scale: in A minor VI is F and VII is G, in
A major VI is F# and VII is G#. An upper-case numeral is a major triad, a lower-case one a minor
triad; what follows adds to it:

    I  i      triads                 I7  i7   dominant seventh, minor seventh
    Imaj7     major seventh          viio  viio7  viiø7   diminished, half-diminished
    V+        augmented              I5       power chord (no third)
    Isus2 Isus4 I7sus4 I9sus4        I6 i6 I69 I9 i9 Imaj9 Iadd9 iadd9 I11 i11 I13 Imaj13
    V7b9 V7#9 Imaj7#11 immaj7        bII #iv: a degree lowered or raised by a semitone
    V7/ii     the dominant of ii     I/3 V7/7: the third, fifth, seventh or the like in the bass

In harmonic minor the degrees are those of natural minor, as it is written in practice: V is major
by its case, VII is the flat seventh, and "#viio" stands on the leading tone.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from generation.sequencer.composition.scales import scale
from schemas.errors import InputError
from schemas.features import KEY_NAMES

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "69": (0, 4, 7, 9, 14),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "aug7": (0, 4, 8, 10),
    "7sus4": (0, 5, 7, 10),
    "9sus4": (0, 5, 7, 10, 14),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "11": (0, 7, 10, 14, 17),
    "m11": (0, 3, 7, 10, 14, 17),
    "13": (0, 4, 7, 10, 14, 21),
    "maj13": (0, 4, 7, 11, 14, 21),
    "m13": (0, 3, 7, 10, 14, 21),
    "maj7#11": (0, 4, 7, 11, 18),
    "7#11": (0, 4, 7, 10, 18),
    "7b9": (0, 4, 7, 10, 13),
    "7#9": (0, 4, 7, 10, 15),
    "7b13": (0, 4, 7, 10, 20),
}
"""Quality as written after the root → semitones above the root."""

_SPELLINGS = {
    "maj": "", "M": "", "min": "m", "-": "m", "min7": "m7", "-7": "m7", "M7": "maj7", "Δ": "maj7",
    "°": "dim", "o": "dim", "°7": "dim7", "o7": "dim7", "ø": "m7b5", "ø7": "m7b5", "+": "aug",
    "+7": "aug7", "7#5": "aug7", "sus": "sus4", "6/9": "69", "mM7": "mmaj7", "m(maj7)": "mmaj7",
    "mMaj7": "mmaj7", "min9": "m9", "min6": "m6", "M9": "maj9", "2": "sus2", "4": "sus4",
    "dom7": "7", "min7b5": "m7b5", "7sus": "7sus4", "9sus": "9sus4", "m7add11": "m11",
}  # fmt: skip

_NOTE = re.compile(r"([A-G])([#b♯♭]{0,2})")
_ROMAN = re.compile(r"^([b#]{0,2})(VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)(?![IVXivx])(.*)$")
_DEGREES = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MEMBERS = {"3": 1, "5": 2, "7": 3, "9": 4}


@dataclass(frozen=True, slots=True)
class ChordKind:
    """A chord without a place in time. `root` and `bass` are pitch classes, C = 0."""

    root: int
    quality: str
    bass: int

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Root first."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])

    @property
    def symbol(self) -> str:
        over = "" if self.bass == self.root else f"/{KEY_NAMES[self.bass]}"
        return f"{KEY_NAMES[self.root]}{self.quality}{over}"

    def transposed(self, semitones: int) -> ChordKind:
        root, bass = (self.root + semitones) % 12, (self.bass + semitones) % 12
        return ChordKind(root, self.quality, bass)


def _quality(text: str, whole: str) -> str:
    quality = _SPELLINGS.get(text, text)
    if quality not in QUALITIES:
        known = ", ".join(repr(name) for name in QUALITIES if name)
        raise InputError(f"chord {whole!r}: unknown quality {text!r}; valid: none, {known}")
    return quality


def _note(text: str, whole: str) -> tuple[int, str]:
    """(pitch class, what follows the note's name)."""
    found = _NOTE.match(text)
    if not found:
        raise InputError(f"chord {whole!r}: {text!r} is no note; valid is A … G with # or b")
    marks = found[2].replace("♯", "#").replace("♭", "b")
    shift = marks.count("#") - marks.count("b")
    return (_NATURAL[found[1]] + shift) % 12, text[found.end() :]


@functools.lru_cache(maxsize=2048)
def parse_symbol(symbol: str) -> ChordKind | None:
    """The chord that a symbol names, as in "Cm7" or "G7/B"; None for "N" (no chord).

    Raises
    ------
    InputError
        When it is no chord: the part that is wrong, and what would be valid.
    """
    text = symbol.strip()
    if text in {"N", "N.C.", "NC"}:
        return None
    root, rest = _note(text, symbol)
    body, slash, over = rest.rpartition("/")
    if not slash or over == "9":
        body, over = rest, ""
    quality = _quality(body.strip(), symbol)
    if not over:
        return ChordKind(root, quality, root)
    bass, left = _note(over.strip(), symbol)
    if left:
        raise InputError(f"chord {symbol!r}: {over!r} is no bass note; valid is as in G7/B")
    return ChordKind(root, quality, bass)


@functools.lru_cache(maxsize=8192)
def parse_roman(numeral: str, tonic: int, scale_name: str) -> ChordKind:
    """The chord that a roman numeral stands for in a key.

    Raises
    ------
    InputError
        When it is no numeral as described at the top of this module.
    """
    body, slash, over = numeral.strip().partition("/")
    if slash and over in _MEMBERS:
        chord = parse_roman(body, tonic, scale_name)
        member = min(_MEMBERS[over], len(chord.pitch_classes) - 1)
        return ChordKind(chord.root, chord.quality, chord.pitch_classes[member])
    if slash:
        target = parse_roman(over, tonic, scale_name)
        return parse_roman(body, target.root, "major")
    found = _ROMAN.match(body)
    if not found:
        raise InputError(f"chord {numeral!r}: no roman numeral; valid is as in ii7, bVII, V7/ii")
    shift = found[1].count("#") - found[1].count("b")
    step = scale(scale_name).degrees[_DEGREES[found[2].upper()]]
    root = (tonic + step + shift) % 12
    quality = _roman_quality(found[2].islower(), found[3], numeral)
    return ChordKind(root, quality, root)


def _roman_quality(lower: bool, suffix: str, whole: str) -> str:
    plain = _SPELLINGS.get(suffix, suffix)
    if lower and not plain.startswith(("dim", "m7b5", "aug", "5", "sus", "7sus", "9sus")):
        plain = "m" + plain
        plain = {"mmmaj7": "mmaj7", "mm7": "m7", "mm9": "m9", "mm": "m"}.get(plain, plain)
    return _quality(plain, whole)
