"""How a policy judges statements about rights; pure, docs/rights.md has the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.rights import Ground, Policy, Purpose, RightsLayer


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict before it has a track."""

    ground: Ground
    reason: str
    layers: tuple[RightsLayer, ...]

    @property
    def rest(self) -> tuple[bool, str, tuple[RightsLayer, ...], Ground]:
        """All of a Verdict but its track."""
        allowed = self.ground in (Ground.ALLOWED, Ground.ALLOWED_UNKNOWN)
        return allowed, self.reason, self.layers, self.ground


def judge(
    policy: Policy,
    purpose: Purpose,
    needed: RightsLayer,
    stated: Mapping[RightsLayer, Sequence[str]],
) -> Judgement:
    """What a policy makes of the statements about a track.

    Parameters
    ----------
    needed : the layer that must have a known licence
    stated : layer → SPDX expressions; "" where a statement could not be read
    """
    stated = {needed: (), **stated}
    if needed is RightsLayer.FEATURES:  # no sound of it was heard, nor its notes read
        for layer in (RightsLayer.RECORDING, RightsLayer.COMPOSITION):
            stated.pop(layer, None)
    parts = [
        _layer(policy, purpose, layer, stated[layer]) for layer in RightsLayer if layer in stated
    ]
    worst = max((part.ground for part in parts), key=list(Ground).index)
    if worst is Ground.UNKNOWN and policy.allow_unknown:
        worst = Ground.ALLOWED_UNKNOWN
    deciding = (
        parts if worst is Ground.ALLOWED else [p for p in parts if p.ground is not Ground.ALLOWED]
    )
    reason = "; ".join(part.reason for part in deciding)
    return Judgement(worst, reason, tuple(layer for part in deciding for layer in part.layers))


def _layer(
    policy: Policy, purpose: Purpose, layer: RightsLayer, statements: Sequence[str]
) -> Judgement:
    """All readable statements about a layer must allow; one at least there must be."""
    known = [spdx for spdx in statements if spdx]
    if not known:
        what = "licence not understood" if statements else "no licence stated"
        return Judgement(Ground.UNKNOWN, f"{layer}: {what}", (layer,))
    refused = [spdx for spdx in known if not allows(policy, purpose, spdx)]
    if refused:
        reason = f"{layer}: {', '.join(refused)} not allowed by policy {policy.name} for {purpose}"
        return Judgement(Ground.FORBIDDEN, reason, (layer,))
    return Judgement(Ground.ALLOWED, f"{layer}: {', '.join(known)}", (layer,))


def allows(policy: Policy, purpose: Purpose, expression: str) -> bool:
    """Whether a policy allows an SPDX expression; one that cannot be parsed it does not.

    OR needs one branch that is allowed, AND all; an exception (WITH) only ever adds.
    """
    from license_expression import ExpressionError, ExpressionParseError

    try:
        parsed = _licensing().parse(expression)
    except (ExpressionError, ExpressionParseError):
        return False
    return parsed is not None and _evaluate(policy.allowed[purpose], policy, parsed)


def _evaluate(classes: frozenset[str], policy: Policy, node: Any) -> bool:
    from license_expression import AND, OR, LicenseWithExceptionSymbol

    if isinstance(node, OR):
        return any(_evaluate(classes, policy, branch) for branch in node.args)
    if isinstance(node, AND):
        return all(_evaluate(classes, policy, branch) for branch in node.args)
    licence = node.license_symbol if isinstance(node, LicenseWithExceptionSymbol) else node
    return policy.licence_class(licence.key) in classes


def licences_in(expression: str) -> list[str]:
    """Ids in an SPDX expression, in its order, exceptions left out; none where it is none."""
    from license_expression import ExpressionError, ExpressionParseError

    try:
        parsed = _licensing().parse(expression)
    except (ExpressionError, ExpressionParseError):
        return []
    found = [] if parsed is None else _licensing().license_symbols(parsed, decompose=True)
    return [one.key for one in found if not one.is_exception]


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
