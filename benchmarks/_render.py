"""Music with exactly known tempo, key and form: MMA's score → MIDI → fluidsynth → samples.

MMA (Musical MIDI Accompaniment) plays chords in one of its grooves. Both are programs of the
system: `apt-get install mma fluidsynth timgm6mb-soundfont fluid-soundfont-gm`. A rendering is the
same each time for the same programs, soundfont and score; MMA's humanised timing is seeded.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from schemas.errors import InputError

RATE_HZ = 44_100
INSTALL = "apt-get install mma fluidsynth timgm6mb-soundfont fluid-soundfont-gm"

Samples = npt.NDArray[np.float32]

_SOUNDFONTS = ("TimGM6mb.sf2", "FluidR3_GM.sf2")
_FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/soundfonts"))
_GAIN = "0.4"  # leaves room for a full band; the level is set afterwards
_LIMIT_S = 120
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_MINOR_SIGNATURES = {1: "C#", 6: "F#", 8: "G#"}  # MMA knows no Db, Gb or Ab minor
_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}

BEDS = {
    "synth": """Begin Bass
 Voice SynthBass1
 Octave 3
 Sequence {1 4. 1 90; 2.5 4 1 80; 4 8 5 80}
End
Begin Chord
 Voice PolySynth
 Sequence {1 1 1 60}
End""",
    "epiano": """Begin Bass
 Voice FingeredBass
 Octave 3
 Sequence {1 4. 1 90; 3 8 1 80; 3.5 4 5 80}
End
Begin Chord
 Voice EPiano
 Sequence {1 2 1 60; 3.5 4 1 50}
End""",
    "funk": """Begin Bass
 Voice SlapBass1
 Octave 3
 Sequence {1 8 1 90; 2.5 8 1 80; 3.5 16 5 75; 4 8 1 85}
End
Begin Chord
 Voice CleanGuitar
 Sequence {1.5 16 1 60; 2 16 1 55; 3.5 16 1 60; 4.5 16 1 50}
End""",
    "metal": """Begin Bass
 Voice PickedBass
 Octave 2
 Sequence {1 8 1 90 * 8}
End
Begin Chord
 Voice DistortionGuitar
 Octave 4
 Sequence {1 8 1 80 * 8}
End""",
    "rock": """Begin Bass
 Voice PickedBass
 Octave 2
 Sequence {1 8 1 90; 1.5 8 1 80; 2.5 8 1 85; 3 8 1 90; 4 8 5 80}
End
Begin Chord
 Voice OverdriveGuitar
 Octave 4
 Sequence {1 4 1 75; 2.5 4 1 70; 4 8 1 65}
End""",
    "reggae": """Begin Bass
 Voice FingeredBass
 Octave 3
 Sequence {1 4 1 95; 2.5 8 3 80; 3 4 5 85}
End
Begin Chord
 Voice Organ1
 Sequence {2 8 1 75; 4 8 1 75}
End""",
    "guitar": """Begin Bass
 Voice AcousticBass
 Octave 3
 Sequence {1 4 1 90; 3 4 5 85}
End
Begin Chord
 Voice SteelGuitar
 Sequence {2 4 1 75; 4 4 1 70; 4.5 8 1 55}
End""",
}
"""Bass and chords for the grooves of MMA's library that are drums alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive bars in one groove and key.

    Attributes
    ----------
    groove : as MMA names it: "Swing", or "casio/house:House" outside its standard library
    tonic, mode : C = 0 … B = 11; 1 major, 0 minor
    bars : one entry a bar: Roman numerals from the tonic, lower case for minor, such as "I",
        "bVII", "ii7", "V7", "iiø"; two chords share a bar as "ii7+V7"
    bar_beats : MMA's beats a bar
    bed : a name of `BEDS`, or empty
    """

    groove: str
    tonic: int
    mode: int
    bars: tuple[str, ...]
    bar_beats: int = 4
    bed: str = ""


def missing_programs() -> str | None:
    """What to install, where a program or a soundfont is missing."""
    lacking = [name for name in ("mma", "fluidsynth") if shutil.which(name) is None]
    if not soundfonts():
        lacking.append("a General MIDI soundfont")
    return f"{', '.join(lacking)} not found: {INSTALL}" if lacking else None


def soundfonts() -> list[Path]:
    """Those of the known General MIDI soundfonts that are installed."""
    found = (folder / name for name in _SOUNDFONTS for folder in _FOLDERS)
    return [path for path in found if path.is_file()]


def score(tempo_bpm: int, parts: Sequence[Part], seed: int) -> str:
    """The score in MMA's language; `tempo_bpm` counts MMA's beats."""
    lines = [f"RndSeed {seed}", f"Tempo {tempo_bpm}"]
    for part in parts:
        sharp = part.mode == 0 and part.tonic in _MINOR_SIGNATURES
        tonic = _MINOR_SIGNATURES[part.tonic] if sharp else _NAMES[part.tonic]
        lines += [f"KeySig {tonic} {('minor', 'major')[part.mode]}", f"Groove {part.groove}"]
        lines += [BEDS[part.bed]] if part.bed else []
        lines += [_bar(bar, part) for bar in part.bars]
    return "\n".join(lines) + "\n"


def render(text: str, soundfont: Path, change: Callable[[bytes], bytes] | None = None) -> Samples:
    """Play a score: 44.1 kHz stereo, shape (n, 2), about -1 … 1; the first bar starts at 0.

    `change` may rewrite the MIDI file before it is played.

    Raises
    ------
    InputError
        A program is missing, or refuses the score; says what to install or what it printed.
    """
    if lacking := missing_programs():
        raise InputError(lacking)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        midi, wave = folder / "score.mid", folder / "score.wav"
        (folder / "score.mma").write_text(text)
        _call(["mma", str(folder / "score.mma"), "-f", str(midi)], midi)
        if change is not None:
            midi.write_bytes(change(midi.read_bytes()))
        _call(
            ["fluidsynth", "-niq", "-g", _GAIN, "-r", str(RATE_HZ), "-F", str(wave),
             str(soundfont), str(midi)],
            wave,
        )  # fmt: skip
        samples: Samples = soundfile.read(wave, dtype="float32", always_2d=True)[0]
    return samples


def _call(command: list[str], result: Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode or not result.is_file():
        said = (done.stdout + done.stderr).strip()[-300:]
        raise InputError(f"{command[0]}: no {result.suffix} file came of the score: {said}")


def _bar(bar: str, part: Part) -> str:
    chords = [_chord(numeral, part.tonic) for numeral in bar.split("+")]
    step = part.bar_beats / len(chords)
    return " ".join(f"{c}@{1 + i * step:g}" if i else c for i, c in enumerate(chords))


def _chord(numeral: str, tonic: int) -> str:
    shift = {"b": -1, "#": 1}.get(numeral[0], 0)
    body = numeral[1:] if shift else numeral
    root = max((d for d in _DEGREES if body.upper().startswith(d)), key=len, default="")
    if not root:
        raise InputError(f"chord {numeral!r}: no Roman numeral; valid: I … VII, i … vii")
    kind = body[len(root) :]
    if kind.startswith("ø"):
        kind = "m7b5"
    elif kind.startswith("o"):
        kind = "dim" + kind[1:]
    elif body[0].islower():
        kind = "m" + kind
    return _NAMES[(tonic + _DEGREES[root] + shift) % 12] + kind
