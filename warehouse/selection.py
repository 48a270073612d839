"""Which tracks are meant: ranges of features and terms, parsed into SQL parameters.

A condition reads NAME OP VALUE, as `energy>=0.6`, or NAME=LOW..HIGH with either end left open, as
`tempo_bpm=120..130`. `key=C minor` stands for pitch class and mode. NAME=VALUE of a continuous
feature means what rounds to VALUE with the digits given: `tempo_bpm=120` is 119.5 to 120.5.
A tag reads KIND=TERM, or TERM of any kind; it takes in what the vocabulary has below the term
(brass: trumpet, too) and knows its other spellings. Names are looked up and quoted; values are
parameters.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.catalogue import TagKind
from schemas.errors import ContractError
from schemas.features import FEATURES, KEY_NAMES, FeatureSpec
from warehouse.sqltext import identifier

_CONDITION = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(<=|>=|==|=|<|>)\s*(.+?)\s*", re.DOTALL)
_KEY = re.compile(r"([A-Ga-g])\s*([#♯b♭]?)\s*(major|minor|maj|min|m)?", re.IGNORECASE)
_KIND = re.compile(r"\s*([A-Za-z_]+)\s*=(.*)", re.DOTALL)
_LONGEST = 200
_WHOLE_UNITS = frozenset({"beats", "sections", "labels", "pitch class", "1 major, 0 minor"})
_DURATION = "duration_s"
_FLATS = {"DB": "C#", "D#": "Eb", "GB": "F#", "G#": "Ab", "A#": "Bb"}


@dataclass(frozen=True, slots=True)
class Range:
    """Values of one column between two ends; an open end is left out itself."""

    name: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A normalised term, of one kind or (None) of any."""

    term: str
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Tracks that lie in every range, have every term of `tags` and none of `not_tags`.

    `given` is what was asked for, as written, for manifests.
    """

    ranges: tuple[Range, ...] = ()
    tags: tuple[Term, ...] = ()
    not_tags: tuple[Term, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        return not (self.ranges or self.tags or self.not_tags)

    def sql(self) -> tuple[str, dict[str, object]]:
        """A SELECT of track_id, one row a track, and its parameters."""
        parameters: dict[str, object] = {}
        conditions = [_range_sql(r, i, parameters) for i, r in enumerate(self.ranges)]
        lines = ["SELECT t.track_id FROM tracks AS t"]
        if any(r.name != _DURATION for r in self.ranges):
            lines.append("JOIN track_features AS f ON f.track_id = t.track_id")
        terms = [(term, "IN") for term in self.tags] + [(term, "NOT IN") for term in self.not_tags]
        conditions += [_term_sql(term, i, word, parameters) for i, (term, word) in enumerate(terms)]
        if conditions:
            lines.append("WHERE " + "\n    AND ".join(conditions))
        return "\n".join(lines), parameters


EVERYTHING = Selection()


def parse_selection(
    where: Iterable[str] = (),
    tags: Iterable[str] = (),
    not_tags: Iterable[str] = (),
    features: Sequence[FeatureSpec] = FEATURES,
) -> Selection:
    """Read conditions and tags as they are written on a command line.

    Raises
    ------
    ContractError
        A condition that does not parse, an unknown feature (with the nearest name), a value that
        is no number or outside the feature's range, ends in the wrong order, an unknown kind.
    """
    where, tags, not_tags = list(where), list(tags), list(not_tags)
    given = [*where, *(f"tag {t}" for t in tags), *(f"not tag {t}" for t in not_tags)]
    return Selection(
        ranges=tuple(r for text in where for r in _ranges(text, features)),
        tags=tuple(_term(text) for text in tags),
        not_tags=tuple(_term(text) for text in not_tags),
        given=tuple(given),
    )


def normalised_term(text: str) -> str:
    """`text` as terms are stored: NFKC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _ranges(text: str, features: Sequence[FeatureSpec]) -> list[Range]:
    match = _CONDITION.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ContractError(
            f"condition {text[:_LONGEST]!r}: valid is NAME OP VALUE, as energy>=0.6, "
            "or NAME=LOW..HIGH, as tempo_bpm=120..130"
        )
    name, operator, value = match.groups()
    if name == "key":
        return _key_ranges(text, operator, value)
    spec = _spec(name, features)
    if operator in ("=", "=="):
        return [_equal(text, name, value, spec)]
    number = _number(text, name, value, spec)
    if operator in ("<", "<="):
        return [Range(name, high=number, high_open=operator == "<")]
    return [Range(name, low=number, low_open=operator == ">")]


def _spec(name: str, features: Sequence[FeatureSpec]) -> FeatureSpec | None:
    if name == _DURATION:
        return None
    scalars = {spec.name: spec for spec in features if spec.size == 1}
    if name in scalars:
        return scalars[name]
    if any(spec.name == name for spec in features):
        raise ContractError(f"{name}: a list of values; a condition needs a single-valued feature")
    valid = [*scalars, _DURATION, "key"]
    near = difflib.get_close_matches(name, valid, 1)
    hint = f"did you mean {near[0]}?" if near else f"valid are {', '.join(valid)}"
    raise ContractError(f"no feature {name!r}; {hint}")


def _equal(text: str, name: str, value: str, spec: FeatureSpec | None) -> Range:
    if ".." in value:
        low_text, _, high_text = value.partition("..")
        ends = [
            _number(text, name, end, spec) if end.strip() else None for end in (low_text, high_text)
        ]
        low, high = ends
        if low is None and high is None:
            raise ContractError(f"condition {text!r}: a range needs one end at least")
        if low is not None and high is not None and low > high:
            raise ContractError(f"condition {text!r}: {low:g} is above {high:g}")
        return Range(name, low, high)
    number = _number(text, name, value, spec)
    if spec is not None and spec.unit in _WHOLE_UNITS:
        return Range(name, number, number)
    digits = len(value.strip().partition(".")[2]) if re.fullmatch(r"-?\d+(\.\d+)?", value) else 0
    half = 0.5 * 10.0**-digits
    return Range(name, number - half, number + half, high_open=True)


def _number(text: str, name: str, value: str, spec: FeatureSpec | None) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ContractError(f"condition {text!r}: {value.strip()!r} is not a number")
    low, high = (0.0, math.inf) if spec is None else (spec.minimum, spec.maximum)
    if not low <= number <= high:
        unit = "s" if spec is None else spec.unit
        raise ContractError(f"condition {text!r}: {name} lies in {low:g} … {high:g} {unit}")
    return number


def _key_ranges(text: str, operator: str, value: str) -> list[Range]:
    match = _KEY.fullmatch(value)
    if match is None or operator not in ("=", "=="):
        raise ContractError(f"condition {text!r}: valid is key=NAME, as key=C minor or key=F#")
    letter, sign, word = match.groups()
    mode = "major" if word == "M" else (word or "").lower()
    name = letter.upper() + {"♯": "#", "♭": "b"}.get(sign, sign)
    name = _FLATS.get(name.upper(), name)
    naturals = {"CB": "B", "B#": "C", "E#": "F", "FB": "E"}
    pitch = KEY_NAMES.index(naturals.get(name.upper(), name))
    found = [Range("key_pitch_class", pitch, pitch)]
    if mode:
        value_of_mode = float(mode in ("major", "maj"))
        found.append(Range("key_mode", value_of_mode, value_of_mode))
    return found


def _term(text: str) -> Term:
    match = _KIND.fullmatch(text)
    kind, term = match.groups() if match else ("", text)
    kinds = [str(k) for k in TagKind]
    kind = kind.lower()
    if kind and kind not in kinds:
        near = difflib.get_close_matches(kind, kinds, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ContractError(f"tag {text!r}: no kind {kind!r}; {hint}valid are {', '.join(kinds)}")
    if not (normal := normalised_term(term)) or "\0" in normal:
        raise ContractError(f"tag {text!r}: valid is TERM or KIND=TERM, as genre=techno")
    return Term(normal, kind or None)


def _range_sql(wanted: Range, index: int, parameters: dict[str, object]) -> str:
    column = ("t." if wanted.name == _DURATION else "f.") + identifier(wanted.name)
    parts = []
    if wanted.low is not None:
        parameters[f"low_{index}"] = wanted.low
        parts.append(f"{column} {'>' if wanted.low_open else '>='} $low_{index}")
    if wanted.high is not None:
        parameters[f"high_{index}"] = wanted.high
        parts.append(f"{column} {'<' if wanted.high_open else '<='} $high_{index}")
    return " AND ".join(parts)


def _term_sql(term: Term, index: int, word: str, parameters: dict[str, object]) -> str:
    parameters[f"term_{index}"] = term.term
    kind = ""
    if term.kind is not None:
        parameters[f"kind_{index}"] = term.kind
        kind = f" AND kind = $kind_{index}"
    # The term itself, and all that the vocabulary has below it, or below the term that it spells.
    below = (
        "SELECT term FROM vocabulary, (SELECT term AS named FROM vocabulary "
        f"WHERE (term = $term_{index} OR list_contains(synonyms, $term_{index})){kind}) "
        f"WHERE list_contains(ancestors, named){kind}"
    )
    tagged = f"SELECT track_id FROM tags WHERE (term = $term_{index} OR term IN ({below})){kind}"
    return f"t.track_id {word} ({tagged})"
