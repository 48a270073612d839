"""What is stated beside a prompt, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict


class Stating(TypedDict, total=False):
    """What is stated beside a prompt and overrides it; what is left out the prompt decides."""

    bpm: float | None
    """30 … 300"""
    key: str | None
    """as "C minor", "F#m\""""
    duration_s: float | None
    """above 0, at most 3600"""
    vocals: Literal["on", "off", "open"] | None


class Detailed(Stating, total=False):
    """Also how the answer is drawn, what words mean, and what features must be."""

    samples: int
    """joint samples to draw, 0 … 1000"""
    seed: int | None
    """draws the samples"""
    sides: Mapping[str, int]
    """name → the side of it that is meant, from 1"""
    senses: Mapping[str, str]
    """ambiguous word → the sense that is meant, as {"dark": "timbre"}"""
    locks: Mapping[str, float]
    """feature → the value it must have, in its unit, as {"energy": 0.8}"""


def asked(prompt: str, stating: Mapping[str, Any]) -> dict[str, Any]:
    """The question as JSON, without what is left open."""
    return {"prompt": prompt, **{k: v for k, v in stating.items() if v is not None}}
