"""The small parts of a conditioning request: words, styles, vocals, notes, edits."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Ratio = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=24 * 3600)]
PitchClass = Annotated[int, Field(ge=0, le=11)]
Tempo = Annotated[float, Field(ge=30, le=300)]
TimeSignature = Annotated[str, Field(pattern=r"^\d{1,2}/(1|2|4|8|16)$")]


class Contract(BaseModel):
    """Base of all contract models: frozen, finite numbers only, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(StrEnum):
    """Where a condition comes from."""

    USER = "user"
    MODEL = "model"
    RETRIEVED = "retrieved"
    AUDIO = "audio"


class Lock(StrEnum):
    """hard: must be met; soft: should be; free: shown, the engine may do as it likes."""

    HARD = "hard"
    SOFT = "soft"
    FREE = "free"


class Applied(StrEnum):
    """How an engine took a condition."""

    NATIVE = "native"
    PROMPT = "prompt"
    RERANK = "rerank"
    POSTFIX = "postfix"
    IGNORED = "ignored"


class Prompt(Contract):
    text: str = Field(max_length=20_000)
    language: str | None = Field(None, description="BCP 47; null when not detected")
    for_engine: str | None = Field(
        None, max_length=40_000, description="the text without names; null: as it stands"
    )


class StyleWeight(Contract):
    id: str
    weight: Ratio = 1.0


class Instrument(Contract):
    id: str
    presence: Literal["present", "absent", "prominent"] = "present"


class Effect(Contract):
    """A treatment of the sound: "reverb", "distortion", "sidechain"."""

    id: str
    presence: Literal["absent", "light", "present", "heavy"] = "present"


class Event(Contract):
    """Something that happens at a place: "guitar solo", "drop", "fade out"."""

    name: str
    start_s: Seconds | None = None
    duration_s: Seconds | None = None


class Vocals(Contract):
    mode: Literal["on", "off", "spoken", "open"] = "open"
    voice: str | None = None
    language: str | None = Field(None, description="BCP 47")
    lyrics: str | None = Field(None, max_length=20_000)
    theme: str | None = None


class Note(Contract):
    start_s: Seconds
    duration_s: Seconds
    pitch: float = Field(ge=0, le=127)
    velocity: int = Field(96, ge=1, le=127)


class Chord(Contract):
    start_s: Seconds
    symbol: str = Field(description='as in "Cm7", or "N" for none')


class Region(Contract):
    start_s: Seconds
    end_s: Seconds

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end_s <= self.start_s:
            raise ValueError(f"end_s {self.end_s} is not after start_s {self.start_s}")
        return self


class Edit(Contract):
    """Change an earlier result: what is not named to be regenerated is kept."""

    generation_id: str
    keep_stems: tuple[str, ...] = ()
    regenerate_stems: tuple[str, ...] = ()
    keep_regions: tuple[Region, ...] = ()
    regenerate_regions: tuple[Region, ...] = ()
