"""Changes to data and mapping that reviews speak for, each with before, after and its evidence.

Four questions are put to the reviews:

    word       do listeners find pieces asked with this word on one side of it?
    style      do listeners find pieces of this style too fast or slow, bright or dark …?
    tolerance  do listeners find right what the extractor counts as a miss?
    engine     does an engine lie on one side of what it was asked, by measurement alone?

Each question is a test by sign or share on one vote a generation, and all of them together are
corrected by Holm's method (Holm 1979), so that where nothing is wrong a whole report raises a false
alarm once in twenty at most. What a person makes of a proposal is theirs to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from scipy.stats import binomtest

from generation.around.tolerances import default_tolerance
from pipelines.reviewing.adherence import deviation
from pipelines.reviewing.balancing import LEAST, Vote, balance
from pipelines.reviewing.material import Material, Piece, majority
from schemas.features import FEATURES
from schemas.operations import Heard
from schemas.review import Proposal, ProposalKind
from schemas.scales import denormalise

ALPHA = 0.05
"""How often a report without any fault in the data may hold a proposal."""

MOSTLY = 0.5
"""Of all that were judged, the share that must be on the one side: few near misses are no case."""

LEAST_BIAS = 0.05
"""An engine's offset below this share of the typical range is none that anybody would hear."""

_RIGHT = 0.7
_QUANTILE = 0.9
_SHOWN = 5
_SPECS = {spec.name: spec for spec in FEATURES if spec.size == 1}
_WORDS = {
    "tempo_bpm": ("too fast", "too slow"),
    "brightness_hz": ("too bright", "too dark"),
    "energy": ("too energetic", "too calm"),
    "loudness_lufs": ("too loud", "too quiet"),
}


def proposals(material: Material) -> tuple[Proposal, ...]:
    """What stands after correction, the surest first."""
    asked = [*_words(material), *_styles(material), *_tolerances(material), *_engines(material)]
    return tuple(_holm(asked))


def _holm(asked: Sequence[Proposal | float]) -> Iterator[Proposal]:
    """Those that stand. A number is a question whose answer was no: it counts as asked."""
    ordered = sorted(asked, key=lambda one: one if isinstance(one, float) else one.p_value)
    worst = 0.0
    for place, one in enumerate(ordered):
        raw = one if isinstance(one, float) else one.p_value
        worst = max(worst, min(1.0, raw * (len(ordered) - place)))
        if worst >= ALPHA:
            return
        if isinstance(one, Proposal):
            yield one.model_copy(update={"p_value": worst})


def _votes(material: Material) -> dict[str, list[Vote]]:
    """Feature → one vote a generation."""
    found: dict[str, list[Vote]] = {}
    for (generation_id, feature), heard in material.verdicts().items():
        piece, told = material.pieces.get(generation_id), majority(heard)
        if piece is not None and told is not None and feature in _SPECS:
            found.setdefault(feature, []).append(Vote(piece, feature, told))
    return found


def _words(material: Material) -> Iterator[Proposal | float]:
    for feature, votes in _votes(material).items():
        by_word: dict[str, list[Vote]] = {}
        for vote in filter(_as_asked, votes):
            for word in vote.piece.words.get(feature, ()):
                by_word.setdefault(word, []).append(vote)
        for word, said in sorted(by_word.items()):
            yield from _one_sided("word", word, said, votes)


def _styles(material: Material) -> Iterator[Proposal | float]:
    """Of pieces whose prompt says nothing of the feature itself: there the style decided."""
    for feature, votes in _votes(material).items():
        by_style: dict[str, list[Vote]] = {}
        for vote in filter(_as_asked, votes):
            if not vote.piece.words.get(feature):
                for style in vote.piece.styles:
                    by_style.setdefault(style, []).append(vote)
        for style, said in sorted(by_style.items()):
            yield from _one_sided("style", style, said, votes)


def _as_asked(vote: Vote) -> bool:
    """Whether the piece is what was asked, by measurement: an engine's miss is no word's fault."""
    return vote.piece.hits.get(vote.feature, True)


def _one_sided(
    kind: ProposalKind, subject: str, votes: Sequence[Vote], everyone: Sequence[Vote]
) -> Iterator[Proposal | float]:
    if len(votes) < LEAST:
        return
    feature = votes[0].feature
    high = sum(vote.heard is Heard.HIGHER for vote in votes)
    low = sum(vote.heard is Heard.LOWER for vote in votes)
    if not high + low:
        return
    p_value = float(binomtest(high, high + low, 0.5).pvalue)
    most, side = max((high, Heard.HIGHER), (low, Heard.LOWER), key=lambda pair: pair[0])
    stands = p_value < ALPHA and most >= MOSTLY * len(votes)
    level = balance(votes, everyone, side) if stands else None
    if level is None:
        yield p_value
        return
    before, after = level
    spec = _SPECS[feature]
    names = _WORDS.get(feature, (f"too high in {feature}", f"too low in {feature}"))
    said = names[0] if side is Heard.HIGHER else names[1]
    what = f"asked “{subject}”" if kind == "word" else f"of the style {subject}"
    where = "the lexicon's" if kind == "word" else "the style's"
    yield Proposal(
        kind=kind,
        subject=subject,
        feature=feature,
        unit=spec.unit,
        before=before,
        after=after,
        count=len(votes),
        speak_for_it=most,
        p_value=p_value,
        says=(
            f"listeners call {most} of {len(votes)} pieces {what} {said}: {where} {subject} → "
            f"{feature} {_number(before)} → {_number(after)} {spec.unit}"
        ),
        generations=tuple(v.piece.generation_id for v in votes if v.heard is side)[:_SHOWN],
    )


def _tolerances(material: Material) -> Iterator[Proposal | float]:
    """Misses that listeners find right: what counts as met may be too narrow."""
    for feature, votes in sorted(_votes(material).items()):
        missed = [v for v in votes if v.piece.hits.get(feature) is False]
        away = [abs(by) for v in missed if (by := _apart(v.piece, feature)) is not None]
        if len(missed) < LEAST or len(away) < len(missed):
            continue
        right = sum(vote.heard is Heard.RIGHT for vote in missed)
        p_value = float(binomtest(right, len(missed), 0.5, alternative="greater").pvalue)
        asked = float(np.median([v.piece.asked[feature] for v in missed]))
        before = default_tolerance(feature, asked)
        told = [by for v, by in zip(missed, away, strict=True) if v.heard is Heard.RIGHT]
        after = float(np.quantile(told, _QUANTILE)) if told else 0.0
        if right < _RIGHT * len(missed) or after <= before:
            yield p_value
            continue
        unit = _SPECS[feature].unit
        yield Proposal(
            kind="tolerance",
            subject=feature,
            feature=feature,
            unit=unit,
            before=before,
            after=after,
            count=len(missed),
            speak_for_it=right,
            p_value=p_value,
            says=(
                f"listeners find {right} of {len(missed)} pieces right that miss {feature}: the "
                f"tolerance ±{_number(before)} → ±{_number(after)} {unit} holds nine of ten of them"
            ),
            generations=tuple(v.piece.generation_id for v in missed)[:_SHOWN],
        )


def _apart(piece: Piece, feature: str) -> float | None:
    if feature not in piece.asked or feature not in piece.measured:
        return None
    return piece.measured[feature] - piece.asked[feature]


def _engines(material: Material) -> Iterator[Proposal | float]:
    """Engines that lie on one side of what they were asked, whoever listens."""
    rows = sorted(
        (piece.engine, feature, by, piece.generation_id)
        for piece in material.pieces.values()
        for feature in piece.asked
        if (by := deviation(piece, feature)) is not None and abs(by) > 1e-9
    )
    for (engine, feature), group in groupby(rows, key=lambda row: row[:2]):
        yield from _engine(engine, feature, [(by, name) for _, _, by, name in group])


def _engine(
    engine: str, feature: str, rows: Sequence[tuple[float, str]]
) -> Iterator[Proposal | float]:
    if len(rows) < LEAST:
        return
    away = np.array([by for by, _ in rows])
    above = int((away > 0).sum())
    p_value = float(binomtest(above, len(away), 0.5).pvalue)
    middle = float(np.median(away))
    if abs(middle) < LEAST_BIAS:
        yield p_value
        return
    spec = _SPECS[feature]
    typical = denormalise(spec, 0.5)
    after = denormalise(spec, min(1.0, max(0.0, 0.5 - middle)))
    side, most = ("above", above) if middle > 0 else ("below", len(away) - above)
    yield Proposal(
        kind="engine",
        subject=engine,
        feature=feature,
        unit=spec.unit,
        before=typical,
        after=after,
        count=len(away),
        speak_for_it=most,
        p_value=p_value,
        says=(
            f"{engine} lies {side} the asked {feature} in {most} of {len(away)} pieces, by "
            f"{abs(middle):.0%} of the typical range: where {_number(typical)} {spec.unit} is "
            f"wanted, ask it for {_number(after)}"
        ),
        generations=tuple(name for _, name in rows)[:_SHOWN],
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
