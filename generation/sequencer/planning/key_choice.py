"""The key: stated, most probable, or drawn."""

from __future__ import annotations

import difflib

import numpy as np

from generation.sequencer.composition.scales import SCALES
from generation.sequencer.controlling.asking import asked_value, means_something
from generation.sequencer.planning.choosing import StyleWeights
from generation.sequencer.planning.log import Log
from schemas.conditioning import ConditioningRequest, KeyCondition
from schemas.errors import InputError
from schemas.features import key_name
from schemas.styles import style

_CLEAR = 0.2  # a key that is so probable is taken; below, one is drawn
_SHARPEN = 3.0
_NAMES = {"natural minor": "minor", "aeolian": "minor", "ionian": "major", "pentatonic": ""}


def choose_key(
    request: ConditioningRequest, styles: StyleWeights, rng: np.random.Generator, log: Log
) -> tuple[int, str]:
    """(tonic, scale) of the piece; both draws are made whatever is stated.

    Raises
    ------
    InputError
        When the request names a scale that cannot be played.
    """
    drawn_tonic = int(rng.integers(12))
    major_share = sum(weight * style(one).major for one, weight in styles)
    drawn_mode = "major" if rng.random() < major_share else "minor"
    key = request.key
    mode = _asked_mode(request) or drawn_mode
    tonic = drawn_tonic
    if key is not None and key.pitch_class is None and key.mode is None:
        tonic, mode = _probable(key, mode, rng, tonic)
    elif key is not None:
        tonic = drawn_tonic if key.pitch_class is None else key.pitch_class
        mode = key.mode or mode
    scale = scale_of(key, mode)
    if key is not None and (key.pitch_class is not None or key.mode is not None):
        log.took("key", heard_key(tonic, scale))
    if "key_mode" in request.features:
        log.took("key_mode", float(not SCALES[scale].minor))
    return tonic, scale


def heard_key(tonic: int, scale: str) -> str:
    """What a piece on `tonic` in `scale` is heard as: "C minor" for C dorian."""
    return key_name(tonic, int(not SCALES[scale].minor))


def is_stated(key: KeyCondition | None) -> bool:
    """Whether a key's tonic is named, or probable enough to be taken."""
    if key is None:
        return False
    return key.pitch_class is not None or max(key.probabilities, default=0.0) >= _CLEAR


def scale_of(key: KeyCondition | None, mode: str) -> str:
    """The scale that a key names, as composition knows it; its mode where it names none."""
    if key is None or not key.scale:
        return mode
    said = key.scale.lower().replace("-", " ").replace("_", " ").strip()
    name = _NAMES.get(said, said) or f"{mode} pentatonic"
    if name not in SCALES:
        near = difflib.get_close_matches(name, SCALES, 1)
        hint = f"did you mean {near[0]}?" if near else f"valid: {', '.join(SCALES)}"
        raise InputError(f"key.scale: unknown scale {key.scale!r}; {hint}")
    return name


def _asked_mode(request: ConditioningRequest) -> str | None:
    condition = request.features.get("key_mode")
    if condition is None or not means_something(condition):
        return None
    value = asked_value(condition)
    return None if value is None else "major" if value >= 0.5 else "minor"


def _probable(
    key: KeyCondition, mode: str, rng: np.random.Generator, tonic: int
) -> tuple[int, str]:
    chances = np.array(key.probabilities)
    if not len(chances) or chances.sum() <= 0:
        return tonic, mode
    if chances.max() >= _CLEAR:
        best = int(chances.argmax())
        return best % 12, "major" if best < 12 else "minor"
    # Nearly flat: the tonic is drawn, the mode is the one that was drawn for the style.
    side = chances[:12] if mode == "major" else chances[12:]
    if side.sum() <= 0:
        return tonic, mode
    sharpened = side**_SHARPEN
    return int(rng.choice(12, p=sharpened / sharpened.sum())), mode
