"""Sounds: there, audible and in tune over their range, sampled or our own; bad entries refused."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._listening import pitch_hz
from generation.sequencer.synthesis import sounds as reading
from generation.sequencer.synthesis.bank import installed_bank
from generation.sequencer.synthesis.levels import LEVEL, loudest
from generation.sequencer.synthesis.notes import Key, layer_of, note_samples
from generation.sequencer.synthesis.sounds import Sound, sound, sounds
from generation.sequencer.synthesis.voices import KITS, voice_names
from generation.sequencer.synthesis.voices.colour import COLOURS
from generation.sequencer.synthesis.voices.tones import TONES
from schemas.errors import ContractError, InputError
from schemas.styles import styles

TONAL = [one for one in sounds().values() if not one.kit and one.voice not in COLOURS]
SLOW = {"tremolo_strings", "bells", "tubular_bells", "timpani", "orchestra_hit", "steel_drum",
        "sitar", "wobble_bass", "growl_bass", "hoover", "theremin", "glockenspiel"}  # fmt: skip
"""Their strongest partial is not the pitch, or the pitch is meant to move."""


def played(one: Sound, pitch: float, sampled: bool, seconds: float = 0.5) -> np.ndarray:
    bank = installed_bank() if sampled else None
    return note_samples(Key(one.id, pitch, seconds, 2, bank=sampled), one, bank)


def test_every_instrument_of_a_style_has_a_sound() -> None:
    named = {instrument for style in styles() for instrument in style.instruments}
    assert named
    assert named <= set(sounds())


def test_voices_exist() -> None:
    for one in sounds().values():
        assert one.voice in (KITS if one.kit else voice_names()), one.id


@pytest.mark.parametrize("sampled", [True, False])
def test_every_sound_is_heard_over_its_range_at_one_level(sampled: bool) -> None:
    if sampled and installed_bank() is None:
        pytest.skip("the bank is not installed")
    for number, one in enumerate(TONAL):
        pitch = one.range[number % 2]  # every other at its lowest, the rest at their highest
        heard = played(one, pitch, sampled)
        assert np.isfinite(heard).all()
        level_db = 20 * np.log10(loudest(heard) / LEVEL) - one.gain_db
        assert -14 < level_db < 10, f"{one.id} at {pitch}: {level_db:.1f} dB"


@pytest.mark.parametrize("sampled", [True, False])
def test_sounds_are_in_tune(sampled: bool) -> None:
    """Within 25 cents as sampled (the bank's own tuning), within 10 by our own voices.

    Of several detuned voices, any may be the strongest.
    """
    if sampled and installed_bank() is None:
        pytest.skip("the bank is not installed")
    for one in TONAL:
        if one.id in SLOW or (sampled and one.bank is None):
            continue
        pitch = one.centre + 0.0
        asked = 440 * 2 ** ((pitch - 69) / 12)
        found = pitch_hz(played(one, pitch, sampled, 1.0).mean(axis=0), asked)
        cents = 1200 * np.log2(found / asked)
        tone = TONES.get(one.voice)
        wide = (tone.detune_cents + tone.vibrato_cents) / 2 if tone else 0.0
        assert abs(cents) < (25 if sampled else 10 + wide), f"{one.id}: {cents:.1f} cents"


def test_a_fraction_of_a_semitone_is_played() -> None:
    for name in ("piano", "electric_bass", "lead_square"):
        one = sound(name)
        pitch = one.centre + 0.5
        asked = 440 * 2 ** ((pitch - 69) / 12)
        found = pitch_hz(played(one, pitch, True, 1.0).mean(axis=0), asked)
        assert abs(1200 * np.log2(found / asked)) < 25


def test_a_note_does_not_depend_on_what_was_played_before() -> None:
    bank = installed_bank()
    if bank is None:
        pytest.skip("the bank is not installed")
    first = bank.note(48, 60, 0.4)
    for program in (0, 56, 89):
        bank.note(program, 72, 0.2)
    bank.note(0, 38, 0.2, kit=True)
    assert np.array_equal(bank.note(48, 60, 0.4), first)


def test_kits_play_what_a_beat_needs() -> None:
    for one in sounds().values():
        if one.kit:
            for key in (36, 38, 42, 49):
                for sampled in (True, False):
                    heard = played(one, key, sampled)
                    assert np.abs(heard).max() > 0.02, f"{one.id} {key}"


def test_kits_of_our_own_have_the_drums_of_general_midi() -> None:
    for name, kit in KITS.items():
        assert set(range(35, 83)) | {86, 87} <= set(kit), name


def test_hard_notes_are_brighter_than_soft_ones() -> None:
    for name in ("piano", "trumpet", "synth", "acoustic_guitar"):
        one = sound(name)
        soft, hard = (
            note_samples(Key(name, one.centre, 0.5, layer_of(velocity), bank=False), one, None)
            for velocity in (30, 120)
        )
        assert _slope(hard) > 1.15 * _slope(soft), name


def _slope(samples: np.ndarray) -> float:
    """Level of the difference against that of the samples: rises with the centroid."""
    mono = samples.mean(axis=0)
    return float(np.sqrt(np.mean(np.diff(mono) ** 2) / np.mean(mono**2)))


def test_an_unknown_sound_is_refused_with_near_ones() -> None:
    with pytest.raises(InputError, match=r"'trumpett'.*trumpet"):
        sound("trumpett")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"loudness": 3}, "piano.*unknown field 'loudness'"),
        ({"range": [60, 50]}, "piano.*range 60 … 50"),
        ({"voice": None}, "piano.*voice"),
    ],
)
def test_a_bad_entry_is_refused(change: dict[str, object], said: str) -> None:
    good: dict[str, object] = {
        "family": "keys", "stem": "chords", "range": [21, 108], "centre": 60, "gm": 0,
        "voice": "struck", "release_s": 0.2,
    }  # fmt: skip
    entry = {key: value for key, value in (good | change).items() if value is not None}
    with pytest.raises(ContractError, match=said):
        reading._sound("piano", {}, entry)
