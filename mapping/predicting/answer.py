"""From weights over tracks and hard wishes to the parts of a ConditioningVector."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from mapping.predicting import voice
from mapping.predicting.distribution import effective
from mapping.predicting.learned import Learned
from mapping.predicting.ranges import Range
from mapping.predicting.scaling import Array
from mapping.predicting.tempo_modes import tempo_modes
from mapping.reading.wishes import Wishes
from schemas.answers import EvidenceTrack, Vector
from schemas.conditioning import FeatureCondition, KeyCondition, Mode, Quantiles
from schemas.features import KEY_NAMES, FeatureSpec, feature, key_name
from schemas.parts import Lock, Source
from schemas.scales import denormalise, normalise

MEANT = 0.1
"""Confidence from which a predicted feature counts as meant by the prompt (a soft wish)."""

EVIDENCE_TRACKS = 8
KEY_PRIOR_ROWS = 50
"""Weight of the catalogue's key prior, in tracks: tags hardly tell the key."""


def conditions(
    learned: Learned,
    weights: Array,
    wished: dict[str, Range],
    meant: Collection[str],
    has_text: bool,
    modes_follow: bool = False,
) -> dict[str, FeatureCondition]:
    """A condition for every target, and for every wished feature beside them.

    `meant` names features that a word of the prompt leans: soft wishes however wide they are.
    `modes_follow`: modes of the tempo are found when the starter's are there, and not here.
    """
    standard = voice.heard(learned, weights, wished, learned.quantiles(weights))
    meant = {*meant, *voice.told_of(wished)}
    reasons = _abstentions(learned, weights, meant, has_text)
    for name in reasons:
        j = learned.names.index(name)
        standard[j] = learned.prior_quantiles[j]
    natural = learned.scaler.natural(standard.T).T
    found: dict[str, FeatureCondition] = {}
    for j, spec in enumerate(learned.specs):
        if spec.name in wished:
            found[spec.name] = hard(spec, wished[spec.name], natural[j])
        else:
            here = spec.name == "tempo_bpm" and not modes_follow
            modes = _modes(learned, weights) if here else ()
            sure = _confidence(standard[j], learned.prior_quantiles[j])
            found[spec.name] = FeatureCondition(
                value=modes[0].value if modes else float(natural[j, 2]),
                quantiles=_quantiles(natural[j]),
                modes=modes,
                abstained=reasons.get(spec.name),
                unit=spec.unit,
                source=Source.MODEL,
                confidence=sure,
                lock=Lock.SOFT if spec.name in meant or (has_text and sure >= MEANT) else Lock.FREE,
            )
    for name in sorted(set(wished) - set(learned.names)):
        found[name] = hard(feature(name), wished[name], None)
    return found


def _abstentions(
    learned: Learned, weights: Array, meant: Collection[str], has_text: bool
) -> dict[str, str]:
    """Features that words tell nothing of here, with the reason; not those a word names."""
    if has_text and effective(weights) > 0.99 * len(weights):
        every = [name for name in learned.names if name not in meant]
        return dict.fromkeys(every, "nothing in the catalogue is near the prompt")
    reason = "on music held out, words told nothing of it"
    return {
        name: reason
        for j, name in enumerate(learned.names)
        if name not in meant and learned.calibration.is_hopeless(j)
    }


def hard(spec: FeatureSpec, wish: Range, natural: Array | None) -> FeatureCondition:
    """A stated range of a feature; `natural` quantiles (5,) within it, where any are known."""
    low = spec.minimum if wish.low is None else wish.low
    high = spec.maximum if wish.high is None else wish.high
    if wish.value is not None:
        value, quantiles = wish.value, None
    elif natural is None:
        value, quantiles = _inside(spec, wish), None
    else:
        inside = np.clip(natural, low, high)
        value, quantiles = float(inside[2]), _quantiles(inside)
    return FeatureCondition(
        value=value,
        low=wish.low,
        high=wish.high,
        quantiles=quantiles,
        modes=(Mode(value=value, weight=1.0),) if spec.name == "tempo_bpm" else (),
        unit=spec.unit,
        source=Source.USER,
        confidence=1.0,
        lock=Lock.HARD,
        tolerance=None if wish.value is None else max(high - wish.value, wish.value - low),
    )


def _inside(spec: FeatureSpec, wish: Range) -> float:
    """Middle of a range whose open sides end where music usually does."""
    low = 0.0 if wish.low is None else normalise(spec, wish.low)
    high = 1.0 if wish.high is None else normalise(spec, wish.high)
    return denormalise(spec, (low + high) / 2)


def _quantiles(values: Array) -> Quantiles:
    p05, p25, p50, p75, p95 = (float(v) for v in np.maximum.accumulate(values))
    return Quantiles(p05=p05, p25=p25, p50=p50, p75=p75, p95=p95)


def _modes(learned: Learned, weights: Array) -> tuple[Mode, ...]:
    return tempo_modes(learned.natural[:, learned.names.index("tempo_bpm")], weights)


def _confidence(predicted: Array, prior: Array) -> float:
    """How much narrower than the catalogue: 1 - mean ratio of the 50% and 90% widths, 0 … 1."""
    ours, theirs = predicted.tolist(), prior.tolist()
    ratios = [
        (ours[high] - ours[low]) / (theirs[high] - theirs[low])
        for low, high in ((0, 4), (1, 3))
        if theirs[high] - theirs[low] > 1e-9
    ]
    return min(1.0, max(0.0, 1 - float(sum(ratios)) / len(ratios))) if ratios else 0.0


def key_condition(learned: Learned, weights: Array, wishes: Wishes) -> KeyCondition:
    """The stated key, or 24 probabilities shrunk towards the catalogue's own."""
    likely = _key_probabilities(learned, weights)
    if wishes.key is None:
        sure = key_confidence(likely)
        return KeyCondition(probabilities=_ratios(likely), source=Source.MODEL, confidence=sure)
    tonic, mode = wishes.key.pitch_class, wishes.key.mode
    keys = np.arange(24)
    allowed = np.ones(24, bool)
    allowed &= keys % 12 == tonic if tonic is not None else True
    allowed &= (keys < 12) == bool(mode) if mode is not None else True
    stated = np.where(allowed, np.maximum(likely, 1e-9), 0)
    return KeyCondition(
        pitch_class=tonic,
        mode=None if mode is None else ("major" if mode else "minor"),
        name=_key_words(tonic, mode),
        scale=wishes.key.scale,
        probabilities=_ratios(stated / stated.sum()),
        source=Source.USER,
        confidence=1.0,
        lock=Lock.HARD,
    )


def key_confidence(probabilities: Array) -> float:
    """1 minus the entropy of 24 probabilities over that of none knowing: 0 … 1."""
    spread = -float(np.sum(probabilities * np.log(np.maximum(probabilities, 1e-12))))
    return float(np.clip(1 - spread / math.log(24), 0, 1))


def _key_words(tonic: int | None, mode: int | None) -> str | None:
    if tonic is None:
        return None
    return KEY_NAMES[tonic] if mode is None else key_name(tonic, mode)


def _key_probabilities(learned: Learned, weights: Array) -> Array:
    known = ~np.isnan(learned.keys[:, 0])
    share = float(weights[known].sum())
    if share <= 0:
        return learned.key_prior
    nearby = weights[known] @ learned.keys[known] / share
    rows = effective(weights[known] / share)
    total: Array = (rows * nearby + KEY_PRIOR_ROWS * learned.key_prior) / (rows + KEY_PRIOR_ROWS)
    total /= total.sum()
    return total


def _ratios(values: Array) -> tuple[float, ...]:
    return tuple(float(v) for v in np.clip(values, 0, 1))


def vector(learned: Learned, found: dict[str, FeatureCondition], key: KeyCondition) -> Vector:
    """The conditions of the targets as numbers, in the order of FEATURES."""
    values, low, high = [], [], []
    for spec in learned.specs:
        condition = found[spec.name]
        value = spec.minimum if condition.value is None else condition.value
        q = condition.quantiles
        ends = (q.p05, q.p95) if q else (condition.low, condition.high)
        values.append(normalise(spec, value))
        low.append(normalise(spec, value if ends[0] is None else ends[0]))
        high.append(normalise(spec, value if ends[1] is None else ends[1]))
    return Vector(
        names=learned.names,
        values=tuple(values),
        low=tuple(low),
        high=tuple(high),
        confidence=tuple(found[name].confidence for name in learned.names),
        key_probabilities=key.probabilities,
    )


def evidence(learned: Learned, weights: Array) -> tuple[EvidenceTrack, ...]:
    """The heaviest tracks; none where all weigh the same and nothing speaks for any of them."""
    if effective(weights) > 0.99 * len(weights):
        return ()
    # Sorting a few is enough; of equal weights the earlier row comes first.
    most = np.sort(
        np.argpartition(-weights, min(EVIDENCE_TRACKS, len(weights)) - 1)[:EVIDENCE_TRACKS]
    )
    heaviest = most[np.argsort(-weights[most], kind="stable")]
    return tuple(
        EvidenceTrack(
            track_id=(track := learned.tracks[row]).track_id,
            title=track.title,
            artist=track.artist,
            licence=track.licence,
            origin=track.origin,
            weight=float(min(1.0, weights[row])),
            text=track.text,
        )
        for row in heaviest.tolist()
        if weights[row] > 0
    )


def samples(
    learned: Learned, weights: Array, count: int, seed: int
) -> tuple[dict[str, float | None], ...]:
    """Features of real tracks, drawn by weight: what goes together in music stays together."""
    if count == 0:  # as most answers are; drawing none costs as much as drawing some
        return ()
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(weights), size=count, p=weights / weights.sum())
    return tuple(
        {
            name: None if math.isnan(value) else value
            for name, value in zip(learned.names, learned.natural[row].tolist(), strict=True)
        }
        for row in drawn.tolist()
    )
