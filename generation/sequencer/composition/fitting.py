"""A style's form is fitted into a number of bars: which sections stay, and how long each is.

A form is written for two or three minutes. A shorter piece keeps the sections that carry it (the
hook first, then a verse, a close, an opening …), each as long as a listener needs to take it in; a
longer one goes round its middle again. Sections of one label are equally long, in whole cycles of
their harmony where that can be; what is left over goes to intro and outro.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

CONTRASTS = frozenset({"bridge", "break", "solo"})
ENDS = frozenset({"intro", "outro"})

_SHORT_OPENING = 10  # bars; a shorter piece has no time for an intro
_EXCERPT_S = 20.0  # a shorter piece of fewer bars is its hook alone
_ROUND_AGAIN = 1.6  # times its written length from which a form repeats its middle
_TOO_SHORT = 20.0  # price of a section without the bars that it needs
_LONGEST_ROUND = 64  # repeats of the middle at most: an hour of music


@dataclass(frozen=True, slots=True)
class FormPart:
    """A section as a style writes it; `cycle` is the bars after which its harmony comes round,
    `least` the bars without which it makes no sense.
    """

    label: str
    bars: int
    intensity: float
    cycle: int = 4
    least: int = 0


def fit(
    form: Sequence[FormPart], bars: int, bar_s: float, *, ends: bool = True, hook: str = "chorus"
) -> list[FormPart]:
    """The form in exactly `bars` bars of `bar_s` seconds each.

    `ends` False leaves out intro and outro, for music that loops or is cut out of something longer.
    `hook` is the label that the shortest piece consists of.
    """
    kept = [part for part in form if ends or part.label not in ENDS] or list(form)
    if bars < _SHORT_OPENING and bars * bar_s < _EXCERPT_S:
        kept = [next((part for part in kept if _kind(part.label, hook) == "hook"), kept[0])]
    kept = _reduced(kept, bars, bar_s, hook)
    written = sum(part.bars for part in kept)
    if bars > _ROUND_AGAIN * written:
        kept = _rounds(kept, bars)
    return _lengths(kept, bars)


def _kind(label: str, hook: str) -> str:
    if label in {hook, "chorus", "drop"}:
        return "hook"
    if label in CONTRASTS:
        return "contrast"
    return label if label in ENDS or label == "build" else "body"


def _needs(part: FormPart, bar_s: float) -> float:
    """Bars below which a section says nothing."""
    listening = min(8.0, max(3.5, 11.0 / bar_s))
    short = {"intro": 2.0, "outro": 2.0, "build": 3.0, **dict.fromkeys(CONTRASTS, 4.0)}
    return max(part.least, min(short.get(part.label, listening), part.bars))


def _keep_rank(parts: Sequence[FormPart], index: int, hook: str) -> int:
    """How dear a section is; the least goes first."""
    kinds = [_kind(part.label, hook) for part in parts]
    earlier = kinds[:index].count(kinds[index])
    ranks = {
        "hook": (100, 60, 29),
        "body": (80, 35, 27),
        "outro": (55, 55, 55),
        "intro": (50, 50, 50),
        "build": (45, 30, 26),
        "contrast": (28, 20, 19),
    }[kinds[index]]
    return ranks[min(earlier, 2)] * 100 + (99 - index)


def _reduced(form: Sequence[FormPart], bars: int, bar_s: float, hook: str) -> list[FormPart]:
    kept = list(form)
    while len(kept) > 1 and sum(_needs(part, bar_s) for part in kept) > bars:
        kept.pop(min(range(len(kept)), key=lambda i: _keep_rank(kept, i, hook)))
        kept = _sensible(kept, hook)
    return _reopened(form, kept, bars, bar_s)


def _sensible(parts: Sequence[FormPart], hook: str) -> list[FormPart]:
    """Without sections that have lost what they led to: a second chorus straight after the first, a
    build that no hook follows, a break or solo that nothing follows.
    """
    sound: list[FormPart] = []
    for part in reversed(parts):
        after = sound[-1].label if sound else ""
        kind = _kind(part.label, hook)
        lost = (kind == "build" and _kind(after, hook) != "hook") or (
            kind == "contrast" and after in {"", "outro"}
        )
        if not lost and part.label != after:
            sound.append(part)
    return sound[::-1] or list(parts)


def _reopened(
    form: Sequence[FormPart], kept: list[FormPart], bars: int, bar_s: float
) -> list[FormPart]:
    """With the intro or outro again where the bars that were freed leave room for it."""
    for part, at_end in ((form[-1], True), (form[0], False)):
        fits = sum(_needs(p, bar_s) for p in kept) + 2 <= bars
        if part.label in ENDS and part not in kept and fits and bars >= _SHORT_OPENING:
            kept = [*kept, part] if at_end else [part, *kept]
    return kept


def _rounds(form: Sequence[FormPart], bars: int) -> list[FormPart]:
    """The middle as often as fills the length about."""
    opening = [part for part in form[:1] if part.label in ENDS]
    close = [part for part in form[1:][-1:] if part.label in ENDS]
    middle = list(form[len(opening) : len(form) - len(close)]) or list(form)
    outside = sum(part.bars for part in (*opening, *close))
    rounds = round((bars - outside) / sum(part.bars for part in middle))
    return [*opening, *(middle * min(_LONGEST_ROUND, max(1, rounds))), *close]


def _price(part: FormPart, length: int, ideal: float) -> float:
    """What it costs a section to be so long: far from its share, or not in whole phrases."""
    price = 2 * abs(math.log2(length / ideal)) + (_TOO_SHORT if length < part.least else 0)
    if part.label in ENDS:
        return price * 0.5 + (0.3 if length % 2 else 0)
    phrase = part.cycle if length > part.cycle else 4
    if length % phrase == 0 or length % part.cycle == 0:
        return price
    return price + (0.6 if length % 4 == 0 else 2.0 if length % 2 == 0 else 4.0)


def _lengths(form: Sequence[FormPart], bars: int) -> list[FormPart]:
    """Whole bars for every section, the cheapest that sum to `bars`, by dynamic programming."""
    shrink = bars / sum(part.bars for part in form)
    counts = Counter(part.label for part in form)
    firsts = {part.label: part for part in reversed(form)}
    best: dict[int, tuple[float, dict[str, int]]] = {0: (0.0, {})}
    for label, part in firsts.items():
        ideal = max(1.0, part.bars * shrink)
        reach = range(1, max(2, part.least, math.ceil(2.2 * ideal)) + 1)
        step: dict[int, tuple[float, dict[str, int]]] = {}
        for total, (price, chosen) in best.items():
            for length in reach:
                after = total + counts[label] * length
                cost = price + counts[label] * _price(part, length, ideal)
                if after <= bars and (after not in step or cost < step[after][0]):
                    step[after] = (cost, {**chosen, label: length})
        best = step
    if bars in best:
        chosen = best[bars][1]
        return [replace(part, bars=chosen[part.label]) for part in form]
    return _uneven(form, bars, {label: part.bars for label, part in firsts.items()})


def _uneven(form: Sequence[FormPart], bars: int, _written: dict[str, int]) -> list[FormPart]:
    """Where equal lengths cannot sum to `bars`: as even as can be, the rest to the last."""
    form = form[:bars]
    share = bars // len(form)
    parts = [replace(part, bars=share) for part in form]
    return [*parts[:-1], replace(parts[-1], bars=bars - share * (len(parts) - 1))]
