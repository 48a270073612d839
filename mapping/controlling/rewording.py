"""What is only said of something that is there already, in the words that prompts use.

"Remove the vocals" is "no vocals", "higher energy" is "more energy"; "10 BPM faster", "half the
tempo" and "down to 80" are tempi once it is known which tempo they speak of.
"""

from __future__ import annotations

import re
from functools import cache

from mapping.reading.lexicon import lexicon

SLOWEST, FASTEST = 30.0, 300.0

_NUMBER = r"(?P<n>\d{1,3}(?:\.\d{1,2})?)"
_WAY = r"(?P<way>faster|slower|quicker|up|down)"
_BY = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b{_NUMBER}\s*(?P<unit>bpm|%|per\s?cent|percent)\s+{_WAY}\b",
        rf"\b{_WAY}\s+by\s+(?:about\s+)?{_NUMBER}\s*(?P<unit>bpm|%|per\s?cent|percent)?",
    )
)
_TIMES = (
    (re.compile(r"\b(?:twice\s+(?:as\s+fast|the\s+(?:tempo|speed))|double\s+(?:the\s+)?"
                r"(?:tempo|speed)|double\s+time)\b", re.I), 2.0),
    (re.compile(r"\b(?:half\s+(?:as\s+fast|(?:the\s+)?(?:tempo|speed))|twice\s+as\s+slow)\b", re.I),
     0.5),
)  # fmt: skip
_TO = re.compile(
    rf"\b(?:(?:bring|take|drop|raise|lower|push|get|set|change|slow|speed)\s+)?(?:the\s+|it\s+)?"
    rf"(?:tempo|speed|bpm|it|down|up)\s+(?:down\s+|up\s+)?to\s+(?:about\s+)?{_NUMBER}(?:\s*bpm)?\b",
    re.I,
)
_REMOVE = (
    r"\b(?:remove|lose|cut|mute|drop|take\s+out|get\s+rid\s+of|leave\s+out|strip\s+out|kill)\s+"
    r"(?:the\s+|all\s+(?:the\s+)?|any\s+)?"
)
_ADD = r"\b(?:add|bring\s+in|include|put\s+in|give\s+it)\s+(?:some\s+|more\s+|an?\s+|the\s+)?"
_MORE = r"\b(?:higher|raise|increase|boost|turn\s+up|bump\s+up|push)\s+(?:the\s+|its\s+)?"
_LESS = r"\b(?:lower|reduce|decrease|turn\s+down|bring\s+down|drop|cut)\s+(?:the\s+|its\s+)?"


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    things = "|".join(
        re.escape(phrase)
        for phrase in sorted({*lexicon().instruments, *_VOICES}, key=len, reverse=True)
    )
    dimensions = "|".join(
        re.escape(d) for d in sorted(lexicon().dimensions(), key=len, reverse=True)
    )
    return (
        (re.compile(rf"{_REMOVE}(?=(?:{things})\b)", re.I), "no "),
        (re.compile(rf"{_ADD}(?=(?:{things})\b)", re.I), "with "),
        (re.compile(rf"{_MORE}(?=(?:{dimensions})\b)", re.I), "more "),
        (re.compile(rf"{_LESS}(?=(?:{dimensions})\b)", re.I), "less "),
    )


_VOICES = ("vocals", "vocal", "voice", "voices", "singing", "singer")


def reworded(words: str, tempo: float | None) -> str:
    """`words` as a prompt would have them; `tempo` is that of the earlier answer, BPM."""
    said = words
    if tempo is not None:
        for pattern in _BY:
            said = pattern.sub(lambda m: _bpm(_moved(tempo, m)), said)
        for pattern, times in _TIMES:
            said = pattern.sub(_bpm(tempo * times), said)
    said = _TO.sub(lambda m: _bpm(float(m["n"])), said)
    for pattern, instead in _rules():
        said = pattern.sub(instead, said)
    return said


def _moved(tempo: float, m: re.Match[str]) -> float:
    sign = 1 if m["way"].lower() in ("faster", "quicker", "up") else -1
    amount = float(m["n"])
    if m["unit"] and m["unit"].lower() != "bpm":
        return tempo * (1 + sign * amount / 100)
    return tempo + sign * amount


def _bpm(tempo: float) -> str:
    return f"{min(FASTEST, max(SLOWEST, tempo)):.4g} bpm"
