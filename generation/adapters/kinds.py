"""Engines that a vector can condition; known without torch."""

from __future__ import annotations

KINDS: tuple[str, ...] = ("musicgen", "stable-audio-open", "stable-audio-3")
