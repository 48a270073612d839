"""What the page of a track says: features in groups, words by kind, rights with the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.features import KEY_NAMES, FeatureSpec, feature_versions, groups, key_name
from schemas.outcomes import NullReason
from schemas.rights import DEFAULT_POLICY, Purpose, Verdict
from schemas.scales import normalise
from service.browsing.counted import BINS
from service.browsing.telling import title_of, value_of

if TYPE_CHECKING:
    from warehouse.lake import Lake

WIDTH, HEIGHT = 120, 26
_WORDS = ("genre", "mood", "instrument", "era", "language", "tempo", "vocals", "other")
_HIDDEN = frozenset({"title", "artist", "collection", "identifier"})


@dataclass(frozen=True, slots=True)
class Told:
    """One feature. `bars` are (x, y, height) of the catalogue's histogram, `at` the track in it."""

    name: str
    title: str
    about: str
    text: str
    source: str
    version: str
    definition: str
    bars: list[tuple[float, float, float]]
    at: float | None
    corrected: bool
    correctable: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A term with who says so: source, and weight where it is not 1."""

    term: str
    sources: list[tuple[str, float]]


def features(
    detail: Mapping[str, Any], shapes: Mapping[str, Sequence[int]], specs: Sequence[FeatureSpec]
) -> dict[str, list[Told]]:
    """Group → its features that were looked for."""
    found: dict[str, list[Told]] = {}
    for group, members in groups(specs).items():
        versions = feature_versions(group, specs)
        told = [
            _told(spec, detail["features"][spec.name], shapes.get(spec.name), versions[spec.name])
            for spec in members
            if spec.name in detail["features"]
        ]
        if told:
            found[group] = told
    return found


def _told(
    spec: FeatureSpec, known: Mapping[str, Any], shape: Sequence[int] | None, version: str
) -> Told:
    value, source = known["value"], known["source"] or ""
    # A single number is drawn among those of the catalogue.
    drawn = shape is not None and spec.size == 1 and value is not None
    return Told(
        name=spec.name,
        title=title_of(spec.name),
        about=spec.description,
        text=_text(spec, value, known["null_reason"]),
        source=source.replace("→", " brought to the scale of "),
        version=version if source and "→" not in source and source != "override" else "",
        definition=spec.source,
        bars=_bars(shape) if drawn and shape is not None else [],
        at=round(WIDTH * normalise(spec, value), 1) if drawn else None,
        corrected=source == "override",
        correctable=spec.size == 1,
    )


def _text(spec: FeatureSpec, value: Any, reason: str | None) -> str:
    from service.report.analysis import REASONS

    if value is None:
        return f"none: {REASONS[NullReason(reason)]}" if reason else "none"
    if spec.size == 1:
        return value_of(spec, value)
    if spec.size == len(KEY_NAMES):
        most = max(value) or 1.0
        strong = [name for name, part in zip(KEY_NAMES, value, strict=True) if part >= 0.6 * most]
        return f"strongest: {', '.join(strong)}"
    if spec.name == "key_probabilities":
        return _keys(value)
    return ", ".join(f"{part:.3g}" for part in value if part is not None).replace("-", "−")


def _keys(value: Sequence[float]) -> str:
    best = sorted(range(len(value)), key=lambda i: -value[i])[:3]
    likely = [i for i in best if value[i] >= 0.01]
    return ", ".join(f"{key_name(i % 12, int(i < 12))} {value[i]:.0%}" for i in likely)


def _bars(shape: Sequence[int]) -> list[tuple[float, float, float]]:
    most, step = max(shape, default=0) or 1, WIDTH / BINS
    heights = [HEIGHT * count / most for count in shape]
    return [
        (round(i * step, 1), round(HEIGHT - max(h, 1), 1), round(max(h, 1), 1))
        for i, h in enumerate(heights)
        if h
    ]


def words(terms: Sequence[Mapping[str, Any]]) -> dict[str, list[Word]]:
    """Kind → terms, the surest first; free text last, under "description"."""
    found: dict[str, dict[str, Word]] = {}
    for row in terms:
        if row["kind"] in _HIDDEN:
            continue
        # Free text is shown as it was written.
        term = row["raw"] if row["kind"] == "description" else row["term"]
        word = found.setdefault(row["kind"], {}).setdefault(term, Word(term, []))
        word.sources.append((row["source"], row["weight"]))
    ordered = [kind for kind in (*_WORDS, "description") if kind in found]
    return {kind: list(found[kind].values()) for kind in ordered}


def verdicts(lake: Lake, track_id: str) -> list[tuple[str, Verdict]]:
    """What the usual policy makes of the track, by purpose."""
    from warehouse.gate import load_policy
    from warehouse.gate import verdicts as judged

    policy = load_policy(DEFAULT_POLICY)
    return [
        (str(purpose), judged(lake, policy, purpose, [track_id])[track_id])
        for purpose in Purpose
        if purpose in policy.allowed
    ]


def prompt(detail: Mapping[str, Any]) -> str:
    """Words that ask for music like the track: its genres, moods and instruments, tempo and key."""
    kinds = words(detail["terms"])
    parts = [
        word.term
        for kind, most in (("genre", 2), ("mood", 2), ("instrument", 3))
        for word in kinds.get(kind, [])[:most]
    ]
    tempo = detail["features"].get("tempo_bpm", {}).get("value")
    if tempo:
        parts.append(f"{tempo:.0f} BPM")
    tonic, mode = (
        detail["features"].get(name, {}).get("value") for name in ("key_pitch_class", "key_mode")
    )
    if tonic is not None and mode is not None:
        parts.append(key_name(round(tonic), round(mode)))
    return ", ".join(parts)
