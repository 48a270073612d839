"""Rights, kept apart by layer: a recording, its composition, its text and its features differ.

Raw licence text is always kept; reading it as an SPDX expression is a separate, revisable step.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RightsLayer(StrEnum):
    """What a licence statement is about."""

    RECORDING = "recording"
    COMPOSITION = "composition"
    TEXT = "text"
    FEATURES = "features"


class Purpose(StrEnum):
    """What someone wants to do with a track: input of a policy."""

    TRAIN = "train"
    EXPORT = "export"
    GENERATE = "generate"
    LISTEN = "listen"


@dataclass(frozen=True, slots=True)
class LicenceEvidence:
    """A licence statement as it was found.

    Attributes
    ----------
    raw : str
        The text, verbatim.
    spdx : str or None
        SPDX licence expression, where the statement is one or maps to one beyond doubt.
    holder : str or None
        Who claims the right.
    evidence : str
        Where it was found: a tag frame, a file path, a URL.
    """

    raw: str
    spdx: str | None
    holder: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class PolicyInput:
    """The question put to a policy; `jurisdiction` is ISO 3166-1 alpha-2, `as_of` ISO 8601."""

    purpose: Purpose
    jurisdiction: str
    as_of: str
    allow_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A policy's answer for one track, with the reason a person can check."""

    track_id: str
    allowed: bool
    reason: str
    layers: tuple[RightsLayer, ...] = ()
