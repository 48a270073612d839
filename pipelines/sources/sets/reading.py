"""From a record to an entry, as its layout says. The same for all sets."""

from __future__ import annotations

import hashlib
import json
import math
import re
from functools import lru_cache
from typing import Any

from pipelines.sources.licences import spdx_of
from pipelines.sources.metadata import MAX_LICENCE, MAX_TEXT, Rights, Term, clean, one_each, term
from pipelines.sources.sets.contract import Column, Entry, Layout, Part, Record, Use, Values
from pipelines.sources.terms import read_terms
from schemas.catalogue import TagKind
from schemas.rights import RightsLayer

_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none"})
_DATE = re.compile(r"(\d{4})(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?![\d-])")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_FACT_KINDS = {"title": TagKind.TITLE, "artist": TagKind.ARTIST, "album": TagKind.COLLECTION}
_LONGEST_DURATION_S = 24 * 3600
_SEPARATOR = "/"


class Unusable(ValueError):
    """A row that cannot be told which track it speaks of; the message says why."""


def row_key(layout: Layout, values: Values) -> str:
    """What identifies the row in its set: its track, then "/" and the rest, where there is any.

    Raises
    ------
    Unusable
        A column of the key is empty, or the track's identifier is none.
    """
    parts = [_text(_value(layout, values, name)) for name in layout.key]
    if not parts[0]:
        raise Unusable(f"{layout.key[0]} is empty; it says which track the row speaks of")
    if not re.fullmatch(layout.valid_key, parts[0]):
        raise Unusable(
            f"{layout.key[0]}={parts[0][:60]!r} is no identifier; valid is {layout.valid_key}"
        )
    return _SEPARATOR.join(clean(part)[:200] for part in parts)


def entity(layout: Layout, key: str) -> str:
    """The part of a row's key that identifies its track: rows that share it speak of one."""
    return key.partition(_SEPARATOR)[0] if layout.repeats else key


def digest(part: Part, record: Record) -> str:
    """BLAKE2b-128 of a row, of what is looked up for it, and of the version of its layout."""
    values = record.values
    text = json.dumps(
        [part.layout.version, list(values), list(values.values())],
        ensure_ascii=True,
        default=str,
    )
    stamp = part.stamp(values) if part.stamp else ""
    return hashlib.blake2b((text + stamp).encode(), digest_size=16).hexdigest()


def read_entry(part: Part, values: Values) -> Entry:
    """What a row says. What cannot be used is named in `problems`, never raised.

    Raises
    ------
    Unusable
        As `row_key`.
    """
    layout = part.layout
    row_key(layout, values)
    entry = Entry(identifiers=[])
    for name, value in values.items():
        column = layout.column(name)
        if column is not None and not _is_unknown(column, value):
            _READERS[column.use](layout, column, value, entry)
    if layout.finish is not None:
        layout.finish(entry, values, part.lookups)
    _own_first(layout, entry)
    entry.terms = list(one_each(entry.terms))
    entry.rights += _set_rights(layout, entry)
    return entry


def _value(layout: Layout, values: Values, name: str) -> Any:
    if name in values:
        return values[name]
    column = layout.column(name)
    for alias in column.aliases if column else ():
        if alias in values:
            return values[alias]
    return None


def _own_first(layout: Layout, entry: Entry) -> None:
    column = layout.column(layout.key[0])
    own = column.to if column else ""
    entry.identifiers.sort(key=lambda pair: pair[0] != own)


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _is_unknown(column: Column, value: Any) -> bool:
    if isinstance(value, list | dict):
        return not value
    text = _text(value)
    if text.lower() in _MISSING or text in column.unknown:
        return True
    numbers = [u for u in column.unknown if not isinstance(u, str)]
    return bool(numbers) and _as_number(value) in numbers


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _checked(column: Column, value: Any, entry: Entry) -> float | None:
    """The number in the unit kept, or None with the reason in `problems`."""
    found = _as_number(value)
    low, high = column.minimum, column.maximum
    if found is None:
        entry.problems.append(f"{column.name}={_text(value)[:60]!r} is no number")
    elif (
        not math.isfinite(found)
        or (low is not None and found < low)
        or (high is not None and found > high)
    ):
        entry.problems.append(
            f"{column.name}={found:g} is out of range; valid is {low:g} … {high:g}"
        )
    else:
        return found * column.factor
    return None


def _read_identifier(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    entry.identifiers.append((column.to, clean(_text(value))[:200]))


def _read_metric(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    found = _checked(column, value, entry)
    if found is not None:
        entry.metrics[column.to] = (found, column.unit)


def _read_duration(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    text = _text(value)
    if ":" in text:  # "02:48", "1:02:48"
        value = _clock(text)
    found = _checked(column, value if value is not None else text, entry)
    if found is not None and 0 < found <= _LONGEST_DURATION_S:
        entry.facts["duration_s"] = found


def _clock(text: str) -> float | None:
    parts = text.split(":")
    if len(parts) > 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part[:6])
    return float(seconds)


def _read_fact(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    text = "; ".join(column.split(value)) if column.split else _text(value)
    text = clean(text)[:MAX_TEXT]
    source = f"{layout.source}:{column.name}"
    if column.to == "date":
        _read_date(text, source, column, entry)
    elif text:
        entry.facts[column.to] = text
        if column.placeholder:
            entry.placeholders.add(column.to)
            return
        made = term(text, _FACT_KINDS[column.to], source)
        entry.terms += [made] if made else []


def _read_date(text: str, source: str, column: Column, entry: Entry) -> None:
    whole, year = _DATE.match(text), _YEAR.search(text)
    if year is None:
        entry.problems.append(f"{column.name}={text[:60]!r} is no date; valid is YYYY-MM-DD")
        return
    date = whole[0] if whole is not None and whole[1] == year[1] else year[1]
    entry.facts["date"] = date
    entry.terms += _terms(f"{date[:3]}0s", TagKind.ERA, source, 1.0)


def _read_terms(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    kind, source = TagKind(column.to), f"{layout.source}:{column.name}"
    for text in column.split(value) if column.split else [_text(value)]:
        if text.strip().lower() not in _MISSING:
            entry.terms += _terms(text[:MAX_TEXT], kind, source, column.weight)


def _read_playlist(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    made = term(_text(value)[:MAX_TEXT], TagKind.COLLECTION, f"{layout.source}:playlist")
    entry.terms += [made] if made else []


def _read_licence(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    raw = clean(_text(value))[:MAX_LICENCE]
    if raw:
        source = f"{layout.source}:{column.name}"
        entry.rights.append(
            Rights(RightsLayer.RECORDING, source, raw, _spdx(raw), None, f"column {column.name}")
        )


def _nothing(layout: Layout, column: Column, value: Any, entry: Entry) -> None:
    """Known, and not taken here."""


_READERS = {
    Use.IDENTIFIER: _read_identifier,
    Use.METRIC: _read_metric,
    Use.DURATION: _read_duration,
    Use.FACT: _read_fact,
    Use.TERMS: _read_terms,
    Use.PLAYLIST: _read_playlist,
    Use.LICENCE: _read_licence,
    Use.EXTRA: _nothing,
    Use.UNUSED: _nothing,
}


@lru_cache(maxsize=100_000)
def _terms(text: str, kind: TagKind, source: str, weight: float) -> tuple[Term, ...]:
    return tuple(read_terms(text, kind, source, weight=weight))


def words(text: str, kind: TagKind, source: str, weight: float = 1.0) -> tuple[Term, ...]:
    """Terms of one field, for a set's own `finish`."""
    return _terms(text[:MAX_TEXT], kind, source, weight)


_spdx = lru_cache(maxsize=10_000)(spdx_of)


def _set_rights(layout: Layout, entry: Entry) -> list[Rights]:
    """Whose the metadata is: numbers are of layer features, words of layer text."""
    licence = layout.licence
    layers = [RightsLayer.FEATURES] * bool(entry.metrics) + [RightsLayer.TEXT] * bool(entry.terms)
    return [
        Rights(layer, layout.source, licence.raw, licence.spdx, None, licence.evidence)
        for layer in layers
    ]
