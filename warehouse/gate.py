"""The first gate: which tracks a policy lets into training or an export, and why.

A track is judged layer by layer; docs/rights.md has the rules. Unknown is not allowed, unless the
policy says `allow_unknown`. Tracks with the same statements are judged once.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

from schemas.errors import ContractError
from schemas.rights import Admission, Ground, Policy, Purpose, RightsLayer, Verdict, policies
from warehouse.judging import Judgement, allows, judge, licences_in
from warehouse.lake import Lake
from warehouse.sqltext import filled, sql_text

__all__ = [
    "Judged",
    "Wanted",
    "allows",
    "judged",
    "left_out",
    "licences_in",
    "load_policy",
    "statements",
    "unclear",
    "verdicts",
]

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
    asked = None if track_ids is None else list(track_ids)
    found = judged(lake, policy, purpose, asked)
    rests = [judgement.rest for judgement in found.judgements]
    answers = {
        track_id: Verdict(track_id, *rests[index])
        for track_id, index in zip(
            found.tracks["track_id"].to_pylist(),
            found.tracks["judgement"].to_pylist(),
            strict=True,
        )
    }
    for track_id in asked or ():
        if track_id not in answers:
            answers[track_id] = Verdict(
                track_id, False, "no track of this id in the catalogue", (), Ground.UNKNOWN
            )
    return answers


@dataclass(frozen=True, slots=True)
class Judged:
    """Tracks and what a policy makes of them: rows (track_id, judgement), the latter the place of
    its judgement in `judgements`. Some 30 bytes a track, where a Verdict takes 200."""

    policy: Policy
    purpose: Purpose
    tracks: pa.Table
    judgements: tuple[Judgement, ...]

    @property
    def counts(self) -> list[int]:
        """Tracks by judgement."""
        found = dict.fromkeys(range(len(self.judgements)), 0)
        for row in self.tracks["judgement"].value_counts().to_pylist():
            found[row["values"]] = row["counts"]
        return list(found.values())

    def admission(self) -> Admission:
        """The same as numbers for a report."""
        pairs = zip(self.judgements, self.counts, strict=True)
        counted = ((one.ground, one.reason, count) for one, count in pairs)
        return Admission.counted(self.policy, self.purpose, counted)


def judged(lake: Lake, policy: Policy, purpose: Purpose, asked: list[str] | None = None) -> Judged:
    """As `verdicts`, for whoever wants not all of them at hand. Raises as `verdicts` does."""
    if purpose not in policy.allowed:
        raise ContractError(
            f"policy {policy.name} says nothing of {purpose}; valid: {', '.join(policy.allowed)}"
        )
    found, codes = _profiles(lake, asked)
    profiles = found["profile"].combine_chunks().dictionary_encode()
    judgements = tuple(
        judge(policy, purpose, *_stated(profile, codes))
        for profile in profiles.dictionary.to_pylist()
    )
    tracks = pa.table({"track_id": found["track_id"], "judgement": profiles.indices})
    return Judged(policy, purpose, tracks, judgements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tracks to list: `reason` is that of a verdict, whole; `text` is looked for in title,
    artist and album."""

    reason: str | None = None
    text: str | None = None
    limit: int = 50
    offset: int = 0


def left_out(lake: Lake, found: Judged, wanted: Wanted) -> list[dict[str, Any]]:
    """Tracks that are not allowed: track_id, title, artist, album, reason, statements, and how
    many there are in all, `tracks`; by artist and title."""
    numbers = [
        index
        for index, judgement in enumerate(found.judgements)
        if not judgement.rest[0] and wanted.reason in (None, judgement.reason)
    ]
    asked: dict[str, object] = {"judgements": numbers, "text": wanted.text or None}
    asked |= {"limit": wanted.limit, "offset": wanted.offset}
    with lake.registered(judged=found.tracks):
        rows = lake.query(sql_text("gate", "left_out"), asked).to_pylist()
    return [row | {"reason": found.judgements[row["judgement"]].reason} for row in rows]


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
