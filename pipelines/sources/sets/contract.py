"""What a metadata set must look like, and what becomes of each of its columns.

A set has parts (a table, a kind of document); a `Layout` is the contract of one. Every column that
is known has a `Use`; one that is not in the contract is reported and not read. A value that is
missing is null; one that cannot be read or is out of the source's range is left out, and its row
is partial.

Names of metrics: a value that a set defines as FEATURES does has the feature's name and unit. One
of another definition has a name of its own (`echonest_energy`), and counts as the feature that the
column names in `feature` only once `calibrations` bring it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from pipelines.sources.metadata import Rights, Term
from schemas.catalogue import TagKind
from schemas.outcomes import RejectReason

Values = Mapping[str, Any]
"""Column → value as its file has it: text, number, list or None."""


class Use(StrEnum):
    """What becomes of a column."""

    IDENTIFIER = "identifier"
    METRIC = "metric"
    DURATION = "duration"
    FACT = "fact"
    TERMS = "terms"
    PLAYLIST = "playlist"
    LICENCE = "licence"
    EXTRA = "extra"  # read by the set's own `finish`
    UNUSED = "unused"  # known, and not taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a layout.

    Attributes
    ----------
    to : str
        Scheme of an identifier, name of a metric, fact (title, artist, album, date) or kind of
        term.
    aliases : other spellings of the name
    unit, minimum, maximum : of a number, as the set defines it, before `factor`
    factor : what a number is multiplied by
    unknown : numbers or texts with which the set says that it does not know
    feature : FEATURES name that the metric may be calibrated to; empty where it has that name
    weight : of terms
    placeholder : a fact that gives way to any other (an id in place of a name)
    split : how a value becomes several; None: as the vocabulary splits a field
    """

    name: str
    use: Use
    to: str = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    factor: float = 1.0
    unknown: tuple[float | str, ...] = ()
    feature: str = ""
    weight: float = 1.0
    placeholder: bool = False
    split: Callable[[Any], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class SetLicence:
    """Licence of the metadata itself, by layer; `spdx` is None where none is stated."""

    raw: str
    spdx: str | None
    evidence: str


@dataclass(slots=True)
class Entry:
    """What one row says: of which track, and what.

    Attributes
    ----------
    identifiers : (scheme, value) pairs; the first is the set's own
    facts : title, artist, album, date, duration_s; those in `placeholders` give way to others
    metrics : name → (value, unit)
    paths : endings of the audio's path, as the set publishes it
    problems : what was left out, in sentences; the row is partial when there are any
    """

    identifiers: list[tuple[str, str]]
    facts: dict[str, Any] = field(default_factory=dict)
    placeholders: set[str] = field(default_factory=set)
    metrics: dict[str, tuple[float, str]] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    rights: list[Rights] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


Finish = Callable[[Entry, Values, Any], None]
"""Last touch of a set: what no contract of columns can say. Gets the part's lookups."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The contract of one part of a set.

    Attributes
    ----------
    source : str
        SET:PART, as `metrics.source`; sources of tags and rights begin with it. No source is the
        beginning of another.
    version : int
        Raised when rows must be read anew: it is part of every row's digest.
    key : tuple of str
        Columns that identify a row; the first one identifies its track.
    valid_key : str
        Regular expression that the first column of the key matches whole.
    repeats : bool
        Several rows may speak of one track.
    unused_prefixes : beginnings of columns that are known and not taken
    """

    source: str
    version: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    licence: SetLicence
    valid_key: str = r"[0-9A-Za-z_.:=#,-]{1,64}"
    repeats: bool = False
    unused_prefixes: tuple[str, ...] = ()
    finish: Finish | None = None

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Every spelling → its column."""
        return {name: c for c in self.columns for name in (c.name, *c.aliases)}

    def column(self, name: str) -> Column | None:
        """The column that is spelled `name`."""
        return self.by_name.get(name)


@dataclass(frozen=True, slots=True)
class Record:
    """One row as its file has it. `number` counts rows of data from 1.

    `reason` and `problem` are set when the row cannot be read at all.
    """

    number: int
    values: Values
    reason: RejectReason | None = None
    problem: str = ""


@dataclass(slots=True)
class Part:
    """One file of a set (a folder, for sets of one document a track), ready to be read.

    Attributes
    ----------
    names : columns found, by their own spelling; empty where each row has its own
    total : rows, or an estimate, for the progress bar
    lookups : what `Layout.finish` is given; part of a row's digest as far as `stamp` says
    stamp : values → text that changes when what is looked up for the row does
    label : record → what stands behind "#" in the uri of a reject
    """

    layout: Layout
    uri: str
    records: Callable[[], Iterator[Record]]
    names: tuple[str, ...] = ()
    total: int = 0
    lookups: Any = None
    stamp: Callable[[Values], str] | None = None
    notes: list[str] = field(default_factory=list)


def number(name: str, to: str, unit: str, low: float, high: float, **more: Any) -> Column:
    """A metric."""
    return Column(name=name, use=Use.METRIC, to=to, unit=unit, minimum=low, maximum=high, **more)


def ratio(name: str, to: str = "", **more: Any) -> Column:
    """A metric of 0 … 1."""
    return number(name, to or name, "ratio", 0, 1, **more)


def fact(name: str, to: str, *aliases: str, **more: Any) -> Column:
    """Title, artist, album or date."""
    return Column(name=name, use=Use.FACT, to=to, aliases=aliases, **more)


def terms(name: str, kind: TagKind, *aliases: str, **more: Any) -> Column:
    """Words of one kind."""
    return Column(name=name, use=Use.TERMS, to=kind.value, aliases=aliases, **more)


def unused(*names: str) -> tuple[Column, ...]:
    """Columns that are known and not taken."""
    return tuple(Column(name=name, use=Use.UNUSED) for name in names)
