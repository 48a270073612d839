"""The first gate: which tracks a policy lets into training or an export, and why.

A track is judged layer by layer; docs/rights.md has the rules. Unknown is not allowed, unless the
policy says `allow_unknown`. Tracks with the same statements are judged once.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa

from schemas.errors import ContractError
from schemas.rights import Ground, Policy, Purpose, RightsLayer, Verdict, policies
from warehouse.judging import allows, judge
from warehouse.lake import Lake
from warehouse.sqltext import filled, sql_text

__all__ = ["allows", "load_policy", "statements", "unclear", "verdicts"]

Statement: TypeAlias = tuple[RightsLayer, str]
"""(layer, SPDX expression); the expression is empty where the statement could not be read."""

_BITS = 62


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
    found, codes = _profiles(lake, asked)
    profiles = found["profile"].combine_chunks().dictionary_encode()
    judged = [
        judge(policy, purpose, *_stated(profile, codes)).rest
        for profile in profiles.dictionary.to_pylist()
    ]
    answers = {
        track_id: Verdict(track_id, *judged[index])
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


def _profiles(lake: Lake, asked: list[str] | None) -> tuple[pa.Table, list[Statement]]:
    """Rows (track_id, profile), and the statements that the bits of a profile stand for."""
    codes = lake.query(sql_text("gate", "codes"))
    statements = [
        (RightsLayer(layer), spdx)
        for layer, spdx in zip(codes["layer"].to_pylist(), codes["spdx"].to_pylist(), strict=True)
    ]
    words = range(-(-len(statements) // _BITS) or 1)
    parts = {
        "chosen": "" if asked is None else "SEMI JOIN chosen AS k ON k.track_id = t.track_id",
        "bits": ", ".join(
            f"bit_or(CASE WHEN c.code // {_BITS} = {word} THEN 1::BIGINT << (c.code % {_BITS}) "
            f"ELSE 0 END) AS bits_{word}"
            for word in words
        ),
        "words": " || ".join(f"' ' || coalesce(s.bits_{word}, 0)" for word in words),
    }
    chosen = pa.table({"track_id": pa.array(asked or [], pa.string())})
    with lake.registered(codes=codes, chosen=chosen):
        return lake.query(filled("gate", "rights_profiles", parts)), statements


def _stated(
    profile: str, statements: Sequence[Statement]
) -> tuple[RightsLayer, dict[RightsLayer, list[str]]]:
    """The layer that must be known, and by layer what is stated, from a profile."""
    needed, *words = profile.split(" ")
    stated: dict[RightsLayer, list[str]] = {}
    for code, (layer, spdx) in enumerate(statements):
        if int(words[code // _BITS]) >> (code % _BITS) & 1:
            stated.setdefault(layer, []).append(spdx)
    return RightsLayer(needed), stated
