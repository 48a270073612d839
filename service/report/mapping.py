"""What a mapping learned, and what it makes of a prompt, for a person to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.conditioning import FeatureCondition
from schemas.features import FEATURES, KEY_NAMES, FeatureSpec
from schemas.rights import Admission
from schemas.scales import normalise
from service.report.control import reference_line
from service.report.models import promotion_lines

if TYPE_CHECKING:
    from pipelines.train import Trained
    from schemas.answers import Ambiguity, ConditioningVector, Sense

_WIDTH = 110
_AXIS = 24
_LICENCE = 40
_REASONS = 4
_SHOWN_SHARE = 0.005


def training_report(trained: Trained) -> str:
    """One line of facts, the held-out error of each feature beside two baselines, and warnings."""
    manifest = trained.mapping.manifest
    lines = [
        f"mapping {trained.path.name}: {manifest.trained_tracks} tracks with words, snapshot "
        f"{trained.snapshot}, {trained.seconds:.1f} s",
        *admission_lines(trained.admission),
    ]
    if manifest.metrics:
        lines.append(_rendered(_metrics_table(manifest.metrics)))
    lines += [f"note: {warning}" for warning in manifest.warnings]
    return "\n".join([*lines, *promotion_lines(trained.promotion)])


def admission_lines(admission: Admission) -> list[str]:
    """What the policy let in and what it left out, with the commonest reasons."""
    rule = f"policy {admission.policy} ({admission.version})"
    lines = [f"rights: {rule} lets {admission.allowed} of {admission.tracks} tracks in"]
    for heading, reasons in (("left out", admission.left_out), ("let in", admission.let_in)):
        shown = list(reasons.items())[:_REASONS]
        why = ", by --allow-unknown-rights" if heading == "let in" else ""
        lines += [f"  {heading} {count}: {reason}{why}" for reason, count in shown]
        if more := len(reasons) - len(shown):
            lines.append(f"  and for {more} more reasons: `wordtone rights` lists them")
    return lines


def vector_report(vector: ConditioningVector) -> str:
    """Features with their ranges drawn on the typical range, key, evidence and what is open."""
    table = Table(title=escape(f"“{vector.prompt.text}”"), title_justify="left", box=None)
    for heading in ("feature", "value", "90 % range", "on the typical range", "why"):
        table.add_column(heading, no_wrap=True)
    specs = {spec.name: spec for spec in FEATURES}
    for name, condition in vector.features.items():
        table.add_row(name, *_cells(specs[name], condition))
    lines = [_rendered(table), f"key         {_key(vector)}"]
    if vector.styles:
        named = ", ".join(f"{style.id} {style.weight:.2f}" for style in vector.styles)
        lines.append(f"styles      {named}")
    for heading, items in (
        ("understood", vector.understood),
        ("refers to", tuple(reference_line(reference) for reference in vector.references)),
        ("senses", tuple(_senses(ambiguity) for ambiguity in vector.senses)),
        ("unknown", _unknown(vector)),
        ("unsaid", vector.unsaid),
        ("note", vector.warnings),
    ):
        lines += [f"{heading:<12}{item}" for item in _joined(heading, items)]
    lines += [
        f"evidence    {track.weight:.2f}  {track.title or track.track_id} – {track.artist or '?'}"
        f"  [{_licence(track.licence)}]{', rendered' if track.rendered else ''}"
        for track in vector.evidence[:3]
    ]
    return "\n".join(lines)


def _senses(ambiguity: Ambiguity) -> str:
    """One line a word: what each sense alone would change, and how to choose one."""
    names = ", ".join(sense.id for sense in ambiguity.senses)
    if ambiguity.chosen:
        chosen = next(sense for sense in ambiguity.senses if sense.id == ambiguity.chosen)
        return f"{ambiguity.word}: {chosen.id} chosen of {names} ({_moves(chosen)})"
    said = (f"{sense.id} {sense.weight:.0%} ({_moves(sense)})" for sense in ambiguity.senses)
    return f"{ambiguity.word}: {', '.join(said)}; --sense WORD=SENSE chooses"


def _moves(sense: Sense) -> str:
    known = [c for c in sense.changes if c.before is not None and c.after is not None]
    moved = [f"{c.feature} {c.before:.4g} → {c.after:.4g}" for c in known]
    return ", ".join(moved) or "nothing the catalogue knows"


def _unknown(vector: ConditioningVector) -> tuple[str, ...]:
    near = {s.word: s.suggestions for s in vector.suggestions if s.suggestions}
    return tuple(
        f"{word} ({' or '.join(near[word])}?)" if word in near else word
        for word in vector.not_understood
    )


def _licence(statement: str | None) -> str:
    if statement is None:
        return "licence unknown"
    return statement if len(statement) <= _LICENCE else "licence in words, see `wordtone tracks`"


def _cells(spec: FeatureSpec, condition: FeatureCondition) -> tuple[str, str, str, str]:
    value = "open" if condition.value is None else f"{condition.value:.4g} {spec.unit}"
    quantiles = condition.quantiles
    interval = f"{quantiles.p05:.4g} … {quantiles.p95:.4g}" if quantiles else ""
    return value, interval, _axis(spec, condition), _why(condition)


def _why(condition: FeatureCondition) -> str:
    """Who says so, how surely, and the starter's share where it took part."""
    if condition.source == "user":
        return "stated"
    if condition.source == "audio":
        return f"the recording, {condition.confidence:.2f}"
    share = condition.prior_share or 0.0
    if share == 1:
        return f"starter, {condition.confidence:.2f}"
    who = f"{share:.0%} starter" if share >= _SHOWN_SHARE else "learned"
    return f"{who}, {condition.confidence:.2f}"


def _axis(spec: FeatureSpec, condition: FeatureCondition) -> str:
    """The 90 % range as a line on the feature's typical range, the value as a dot."""
    cells = ["·"] * _AXIS
    if condition.quantiles:
        low, high = (_place(spec, q) for q in (condition.quantiles.p05, condition.quantiles.p95))
        cells[low : high + 1] = ["━"] * (high + 1 - low)
    if condition.value is not None:
        cells[_place(spec, condition.value)] = "●"
    return "".join(cells)


def _place(spec: FeatureSpec, value: float) -> int:
    return min(_AXIS - 1, int(normalise(spec, value) * _AXIS))


def _key(vector: ConditioningVector) -> str:
    if vector.key is None:
        return "open"
    if vector.key.name and vector.key.confidence == 1:
        return f"{vector.key.name}, stated"
    ranked = sorted(enumerate(vector.key.probabilities), key=lambda pair: -pair[1])[:3]
    told = "starter" if vector.prior_share == 1 else "learned"
    if vector.key.source == "audio":
        told = "the recording"
    return f"{told}: " + ", ".join(
        f"{KEY_NAMES[i % 12]} {'major' if i < 12 else 'minor'} {p:.2f}" for i, p in ranked
    )


def _joined(heading: str, items: Iterable[str]) -> list[str]:
    listed = [str(item) for item in items]
    if heading in ("unknown", "unsaid") and listed:
        return [", ".join(listed)]
    return listed


def _metrics_table(metrics: Mapping[str, Any]) -> Table:
    """Held-out figures of a manifest; R² and Spearman without unit, errors in the feature's own."""
    title = f"held-out groups, {metrics['tested']} tracks in {metrics['folds']} folds"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("feature")
    for heading, _ in _COLUMNS:
        table.add_column(heading, justify="right")
    for name, scores in metrics["features"].items():
        cells = [_number(scores[field]) for _, field in _COLUMNS]
        table.add_row(f"{name} [{scores['unit']}]".replace("[", "\\["), *cells)
    return table


_COLUMNS = (
    ("error", "mae"),
    ("of average", "mae_dummy"),
    ("R²", "r2"),
    ("of average", "r2_dummy"),
    ("of look-up", "r2_lookup"),
    ("Spearman", "spearman"),
    ("in 90 %", "coverage90"),
)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) >= 10 else f"{value:.2f}"


def _rendered(table: Table) -> str:
    console = Console(width=_WIDTH, force_terminal=False, highlight=False)
    with console.capture() as text:
        console.print(table)
    return "\n".join(line.rstrip() for line in text.get().rstrip("\n").splitlines())
