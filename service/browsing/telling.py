"""Values of features as the pages of tracks write them: with their unit, and the digits that mean
something."""

from __future__ import annotations

from schemas.features import KEY_NAMES, FeatureSpec, feature

_TITLES = {
    "tempo_bpm": "tempo", "brightness_hz": "brightness", "loudness_lufs": "loudness",
    "loudness_range_lu": "loudness range", "onset_rate_hz": "onsets a second",
    "key_pitch_class": "tonic", "key_mode": "mode", "true_peak_dbtp": "true peak",
    "brightness_std_hz": "brightness, deviation", "bandwidth_hz": "bandwidth",
    "rolloff_hz": "roll-off", "zcr": "zero crossings", "rms": "RMS level",
    "tuning_cents": "tuning", "effective_bandwidth_hz": "effective bandwidth",
    "duration_ratio": "decoded over declared duration", "clip_ratio": "clipped share",
    "silence_ratio": "silent share", "phase_correlation": "phase correlation",
    "duration": "length", "duration_s": "length", "section_label_count": "different sections",
    "section_count": "sections", "harmonic_ratio": "harmonic share",
    "time_signature": "time signature", "repetition_ratio": "repeated share",
}  # fmt: skip
_DIGITS = {"BPM": 0, "Hz": 0, "LUFS": 1, "LU": 1, "dBTP": 1, "dB": 1, "cent": 0}
_UNITLESS = frozenset({"1", "ratio", "probability", "pitch class", "1 major, 0 minor"})


def title_of(name: str) -> str:
    """A feature or column in plain words."""
    return _TITLES.get(name, name.replace("_", " "))


def unit_of(spec: FeatureSpec) -> str:
    """The unit where values have one that is written behind them, else ""."""
    return "" if spec.unit in _UNITLESS else spec.unit


def number_of(spec: FeatureSpec, value: float) -> str:
    """A value without its unit: 128, −9.3, 0.42, Eb, minor."""
    if spec.name == "key_pitch_class":
        return KEY_NAMES[round(value) % 12]
    if spec.name == "key_mode":
        return "major" if value >= 0.5 else "minor"
    if spec.name == "onset_rate_hz":
        return f"{value:.1f}"
    if spec.unit in ("beats", "sections", "labels"):
        return f"{value:.0f}"
    digits = _DIGITS.get(spec.unit)
    if digits is None:
        text = f"{value:.2f}" if abs(value) >= 0.095 or value == 0 else f"{value:.2g}"
    else:
        text = f"{value:,.{digits}f}"
    return text.replace("-", "−").replace("−0.00", "0.00")


def value_of(spec: FeatureSpec, value: float) -> str:
    """A value with its unit."""
    unit = unit_of(spec)
    return f"{number_of(spec, value)} {unit}" if unit else number_of(spec, value)


def told(name: str, value: float | None) -> str:
    """A feature's value by its name; "–" where there is none."""
    return "–" if value is None else value_of(feature(name), value)


def length(seconds: float | None) -> str:
    """Minutes and seconds: 3:07, or 1:02:33 from an hour on; "–" where it is not known."""
    if seconds is None:
        return "–"
    minutes, left = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
