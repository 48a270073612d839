"""What the form of the page says, as fields of a question; the same for GET and POST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mapping.reading.wishes import Options
from schemas.errors import PromptError

SHORTEST_S, LONGEST_S, USUAL_S = 5, 120, 15
SLOWEST, FASTEST, USUAL_BPM = 40, 220, 130
Voice = Literal["on", "off"]
PROMPT_DECIDES = "words"
_VOICES: dict[str, Voice | None] = {PROMPT_DECIDES: None, "on": "on", "off": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A filled form. `bpm` and `vocals` are None where the prompt decides."""

    prompt: str = ""
    length_s: float = USUAL_S
    bpm: float | None = None
    vocals: Voice | None = None
    senses: dict[str, str] = field(default_factory=dict)
    locks: dict[str, float] = field(default_factory=dict)
    seed: int | None = None

    def options(self) -> Options:
        """Raises PromptError where the mapping would."""
        return Options(
            bpm=self.bpm,
            duration_s=self.length_s,
            vocals=self.vocals,
            senses=self.senses,
            locks=self.locks,
            seed=self.seed,
        )


def read(form: Mapping[str, str]) -> Asked:
    """Raises PromptError that names the field and what is valid."""
    bpm = None
    if form.get("speed", PROMPT_DECIDES) == "number":
        bpm = _number(form, "bpm", USUAL_BPM, (SLOWEST, FASTEST))
    vocals = form.get("vocals", PROMPT_DECIDES)
    if vocals not in _VOICES:
        raise PromptError(f"vocals: {vocals!r}; valid is {', '.join(_VOICES)}")
    held = _under(form, "lock.")
    seed = form.get("seed", "")
    if seed and not (seed.isdecimal() and int(seed) < 2**63):
        raise PromptError(f"seed: {seed!r}; valid is a whole number from 0 on")
    return Asked(
        prompt=form.get("prompt", "").strip(),
        length_s=_number(form, "length", USUAL_S, (SHORTEST_S, LONGEST_S)),
        bpm=bpm,
        vocals=_VOICES[vocals],
        senses=_under(form, "sense."),
        locks={name: _value(name, text) for name, text in held.items()},
        seed=int(seed) if seed else None,
    )


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


def _number(form: Mapping[str, str], name: str, usual: float, valid: tuple[float, float]) -> float:
    text = form.get(name, "") or str(usual)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not valid[0] <= value <= valid[1]:
        raise PromptError(f"{name}: {text!r}; valid is {valid[0]} … {valid[1]}")
    return value
