"""Features by their plain names; their values with digits and units that mean something."""

from __future__ import annotations

import re

from schemas.features import FEATURES, FeatureSpec

_PLAIN_NAMES = {
    "tempo_bpm": "tempo", "brightness_hz": "brightness", "rolloff_hz": "treble roll-off",
    "loudness_lufs": "loudness", "loudness_range_lu": "dynamics", "onset_rate_hz": "onsets",
    "key_mode": "mode", "harmonic_ratio": "harmonic share", "vocal_presence": "vocals",
}  # fmt: skip
_IDS = re.compile("|".join(rf"\b{spec.name}\b" for spec in FEATURES if "_" in spec.name))
_PLAIN_UNITS = {("onset_rate_hz", "Hz"): " /s"}
_DIGITS = {"BPM": 0, "Hz": 0, "LUFS": 1, "LU": 1}


def title(name: str) -> str:
    """A feature's name as a person says it."""
    return _PLAIN_NAMES.get(name, name.replace("_", " "))


def plainly(text: str) -> str:
    """A sentence with features by their plain names."""
    return _IDS.sub(lambda found: title(found[0]), text)


def digits(spec: FeatureSpec) -> int:
    """Decimals worth showing."""
    return 1 if spec.name == "onset_rate_hz" else _DIGITS.get(spec.unit, 2)


def number(spec: FeatureSpec, value: float) -> str:
    """A value with the digits that mean something."""
    if spec.name == "key_mode":
        return "major" if value >= 0.5 else "minor"
    text = f"{value:,.{digits(spec)}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.removeprefix("-")


def unit(spec: FeatureSpec) -> str:
    """The unit with a space before it; empty for a ratio."""
    if spec.unit in ("1", "ratio") or " " in spec.unit:
        return ""
    return _PLAIN_UNITS.get((spec.name, spec.unit), f" {spec.unit}")


def measure(spec: FeatureSpec, value: float) -> str:
    """A value with its unit."""
    return number(spec, value) + unit(spec)


def span(spec: FeatureSpec, low: float, high: float) -> str:
    """A range with its unit; one value where both ends read the same."""
    ends = [number(spec, end) for end in (low, high)]
    return (ends[0] if ends[0] == ends[1] else " … ".join(ends)) + unit(spec)
