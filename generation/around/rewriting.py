"""A request as the text that an engine reads, in the phrasing that its authors use.

The prompt stays what it is, but tempo and key are taken out of it and said once, from the request:
a vector that was refined may say otherwise than the words that it began with. What is said of
which part of the request is recorded, so that nothing counts as conveyed that is not in the text.

    tags      house, synth, uplifting, instrumental, 124 BPM, C minor
    library   TrackType: Music, VocalType: Instrumental. House, synth, uplifting, 124 BPM
    metadata  An uplifting track. genre: house. bpm: 124. key: C minor. instrument: synth
    control   An uplifting track. The beat counts to 4. The bpm is 124. The key of this song is …
    caption   house, synth, uplifting: as tags, where tempo, key and metre go elsewhere

`tags` is how Stable Audio Open's model card writes, `library` Stable Audio 3's prompting guide,
`metadata` what audiocraft trained MusicGen and JASCO on (data/music_dataset.py, descriptions
merged with metadata), `control` the sentences of MusicBench that Mustango was trained on, and
`caption` ACE-Step 1.5's guide and MusicCoCa's prompts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from generation.around import asking
from generation.around.words import listed, moods
from schemas.conditioning import ConditioningRequest
from schemas.styles import find_styles, style

Phrasing = Literal["tags", "library", "metadata", "control", "caption"]

_TEMPO = re.compile(
    r"[\s,;]*(?:\b(?:at|around|about|@)\s*)?\b(?:\d{2,3}\s*(?:[-–]|to)\s*)?\d{2,3}(?:[.,]\d+)?\s*-?"
    r"(?:bpm\b|beats\s+(?:per|a)\s+minute\b)",
    re.IGNORECASE,
)
_TONIC = r"[A-G](?:[#♯b♭]|[\s-](?:sharp|flat))?"
_KEY = re.compile(
    rf"[\s,;]*(?:\b[Ii]n\s+(?:the\s+key\s+of\s+)?)?\b{_TONIC}[\s-]?(?:major|minor)\b"
    rf"|[\s,;]*\b[Ii]n\s+{_TONIC}m?\b"
    r"|[\s,;]*\b[A-G][#♯b♭]m\b"
)

VOICE = ("instrumentalness", "vocal_presence", "speechiness")
"""Features that whoever asks for a voice, or for none, has asked for."""

_MOST_CHORDS = 20
"""Mustango's own tokenizer takes 20 (models.py, chord_len)."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """`said` names the features and parts of the request (`asking.parts`) that the text conveys;
    `negative` is what should be absent, for engines that take it apart."""

    text: str
    negative: str
    said: frozenset[str]


@dataclass(slots=True)
class _Pieces:
    """The request in words, piece by piece."""

    prompt: str
    styles: list[str] = field(default_factory=list)
    instruments: list[str] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    form: str = ""
    vocals: str = ""
    feel: str = ""
    metre: str = ""
    tempo: str = ""
    key: str = ""
    chords: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)


def rewrite(
    request: ConditioningRequest,
    phrasing: Phrasing,
    *,
    negative: bool = False,
    elsewhere: frozenset[str] = frozenset(),
) -> Rewritten:
    """The request as text.

    Parameters
    ----------
    negative : whether the engine takes what should be absent as a text of its own; otherwise
        "no guitar" is said in the text
    elsewhere : names of features and parts that the engine takes by other means: they are left
        out of the text, and taken out of the prompt
    """
    pieces = _pieces(request, elsewhere, phrasing)
    apart = ", ".join(pieces.absent) if negative else ""
    if not negative:
        said = pieces.prompt.lower()
        without = (f"no {thing}" for thing in pieces.absent)
        pieces.effects += [words for words in without if words not in said]
    return Rewritten(_PHRASES[phrasing](pieces), apart, frozenset(pieces.said))


def _pieces(request: ConditioningRequest, elsewhere: frozenset[str], phrasing: Phrasing) -> _Pieces:
    found = _Pieces(_cleared(asking.text(request), request))
    _things(found, request)
    _numbers(found, request, phrasing)
    for name, words in moods(request).items():
        if name not in elsewhere:
            found.moods.append(words)
            found.said.add(name)
    for name, attribute in (("tempo_bpm", "tempo"), ("key", "key"), ("time_signature", "metre"),
                            ("vocals", "vocals"), ("sections", "form")):  # fmt: skip
        if name in elsewhere:
            setattr(found, attribute, "")
    return found


def _cleared(prompt: str, request: ConditioningRequest) -> str:
    """The prompt on one line, without the tempo and key that the request states itself."""
    text = " ".join("".join(c if c.isprintable() else " " for c in prompt).split())
    if asking.tempo(request) is not None:
        text = _TEMPO.sub("", text)
    if asking.key(request) is not None:
        text = _KEY.sub("", text)
    return re.sub(r"\s+([,.;])", r"\1", text).strip(" ,;")


def _things(found: _Pieces, request: ConditioningRequest) -> None:
    """Styles, instruments, effects, form and voice; what the prompt names is not said twice."""
    there = {mention.style.id for mention in find_styles(found.prompt)}
    found.styles = [style(s.id).name for s in request.styles if s.id not in there]
    prompt = found.prompt.lower()
    for one in request.instruments:
        word = one.id.replace("_", " ")
        if one.presence == "absent":
            found.absent.append(word)
        elif word not in prompt:
            found.instruments.append(f"prominent {word}" if one.presence == "prominent" else word)
    for effect in request.effects:
        word = effect.id.replace("_", " ")
        if effect.presence == "absent":
            found.absent.append(word)
        elif word not in prompt:
            grade = f"{effect.presence} " if effect.presence in ("light", "heavy") else ""
            found.effects.append(grade + word)
    found.form = _form(request, prompt)
    found.vocals = _voice(request)
    found.feel = f"{request.feel} feel" if request.feel else ""
    spoken = ("styles", "instruments", "effects", "sections", "vocals", "feel")
    found.said.update(name for name in asking.parts(request) if name in spoken)
    if request.vocals.mode != "open":
        found.said.update(VOICE)


def _numbers(found: _Pieces, request: ConditioningRequest, phrasing: Phrasing) -> None:
    bpm, key = asking.tempo(request), asking.key(request)
    if bpm is not None:
        found.tempo = f"{bpm:.0f}"
        found.said.add("tempo_bpm")
    if key is not None:
        found.key = key.words
        found.said.add("key")
        found.said.add("key_mode")
    if request.time_signature:
        found.metre = request.time_signature
        found.said.add("time_signature")
    if phrasing == "control" and request.chords:
        found.chords = [c.symbol for c in request.chords if c.symbol != "N"][:_MOST_CHORDS]
        found.said.add("chords")


def _form(request: ConditioningRequest, prompt: str) -> str:
    """As in "intro, verse, chorus with guitar solo"; "" where the prompt names all of it."""
    labels = [section.label for section in request.sections]
    happens = [event.name for section in request.sections for event in section.events]
    if all(word.lower() in prompt for word in (*labels, *happens)):
        return ""
    named = []
    for section in request.sections:
        events = [event.name for event in section.events]
        named.append(f"{section.label} with {listed(events)}" if events else section.label)
    return ", ".join(named)


def _voice(request: ConditioningRequest) -> str:
    vocals = request.vocals
    if vocals.mode == "off":
        return "instrumental"
    if vocals.mode == "open":
        return ""
    kind = "spoken word" if vocals.mode == "spoken" else "vocals"
    voice = f"{vocals.voice} {kind}" if vocals.voice else kind
    return f"{voice} in {vocals.language}" if vocals.language else voice


def _described(p: _Pieces, voice: str) -> list[str]:
    """All but the numbers; `voice` stands where the voice is told of."""
    parts = [p.prompt, *p.styles, *p.instruments, *p.moods, *p.effects, p.form, voice, p.feel]
    return [part for part in parts if part]


def _numbered(p: _Pieces) -> list[str]:
    metre = f"{p.metre} time" if p.metre else ""
    tempo = f"{p.tempo} BPM" if p.tempo else ""
    return [part for part in (metre, tempo, p.key) if part]


def _tags(p: _Pieces) -> str:
    return ", ".join([*_described(p, p.vocals), *_numbered(p)])


def _library(p: _Pieces) -> str:
    instrumental = p.vocals == "instrumental"
    head = "TrackType: Music, VocalType: Instrumental" if instrumental else "TrackType: Music"
    rest = [*_described(p, "" if instrumental else p.vocals), *_numbered(p)]
    return f"{head}. {', '.join(rest)}"


def _metadata(p: _Pieces) -> str:
    voice = "no vocals" if p.vocals == "instrumental" else p.vocals
    voice = "" if voice in p.prompt.lower() else voice
    metre = f"{p.metre} time" if p.metre else ""
    said = ", ".join(x for x in (p.prompt, voice, *p.effects, p.form, p.feel, metre) if x)
    fields = {
        "genre": ", ".join(p.styles),
        "moods": ", ".join(p.moods),
        "instrument": ", ".join(p.instruments),
        "bpm": p.tempo,
        "key": p.key,
    }
    pairs = [f"{name}: {value}" for name, value in fields.items() if value]
    return ". ".join(x for x in (said.rstrip("."), *pairs) if x)


def _control(p: _Pieces) -> str:
    chords = ", ".join(p.chords)
    sentences = (
        ", ".join(_described(p, p.vocals)).rstrip("."),
        f"The chord progression in this song is {chords}" if chords else "",
        f"The beat counts to {p.metre.split('/')[0]}" if p.metre else "",
        f"The bpm is {p.tempo}" if p.tempo else "",
        f"The key of this song is {p.key}" if p.key else "",
    )
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


_PHRASES: dict[Phrasing, Callable[[_Pieces], str]] = {
    "tags": _tags,
    "library": _library,
    "metadata": _metadata,
    "control": _control,
    "caption": _tags,
}
