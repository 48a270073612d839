"""Values as the pages of tracks write them: as the page that makes music does, and also of features
that are not asked for there."""

from __future__ import annotations

from schemas.features import KEY_NAMES, FeatureSpec, feature
from service.web.generate import values

_TITLES = {
    "key_pitch_class": "tonic", "true_peak_dbtp": "true peak",
    "brightness_std_hz": "brightness, deviation", "bandwidth_hz": "bandwidth",
    "zcr": "zero crossings", "rms": "RMS level", "tuning_cents": "tuning",
    "effective_bandwidth_hz": "effective bandwidth",
    "duration_ratio": "decoded over declared duration", "clip_ratio": "clipped share",
    "silence_ratio": "silent share", "duration": "length", "duration_s": "length",
    "section_label_count": "different sections", "section_count": "sections",
    "repetition_ratio": "repeated share",
}  # fmt: skip
_COUNTS = frozenset({"beats", "sections", "labels"})


def title_of(name: str) -> str:
    """A feature or column in plain words."""
    return _TITLES.get(name) or values.title(name)


def unit_of(spec: FeatureSpec) -> str:
    """The unit where values have one that is written behind them, else ""."""
    return "" if spec.unit == "probability" else values.unit(spec).strip()


def number_of(spec: FeatureSpec, value: float) -> str:
    """A value without its unit: 128, −9.3, 0.42, Eb, minor."""
    if spec.name == "key_pitch_class":
        return KEY_NAMES[round(value) % 12]
    if spec.unit in _COUNTS:
        return f"{value:.0f}"
    if 0 < abs(value) < 0.095 and values.digits(spec) == 2 and spec.name != "key_mode":
        return f"{value:.2g}".replace("-", "−")  # a share of a thousandth is no 0.00
    return values.number(spec, value)


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
