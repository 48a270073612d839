"""Reading the vocabulary: what is built in (one TOML file a kind) and a person's additions.

    [genre.roots]                 # a term with no parent
    "my scene" = []
    [genre.in.techno]             # a heading names the parent
    "ghettotech" = ["ghetto tech", "~gt"]

A name that begins with ~ counts only as the whole value of a field. `free_text` lists say which
names need a word beside them that settles what is meant, and which are never read from a sentence.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from pathlib import Path
from typing import Any

from schemas.catalogue import TagKind
from schemas.errors import ContractError
from schemas.vocabulary.terms import KINDS, Entry, FreeText, Vocabulary, fold

MAX_BYTES = 1 << 20
_MAX_NAME = 100
_MOST_LISTED = 20
_SECTIONS = ("roots", "in", "free_text")
_READ_IN_TEXT = (TagKind.GENRE, TagKind.INSTRUMENT, TagKind.MOOD)

Names = Mapping[str, Any]


_active: ContextVar[Vocabulary | None] = ContextVar("vocabulary", default=None)


def active() -> Vocabulary:
    """The vocabulary that words are read with here: that of `using`, else the built-in one."""
    return _active.get() or builtin()


@contextmanager
def using(vocabulary: Vocabulary) -> Iterator[Vocabulary]:
    """Read words with `vocabulary` inside the block, in this thread."""
    token = _active.set(vocabulary)
    try:
        yield vocabulary
    finally:
        _active.reset(token)


@cache
def builtin() -> Vocabulary:
    """The vocabulary that wordtone brings."""
    return _made(_builtin_data(), {}, "the built-in vocabulary")


def load(path: str | Path = "") -> Vocabulary:
    """The built-in vocabulary with the additions of the file `path`; "" adds nothing.

    Raises
    ------
    ContractError
        The file cannot be read or is no vocabulary: the message names term and file.
    """
    if not str(path):
        return builtin()
    path = Path(path).expanduser()
    try:
        found = path.stat()
        return _with_additions(str(path), found.st_mtime_ns, found.st_size)
    except OSError as error:
        raise ContractError(f"vocabulary {path}: {error.strerror}") from error


@lru_cache(maxsize=4)
def _with_additions(path: str, _mtime_ns: int, _size: int) -> Vocabulary:
    with Path(path).open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ContractError(f"vocabulary {path}: larger than {MAX_BYTES} bytes")
    try:
        added = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ContractError(f"vocabulary {path}: not valid TOML ({str(error)[:200]})") from error
    return _made(_builtin_data(), added, f"vocabulary {path}")


@cache
def _builtin_data() -> dict[str, Names]:
    folder = resources.files("schemas") / "vocabulary"
    return {
        kind.value: tomllib.loads((folder / f"{kind.value}.toml").read_text(encoding="utf-8"))
        for kind in KINDS
    }


def _made(base: Mapping[str, Names], added: Mapping[str, Any], where: str) -> Vocabulary:
    for kind in added:
        _known(kind, [k.value for k in KINDS], "kind", where)
    entries: dict[TagKind, dict[str, Entry]] = {}
    index: dict[TagKind, dict[str, str]] = {}
    phrases: dict[str, tuple[TagKind, str, FreeText]] = {}
    for kind in KINDS:
        layers = [base[kind.value], *([added[kind.value]] if kind.value in added else [])]
        tables = [_checked_table(layer, kind, where) for layer in layers]
        entries[kind] = _entries(kind, tables)
        _check_parents(entries[kind], where)
        index[kind] = _index(entries[kind], where)
        if kind in _READ_IN_TEXT:
            phrases |= _phrases(entries[kind], tables, phrases, where)
    return Vocabulary(version=_version(base, added), entries=entries, index=index, phrases=phrases)


def _version(base: Mapping[str, Names], added: Mapping[str, Any]) -> str:
    digests = [
        hashlib.blake2b(json.dumps(data, sort_keys=True).encode(), digest_size=4).hexdigest()
        for data in (base, added)
        if data
    ]
    return "+".join(digests)


def _known(name: str, valid: list[str], what: str, where: str) -> None:
    if name not in valid:
        near = difflib.get_close_matches(name, valid, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        listed = ", ".join(valid) if len(valid) <= _MOST_LISTED else f"{len(valid)} names"
        raise ContractError(f"{where}: {what} {name!r}: {hint}valid are {listed}")


def _checked_table(table: Any, kind: TagKind, where: str) -> Names:
    """`table` with every section there and of the right form."""
    if not isinstance(table, dict):
        raise ContractError(f"{where}: {kind} is {type(table).__name__}; valid is a table")
    for section, content in table.items():
        _known(section, list(_SECTIONS), f"section of {kind}", where)
        if not isinstance(content, dict):
            raise ContractError(f"{where}: {kind}.{section} is no table")
    for rule in table.get("free_text", {}):
        _known(rule, [FreeText.SETTLED.value, FreeText.NEVER.value], "free_text list", where)
    groups = [table.get("roots", {}), *table.get("in", {}).values()]
    for group in groups:
        if not isinstance(group, dict):
            raise ContractError(f"{where}: {kind}.in: a parent's entry is no table")
        for name, values in group.items():
            _check_names(name, values, kind, where)
    for rule, names in table.get("free_text", {}).items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ContractError(f"{where}: {kind}.free_text.{rule}: valid is a list of names")
    return {section: table.get(section, {}) for section in _SECTIONS}


def _check_names(name: str, values: Any, kind: TagKind, where: str) -> None:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ContractError(f"{where}: {kind} {name!r}: valid is a list of other names, or []")
    for value in (name, *values):
        if not fold(value) or len(value) > _MAX_NAME:
            raise ContractError(
                f"{where}: {kind} {name!r}: the name {value[:40]!r} is empty or longer than "
                f"{_MAX_NAME} characters"
            )
    if name != " ".join(name.casefold().split()):
        raise ContractError(f"{where}: {kind} {name!r}: a term is lower case, with single spaces")


def _entries(kind: TagKind, tables: list[Names]) -> dict[str, Entry]:
    parents: dict[str, list[str]] = {}
    synonyms: dict[str, list[str]] = {}
    for table in tables:
        for parent, group in [(None, table["roots"]), *table["in"].items()]:
            for term, names in group.items():
                parents.setdefault(term, []).extend([parent] if parent else [])
                synonyms.setdefault(term, []).extend(names)
    return {
        term: Entry(
            term=term,
            kind=kind,
            parents=tuple(dict.fromkeys(parents[term])),
            synonyms=tuple(dict.fromkeys(synonyms[term])),
            code=next(iter(synonyms[term]), None) if kind is TagKind.LANGUAGE else None,
        )
        for term in parents
    }


def _check_parents(entries: Mapping[str, Entry], where: str) -> None:
    for entry in entries.values():
        for parent in entry.parents:
            _known(parent, list(entries), f"parent of {entry.term!r}", where)
    try:
        TopologicalSorter({e.term: e.parents for e in entries.values()}).prepare()
    except CycleError as error:
        raise ContractError(f"{where}: {' → '.join(error.args[1])} is a circle") from error


def _index(entries: Mapping[str, Entry], where: str) -> dict[str, str]:
    index: dict[str, str] = {}
    for entry in entries.values():
        for name in (entry.term, *entry.synonyms):
            holder = index.setdefault(fold(name), entry.term)
            if holder != entry.term:
                raise ContractError(
                    f"{where}: {entry.kind} {name!r} belongs to {holder!r} and to {entry.term!r}"
                )
    return index


def _phrases(
    entries: Mapping[str, Entry], tables: list[Names], taken: Mapping[str, Any], where: str
) -> dict[str, tuple[TagKind, str, FreeText]]:
    """Names that may be read from a sentence; a kind that comes earlier keeps what it has."""
    names = {
        name: entry
        for entry in entries.values()
        for name in (entry.term, *entry.synonyms)
        if not name.startswith("~")
    }
    listed: dict[str, FreeText] = {}
    for table in tables:
        for rule in (FreeText.SETTLED, FreeText.NEVER):
            for name in table["free_text"].get(rule.value, ()):
                _known(name, list(names), f"{rule.value} name", where)
                listed[name] = rule
    return {
        name: (entry.kind, entry.term, rule)
        for name, entry in names.items()
        if name not in taken
        if (rule := listed.get(name, FreeText.ALWAYS)) is not FreeText.NEVER
    }
