"""What of recordings is on the page: a melody to confirm, a clip to confirm, and what is in use.

All of it travels in the form itself, packed; the service remembers nothing. `Asked.heard` of the
form is what is in use; what is still to be confirmed lies under names of its own.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import ValidationError

from pipelines.melody.transcribe import Wanted, read_again
from schemas.errors import InputError, PromptError
from schemas.melody import HeardNote, Transcription
from schemas.parts import Contract
from schemas.report import FileReport
from service.operations import NOTHING_HEARD, Heard

MELODY, LIKE = "melody", "like"
PENDING_MELODY, PENDING_LIKE, TROUBLE = "hum.melody", "hum.like", "hum.trouble"
FIELDS = (MELODY, LIKE, PENDING_MELODY, PENDING_LIKE)
MOST_SHOWN = 400
"""Notes that can be changed one by one; of a longer melody only all together."""

_BUTTONS = ("show", "use", "drop", "again", "forget", "shift", "up", "down")
_MOST_BYTES = 1 << 20
_LOWEST, _HIGHEST = 0, 127

Packed = TypeVar("Packed", bound=Contract)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the block shows. `trouble` is why a recording could not be used; empty where it was."""

    heard: Heard = NOTHING_HEARD
    melody: Transcription | None = None
    like: FileReport | None = None
    trouble: str = ""

    def fields(self) -> dict[str, str]:
        """As fields of the form, of which `hearing` makes it again."""
        held: dict[str, Contract | None] = {
            MELODY: self.heard.melody,
            LIKE: self.heard.like,
            PENDING_MELODY: self.melody,
            PENDING_LIKE: self.like,
        }
        return {name: pack(model) for name, model in held.items() if model is not None}


def pack(model: Contract) -> str:
    """A model as text that a form can carry."""
    plain = model.model_dump_json(exclude_defaults=True).encode()
    return base64.urlsafe_b64encode(zlib.compress(plain, 9)).decode()


def unpack(kind: type[Packed], name: str, text: str) -> Packed:
    """The model that `pack` made `text` of. Raises PromptError for any other text."""
    try:
        opened = zlib.decompressobj()
        plain = opened.decompress(base64.urlsafe_b64decode(text), _MOST_BYTES)
        if opened.unconsumed_tail:
            raise ValueError("too large")
        return kind.model_validate_json(plain)
    except (binascii.Error, zlib.error, ValidationError, ValueError) as error:
        raise PromptError(f"{name}: it cannot be read; give the recording again") from error


def heard(form: Mapping[str, str]) -> Heard:
    """What of a form is in use. Raises PromptError."""
    melody, like = form.get(MELODY), form.get(LIKE)
    return Heard(
        unpack(Transcription, MELODY, melody) if melody else None,
        unpack(FileReport, LIKE, like) if like else None,
    )


def opened(form: Mapping[str, str]) -> Hearing:
    """All that a form holds of recordings. Raises PromptError for what cannot be read."""
    melody, like = form.get(PENDING_MELODY), form.get(PENDING_LIKE)
    return Hearing(
        heard(form),
        unpack(Transcription, MELODY, melody) if melody else None,
        unpack(FileReport, LIKE, like) if like else None,
        form.get(TROUBLE, "")[:400],
    )


def hearing(form: Mapping[str, str]) -> Hearing:
    """As `opened`; where something cannot be read, nothing but that."""
    try:
        return opened(form)
    except PromptError as error:
        return Hearing(trouble=str(error))


def changed(now: Hearing, form: Mapping[str, str], kept: Sequence[str]) -> Hearing:
    """What a press of one of the block's buttons makes of it.

    `kept` are the notes or features that stay ticked. The button is the form's `do`: "use",
    "drop", "show", "again", "up 3", "shift -12", "forget melody" …

    Raises
    ------
    InputError
        For a button that there is not, or a tempo or taps that cannot be.
    """
    do, _, which = form.get("do", "show").partition(" ")
    if do not in _BUTTONS:
        raise InputError(f"do: {do[:40]!r}; valid is one of {', '.join(_BUTTONS)}")
    if do in ("forget", "again"):
        return _taken_back(now, which, again=do == "again")
    if now.melody is not None:
        melody = _edited(now.melody, form, kept, (do, which))
        if do == "use":
            return replace(now, melody=None, heard=replace(now.heard, melody=_bare(melody)))
        return replace(now, melody=None if do == "drop" else melody)
    if now.like is not None:
        like = _only(now.like, kept)
        if do == "use":
            return replace(now, like=None, heard=replace(now.heard, like=like))
        return replace(now, like=None if do == "drop" else like)
    return now


def _taken_back(now: Hearing, which: str, *, again: bool) -> Hearing:
    """Without the melody or the clip that was in use, which may be looked at again."""
    if which == MELODY:
        melody = now.heard.melody if again else now.melody
        return replace(now, melody=melody, heard=replace(now.heard, melody=None))
    if which == LIKE:
        like = now.heard.like if again else now.like
        return replace(now, like=like, heard=replace(now.heard, like=None))
    raise InputError(f"do: {which[:40]!r}; valid is {MELODY} or {LIKE}")


def _edited(
    found: Transcription, form: Mapping[str, str], kept: Sequence[str], do: tuple[str, str]
) -> Transcription:
    notes = found.notes
    if "listed" in form:
        ticked = set(kept)
        notes = tuple(note for i, note in enumerate(notes) if str(i) in ticked)
        if not notes:
            raise InputError("no note is left; tick one, or discard the melody")
    by = _semitones(do)
    if do[0] == "shift":
        notes = tuple(_moved(note, by) for note in notes)
    elif do[0] in ("up", "down"):
        only = int(do[1]) if do[1].isdecimal() else -1
        notes = tuple(
            _moved(note, by) if i == only else note
            for i, note in enumerate(found.notes)
            if note in notes
        )
    return _on_grid(found.model_copy(update={"notes": notes}), form)


def _semitones(do: tuple[str, str]) -> int:
    if do[0] == "shift":
        if do[1] not in ("12", "-12", "1", "-1"):
            raise InputError(f"shift: {do[1][:10]!r}; valid is 12, -12, 1 or -1 semitones")
        return int(do[1])
    return {"up": 1, "down": -1}.get(do[0], 0)


def _moved(note: HeardNote, by: int) -> HeardNote:
    return note.model_copy(update={"pitch": min(_HIGHEST, max(_LOWEST, note.pitch + by))})


def _on_grid(found: Transcription, form: Mapping[str, str]) -> Transcription:
    """Key and beats of the notes as they now are, at the tempo that was chosen or tapped."""
    taps, bpm = form.get("taps", ""), form.get("tempo.other") or form.get("tempo", "")
    if taps:
        return read_again(found, Wanted(taps=_numbers("taps", taps)))
    if bpm:
        (value,) = _numbers("tempo", bpm.replace(",", "."))
        return read_again(found, Wanted(tempo_bpm=value))
    return read_again(found, Wanted(tempo_bpm=found.tempo_bpm if found.confirmed else None))


def _numbers(name: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text[:20_000].split(","))
    except ValueError as error:
        raise InputError(f"{name}: {text[:40]!r}; valid is a number") from error


def _bare(found: Transcription) -> Transcription:
    """Without what is only looked at; the tempo that was looked at is the one that is meant."""
    said = {"tempo_from": "stated"} if found.tempo_from == "suggested" else {}
    return found.model_copy(update={"curve": None, "warnings": (), **said})


def _only(found: FileReport, kept: Sequence[str]) -> FileReport:
    """The clip with the features that are ticked, and what belongs to them."""
    ticked = set(kept)
    if not ticked:
        raise InputError("nothing of the clip is left; tick something, or discard it")
    groups = {
        group: {
            name: value for name, value in members.items() if _BELONGS.get(name, name) in ticked
        }
        for group, members in found.features.items()
    }
    return found.model_copy(update={"features": groups})


_BELONGS = {
    "tempo_confidence": "tempo_bpm",
    "key_probabilities": "key",
    "key_mode": "key",
    "time_signature": "metre",
}
"""Feature of a clip → what it is ticked with."""


def features_of(found: FileReport) -> FileReport:
    """Of a clip what it was measured on and as; small enough for a form."""
    groups = {
        group: {name: one for name, one in members.items() if one.value is not None}
        for group, members in found.features.items()
    }
    return FileReport(
        path=found.path,
        outcome=found.outcome,
        audio=found.audio,
        features={group: members for group, members in groups.items() if members},
    )
