"""Rights, kept apart by layer: a recording, its composition, its text and its features differ.

Raw licence text is always kept; reading it as an SPDX expression is a separate, revisable step.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import NamedTuple

_MOST_REASONS = 20

DEFAULT_POLICY = "open"

UNCLASSIFIED = "unclassified"
"""Class of a licence that the policies do not list."""


class RightsLayer(StrEnum):
    """What a licence statement is about."""

    RECORDING = "recording"
    COMPOSITION = "composition"
    TEXT = "text"
    FEATURES = "features"


class Purpose(StrEnum):
    """What someone wants to do with a track."""

    TRAIN = "train"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which licences may serve which purpose: an entry of `policies.toml`.

    Attributes
    ----------
    name, version, description : str
        `version` is the date of the table that the policy is from.
    allowed : mapping of Purpose to names of licence classes
        A purpose that is missing is one that the policy does not speak of.
    classes : mapping of class name to patterns of SPDX ids
        `*` is anything, `?` one character. The first class that matches counts.
    allow_unknown : bool
        Let pass what no statement, or none that could be read, speaks for. Never what a readable
        statement forbids.
    """

    name: str
    version: str
    description: str
    allowed: Mapping[Purpose, frozenset[str]]
    classes: Mapping[str, tuple[str, ...]]
    allow_unknown: bool = False

    def licence_class(self, licence: str) -> str:
        """Class of one SPDX id, or UNCLASSIFIED."""
        for name, patterns in self.classes.items():
            if any(fnmatchcase(licence, pattern) for pattern in patterns):
                return name
        return UNCLASSIFIED


class Ground(StrEnum):
    """What a verdict rests on, in the order of a report."""

    ALLOWED = "allowed"
    ALLOWED_UNKNOWN = "allowed_unknown"
    UNKNOWN = "unknown"
    FORBIDDEN = "forbidden"


class Verdict(NamedTuple):
    """A policy's answer for one track, with the reason a person can check.

    A tuple, because there may be a million of them, and a frozen dataclass takes longer to make.

    `layers` are those that decided: all that were looked at when allowed, else those that failed.
    """

    track_id: str
    allowed: bool
    reason: str
    layers: tuple[RightsLayer, ...]
    ground: Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a policy made of all tracks that were asked for: for manifests and reports.

    Attributes
    ----------
    counts : mapping of Ground to number of tracks
    left_out : mapping of reason to number of tracks that were not allowed, commonest first
    let_in : mapping of reason to number of tracks that only `allow_unknown` let in
    """

    policy: str
    version: str
    purpose: Purpose
    allow_unknown: bool
    counts: Mapping[Ground, int]
    left_out: Mapping[str, int]
    let_in: Mapping[str, int]

    @property
    def tracks(self) -> int:
        return sum(self.counts.values())

    @property
    def allowed(self) -> int:
        return sum(self.counts.get(g, 0) for g in (Ground.ALLOWED, Ground.ALLOWED_UNKNOWN))

    @classmethod
    def of(cls, policy: Policy, purpose: Purpose, verdicts: Iterable[Verdict]) -> Admission:
        """Count verdicts; of the reasons the commonest are kept."""
        return cls.counted(policy, purpose, ((v.ground, v.reason, 1) for v in verdicts))

    @classmethod
    def counted(
        cls, policy: Policy, purpose: Purpose, judged: Iterable[tuple[Ground, str, int]]
    ) -> Admission:
        """As `of`, from grounds and reasons with how many tracks have them."""
        grounds: Counter[Ground] = Counter()
        out: Counter[str] = Counter()
        let_in: Counter[str] = Counter()
        for ground, reason, tracks in judged:
            grounds[ground] += tracks
            if ground in (Ground.UNKNOWN, Ground.FORBIDDEN):
                out[reason] += tracks
            elif ground is Ground.ALLOWED_UNKNOWN:
                let_in[reason] += tracks
        return cls(
            policy=policy.name,
            version=policy.version,
            purpose=purpose,
            allow_unknown=policy.allow_unknown,
            counts={ground: grounds[ground] for ground in Ground if grounds[ground]},
            left_out=dict(out.most_common(_MOST_REASONS)),
            let_in=dict(let_in.most_common(_MOST_REASONS)),
        )


@cache
def policies() -> dict[str, Policy]:
    """Policies by name, in the order of `policies.toml`."""
    path = resources.files("schemas") / "policies.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    classes = {name: tuple(patterns) for name, patterns in data["classes"].items()}
    return {
        name: Policy(
            name=name,
            version=data["version"],
            description=entry["description"],
            allowed={Purpose(key): frozenset(entry[key]) for key in ("train", "export")},
            classes=classes,
        )
        for name, entry in data["policies"].items()
    }
