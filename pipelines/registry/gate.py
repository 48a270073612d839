"""One mapping held against another: on tracks that neither had seen, and on pairs of prompts.

Both carry what they predicted of held-out tracks when they were trained (`mapping.report.held`), in
folds that share no artist, album or source. The figures are those on the tracks that are in both,
with the values that the newer one knows; a track whose value has changed since is left out. So two
snapshots, seeds, encoders and versions of the code compare without training anything again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from schemas.errors import ArtifactError, EncoderError, MissingExtraError
from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping
    from mapping.report.comparison import Comparison
    from mapping.report.held import Held


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether `new` may take the place of `old`; `comparison` is None where there was nothing to
    compare with."""

    old: str | None
    new: str
    reasons: tuple[str, ...]
    comparison: Comparison | None = None
    note: str = ""

    @property
    def passed(self) -> bool:
        return not self.reasons

    def to_json(self) -> dict[str, Any]:
        """As the column `gate` of `promotions` keeps it."""
        figures = self.comparison.figures if self.comparison else ()
        return {
            "old": self.old,
            "rows": self.comparison.rows if self.comparison else 0,
            "refused": list(self.reasons),
            "note": self.note,
            "figures": [asdict(f) | {"verdict": f.verdict} for f in figures],
        }


def judge(settings: Settings, old: str | None, new: str, mapping: Mapping | None = None) -> Verdict:
    """Hold the mapping `new` against the one in use; `mapping` is `new`, where it is loaded.

    A current mapping that is damaged, or whose features mean something else by now, can serve no
    one and protects nothing: the new one passes. Where only its encoder is missing here, the rows
    are compared.
    """
    if old is None or old == new:
        return Verdict(old, new, (), note="there was no mapping in use")
    try:
        before = _load(settings, old)
    except ArtifactError as error:
        return Verdict(old, new, (), note=f"the mapping in use cannot be loaded: {error}")
    after = mapping or _load(settings, new)
    comparison = _compared(settings, (old, new), (before, after))
    return Verdict(old, new, comparison.refused, comparison)


def compare_models(settings: Settings, old: str, new: str) -> Comparison:
    """Every figure of `new` beside that of `old`, on the tracks both held out.

    Raises ArtifactError when one of them is damaged.
    """
    return _compared(settings, (old, new), (_load(settings, old), _load(settings, new)))


def _compared(
    settings: Settings, ids: tuple[str, str], loaded: tuple[Mapping | None, Mapping | None]
) -> Comparison:
    from mapping.report.comparison import compare

    held = (_held(settings, ids[0]), _held(settings, ids[1]))
    found = compare(*held, lost=_lost(settings, ids, held))
    if loaded[0] is None or loaded[1] is None:
        note = "the direction of plain words is not compared: an encoder is missing here"
        return replace(found, notes=(*found.notes, note))
    figures = sorted((*found.figures, *_directed(loaded[0], loaded[1])), key=lambda f: not f.gated)
    return replace(found, figures=tuple(figures))


def _lost(
    settings: Settings, ids: tuple[str, str], held: tuple[Held | None, Held | None]
) -> tuple[str, ...]:
    """Features that only the old one predicts and that its held-out rows do not already say."""
    said = held[0].names if held[0] and held[1] else ()
    old, new = (_features(settings, model_id) for model_id in ids)
    return tuple(name for name in old if name not in new and name not in said)


def _features(settings: Settings, model_id: str) -> tuple[str, ...]:
    from mapping.artifact import read_manifest

    manifest = read_manifest(settings.models_path / model_id)
    return tuple(entry["name"] for entry in manifest["features"])


def _directed(old: Mapping, new: Mapping) -> tuple[Any, ...]:
    from mapping.report.comparison import Figure
    from mapping.report.directions import directions, share_right

    common = [name for name in new.features if name in old.features]
    told = [directions(mapping, common) for mapping in (old, new)]
    before, after = (share_right(found) for found in told)
    if before is None or after is None:
        return ()
    # Half a pair as the noise, so that with few pairs one that turns is not yet worse.
    noise = 0.5 / len(told[1])
    return (Figure("caption_direction", before, after, noise=noise, gated=True),)


def _load(settings: Settings, model_id: str) -> Mapping | None:
    """The mapping; None where its encoder is missing. Raises ArtifactError when it is damaged."""
    from mapping.model import Mapping

    folder = settings.models_path / model_id
    try:
        return Mapping.load(folder, encoder_folder=settings.encoder_path)
    except (EncoderError, MissingExtraError):
        return None


def _held(settings: Settings, model_id: str) -> Held | None:
    """Its held-out rows; None where it has none, or they are damaged."""
    from mapping import artifact
    from mapping.report import held

    folder = settings.models_path / model_id
    expected = (artifact.read_manifest(folder).get("beside") or {}).get(held.FILE)
    if expected is None:
        return None
    try:
        artifact.checked_file(folder / held.FILE, expected)
        return held.read(folder / held.FILE)
    except ArtifactError:
        return None
