"""Pieces as the page shows them: what was asked, before they are judged; what was heard, after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.features import FEATURES
from schemas.generation import FeatureResult
from schemas.operations import Heard
from schemas.parts import Source
from service.web.generate.heard import asked as asked_for
from service.web.generate.values import measure, title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.around.keeping import Kept
    from pipelines.review import Rating
    from pipelines.reviewing.material import Material, Opinion, Piece

_SPECS = {spec.name: spec for spec in FEATURES if spec.size == 1}
_NO_DIRECTION = frozenset({"key_pitch_class", "time_signature"})
"""What has no more and less of it."""

_MODES = ("minor", "major")
_WORDS: dict[str, tuple[str, str]] = {
    "tempo_bpm": ("slower", "faster"),
    "brightness_hz": ("darker", "brighter"),
    "loudness_lufs": ("quieter", "louder"),
    "loudness_range_lu": ("more even", "wider"),
    "onset_rate_hz": ("sparser", "busier"),
    "key_mode": ("minor", "major"),
    "energy": ("calmer", "livelier"),
    "danceability": ("less so", "more so"),
    "flatness": ("more tonal", "noisier"),
    "harmonic_ratio": ("percussive", "sustained"),
    "valence": ("sadder", "happier"),
    "vocal_presence": ("less", "more"),
    "instrumentalness": ("more voice", "less voice"),
    "acousticness": ("electric", "acoustic"),
    "speechiness": ("less", "more"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A feature to judge: `said` by the user, or learned; `options` are (value sent, words)."""

    name: str
    title: str
    value: str
    said: bool
    options: tuple[tuple[str, str], ...]
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A feature after judging: `met` by measure and `heard` by the listener, in words."""

    title: str
    asked: str
    measured: str
    met: str
    heard: str
    agree: str


def asked(piece: Piece, kept: Kept, said: Iterable[Rating | Opinion] = ()) -> list[Asked]:
    """Rows of the form, what the prompt states first.

    `said` is what this listener said before, or filled in just now.
    """
    chosen = {one.feature: one.heard.value for one in said if one.feature and one.heard}
    features = kept.result.request.features
    rows = [
        Asked(
            one.feature,
            title(one.feature),
            asked_for(one, kept.result.request),
            features[one.feature].source is Source.USER if one.feature in features else True,
            _options(one.feature),
            chosen.get(one.feature, ""),
        )
        for one in kept.result.features
        if one.feature in piece.asked and one.feature in _SPECS and one.feature not in _NO_DIRECTION
    ]
    # A mode that may be either asks for nothing that could be heard.
    rows = [row for row in rows if row.name != "key_mode" or row.value in _MODES]
    return sorted(rows, key=lambda row: not row.said)


def verdicts(piece: Piece, kept: Kept, said: Iterable[Opinion]) -> list[Verdict]:
    """What was asked, measured and heard, of what was asked and of what was judged."""
    heard = {one.feature: one.heard for one in said if one.feature and one.heard}
    return [
        _verdict(piece, one, kept, heard.get(one.feature))
        for one in kept.result.features
        if one.feature in piece.hits or one.feature in heard
    ]


def of_listener(material: Material, listener: str, generation_id: str) -> list[Opinion]:
    """All that a listener said of a piece."""
    return [
        o for o in material.opinions if o.listener == listener and o.generation_id == generation_id
    ]


def equal_volume(one: Piece, other: Piece) -> tuple[float, float]:
    """Gains 0 … 1 that make two pieces equally loud as measured; 1 where that is not known.

    What is louder is preferred, whatever else it is, so the louder one is turned down.
    """
    levels = [piece.measured.get("loudness_lufs") for piece in (one, other)]
    if levels[0] is None or levels[1] is None:
        return 1.0, 1.0
    quiet = min(levels[0], levels[1])
    first, second = (round(10 ** ((quiet - level) / 20), 4) for level in levels if level)
    return first, second


def _options(name: str) -> tuple[tuple[str, str], ...]:
    less, more = _WORDS.get(name, ("less", "more"))
    return (
        (Heard.LOWER.value, less),
        (Heard.RIGHT.value, "as asked"),
        (Heard.HIGHER.value, more),
        ("", "not sure"),
    )


def _verdict(piece: Piece, one: FeatureResult, kept: Kept, heard: Heard | None) -> Verdict:
    met = piece.hits.get(one.feature)
    agree = ""
    if heard is not None and met is not None:
        agree = "agree" if (heard is Heard.RIGHT) == met else "differ"
    words = dict(_options(one.feature))
    return Verdict(
        title=title(one.feature),
        asked=asked_for(one, kept.result.request),
        measured=_measured(piece, one),
        met="" if met is None else "hit" if met else "missed",
        heard="" if heard is None else words[heard.value],
        agree=agree,
    )


def _measured(piece: Piece, one: FeatureResult) -> str:
    """As the warehouse has it, which may have been measured anew since the piece was made."""
    if one.feature in piece.measured and one.feature in _SPECS:
        return measure(_SPECS[one.feature], piece.measured[one.feature])
    return "–" if one.measured is None else str(one.measured)
