"""The first gate: which tracks a policy lets into training or an export, and why.

A track is judged layer by layer; docs/rights.md has the rules. Unknown is not allowed, unless the
policy says `allow_unknown`. Tracks with the same statements are judged once.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from schemas.errors import ContractError
from schemas.rights import Ground, Policy, Purpose, RightsLayer, Verdict, policies
from warehouse.lake import Lake
from warehouse.sqltext import sql_text


def load_policy(name: str) -> Policy:
    """The policy of that name.

    Raises
    ------
    ContractError
        When there is none; lists those there are.
    """
    known = policies()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ContractError(f"policy {name!r}: {hint}valid are {', '.join(known)}")
    return known[name]


def statements(lake: Lake) -> pa.Table:
    """Tracks by layer and SPDX expression; null where the statement could not be read."""
    return lake.query(sql_text("gate", "statements"))


def unclear(lake: Lake, limit: int = 50) -> pa.Table:
    """Statements that could not be read: layer, statement, tracks, sources, evidence."""
    return lake.query(sql_text("gate", "unclear"), {"limit": limit})


def verdicts(
    lake: Lake, policy: Policy, purpose: Purpose, track_ids: Sequence[str] | None = None
) -> dict[str, Verdict]:
    """A verdict for every track of the catalogue, or for each of `track_ids`.

    Raises
    ------
    ContractError
        When the policy does not speak of `purpose`.
    """
    if purpose not in policy.allowed:
        raise ContractError(
            f"policy {policy.name} says nothing of {purpose}; valid: {', '.join(policy.allowed)}"
        )
    asked = None if track_ids is None else list(track_ids)
    found = lake.query(sql_text("gate", "rights_profiles"), {"track_ids": asked})
    profiles = found["profile"].combine_chunks().dictionary_encode()
    judged = [_judge(policy, purpose, text) for text in profiles.dictionary.to_pylist()]
    answers = {
        track_id: judged[index].of(track_id)
        for track_id, index in zip(
            found["track_id"].to_pylist(), profiles.indices.to_pylist(), strict=True
        )
    }
    for track_id in asked or ():
        if track_id not in answers:
            answers[track_id] = Verdict(
                track_id, False, "no track of this id in the catalogue", (), Ground.UNKNOWN
            )
    return answers


@dataclass(frozen=True, slots=True)
class _Judgement:
    """A verdict before it has a track."""

    ground: Ground
    reason: str
    layers: tuple[RightsLayer, ...]

    def of(self, track_id: str) -> Verdict:
        allowed = self.ground in (Ground.ALLOWED, Ground.ALLOWED_UNKNOWN)
        return Verdict(track_id, allowed, self.reason, self.layers, self.ground)


def _judge(policy: Policy, purpose: Purpose, profile: str) -> _Judgement:
    needed, *lines = profile.rstrip("\n").split("\n")
    stated: dict[RightsLayer, list[str]] = {RightsLayer(needed): []}
    for line in lines:
        layer, _, spdx = line.partition("\t")
        stated.setdefault(RightsLayer(layer), []).append(spdx)
    if needed == RightsLayer.FEATURES:  # no audio of it was heard: it plays no part
        stated.pop(RightsLayer.RECORDING, None)
        stated.pop(RightsLayer.COMPOSITION, None)
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
    return _Judgement(worst, reason, tuple(layer for part in deciding for layer in part.layers))


def _layer(
    policy: Policy, purpose: Purpose, layer: RightsLayer, statements: Sequence[str]
) -> _Judgement:
    """All readable statements about a layer must allow; one at least there must be."""
    known = [spdx for spdx in statements if spdx]
    if not known:
        what = "licence not understood" if statements else "no licence stated"
        return _Judgement(Ground.UNKNOWN, f"{layer}: {what}", (layer,))
    refused = [spdx for spdx in known if not allows(policy, purpose, spdx)]
    if refused:
        reason = f"{layer}: {', '.join(refused)} not allowed by policy {policy.name} for {purpose}"
        return _Judgement(Ground.FORBIDDEN, reason, (layer,))
    return _Judgement(Ground.ALLOWED, f"{layer}: {', '.join(known)}", (layer,))


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


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
