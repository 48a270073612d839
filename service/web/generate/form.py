"""What the form of the page says, as fields of a question; the same for GET and POST."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mapping.reading.wishes import Options
from schemas.errors import PromptError
from service.operations import NOTHING_HEARD, Heard
from service.web.generate.hearing import heard

SHORTEST_S, LONGEST_S, USUAL_S = 5, 120, 15
SLOWEST, FASTEST, USUAL_BPM = 40, 220, 130
MOST_CANDIDATES = 8
LONGEST_PROMPT = 20_000
Voice = Literal["on", "off"]
PROMPT_DECIDES = "words"
_VOICES: dict[str, Voice | None] = {PROMPT_DECIDES: None, "on": "on", "off": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A filled form. `bpm`, `vocals` and `key` are None where the prompt decides; it decides the
    length, too, as long as that is the usual one."""

    prompt: str = ""
    length_s: float = USUAL_S
    bpm: float | None = None
    vocals: Voice | None = None
    key: str | None = None
    senses: dict[str, str] = field(default_factory=dict)
    locks: dict[str, float] = field(default_factory=dict)
    seed: int | None = None
    candidates: int = 1
    preset: str | None = None
    engine: str | None = None
    heard: Heard = NOTHING_HEARD

    @property
    def says_something(self) -> bool:
        """Whether there is anything to go by: words, a melody or a clip."""
        return bool(self.prompt) or self.heard != NOTHING_HEARD

    def options(self) -> Options:
        """Raises PromptError where the mapping would."""
        return Options(
            bpm=self.bpm,
            key=self.key,
            duration_s=None if self.length_s == USUAL_S else self.length_s,
            vocals=self.vocals,
            senses=self.senses,
            locks=self.locks,
            seed=self.seed,
        )


def read(form: Mapping[str, str]) -> Asked:
    """Raises PromptError that names the field and what is valid."""
    vocals = form.get("vocals", PROMPT_DECIDES)
    if vocals not in _VOICES:
        raise PromptError(f"vocals: {vocals[:40]!r}; valid is {', '.join(_VOICES)}")
    held = _under(form, "lock.")
    return Asked(
        prompt=form.get("prompt", "").strip(),
        length_s=_number(form, "length", USUAL_S, (SHORTEST_S, LONGEST_S)),
        bpm=_bpm(form),
        vocals=_VOICES[vocals],
        key=form.get("key") or None,
        senses=_under(form, "sense."),
        locks={name: _value(name, text) for name, text in held.items()},
        seed=_whole(form, "seed"),
        candidates=int(_number(form, "candidates", 1, (1, MOST_CANDIDATES))),
        preset=form.get("preset") or None,
        engine=form.get("engine") or None,
        heard=heard(form),
    )


def _bpm(form: Mapping[str, str]) -> float | None:
    """A tempo candidate that was picked, or the number where it is to count."""
    if form.get("tempo"):
        return _number(form, "tempo", USUAL_BPM, (SLOWEST, FASTEST))
    if form.get("speed", PROMPT_DECIDES) == "number":
        return _number(form, "bpm", USUAL_BPM, (SLOWEST, FASTEST))
    return None


def _under(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Filled fields whose names begin with `prefix`, without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in form.items()
        if name.startswith(prefix) and value
    }


def _value(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PromptError(f"{name}: {text[:40]!r}; valid is a number") from None


def _whole(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise PromptError(f"{name}: {text[:40]!r}; valid is a whole number from 0 to 2^63 - 1")
    return int(text)


def _number(form: Mapping[str, str], name: str, usual: float, valid: tuple[float, float]) -> float:
    text = form.get(name, "") or str(usual)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not valid[0] <= value <= valid[1]:
        raise PromptError(f"{name}: {text[:40]!r}; valid is {valid[0]} … {valid[1]}")
    return value
