"""The vocabulary for a person: one term with its relations, counts, and what is unknown."""

from __future__ import annotations

from typing import Any

from pipelines.sources.words import is_boilerplate
from schemas.errors import InputError
from schemas.vocabulary import Entry, Vocabulary, builtin
from schemas.vocabulary.terms import KINDS
from warehouse import terms
from warehouse.lake import Lake

_MOST = 40
_MORE = 3


def overview(vocabulary: Vocabulary) -> str:
    """Version and number of terms by kind."""
    lines = [f"vocabulary {vocabulary.version}"]
    for kind, entries in vocabulary.entries.items():
        names = sum(len(entry.synonyms) for entry in entries.values())
        lines.append(f"  {kind:<12}{len(entries):>5} terms, {names:>5} other names")
    return "\n".join(lines)


def looked_up(vocabulary: Vocabulary, text: str) -> str:
    """Every entry that `text` is a name of.

    Raises
    ------
    InputError
        When there is none; names the nearest.
    """
    found = [e for kind in KINDS if (e := vocabulary.find(text, kind)) is not None]
    if not found:
        near = vocabulary.nearest(text)
        hint = f"; the nearest is {near.term!r} ({near.kind})" if near else ""
        raise InputError(f"{text!r} is not in vocabulary {vocabulary.version}{hint}")
    return "\n\n".join(_entry(vocabulary, entry) for entry in found)


def checked(vocabulary: Vocabulary, path: str) -> str:
    """What a file of additions, which has loaded, adds."""
    known = {(entry.kind, entry.term) for entry in builtin()}
    added = [entry for entry in vocabulary if (entry.kind, entry.term) not in known]
    listed = ", ".join(f"{entry.term} ({entry.kind})" for entry in added[:_MOST])
    more = f" and {len(added) - _MOST} more" if len(added) > _MOST else ""
    return (
        f"{path}: sound; version {vocabulary.version}\n"
        f"{len(added)} new terms{': ' if added else ''}{listed}{more}"
    )


def unknown(vocabulary: Vocabulary, lake: Lake, limit: int) -> str:
    """Terms of the catalogue that the vocabulary lacks, with the nearest that it has."""
    kinds = [*(kind.value for kind in KINDS), "other"]
    shares = terms.known_shares(lake, [kind.value for kind in KINDS]).to_pylist()
    lines = [
        f"{row['kind']:<12}{row['known_terms']} of {row['terms']} terms known, "
        f"{row['known_tags']} of {row['tags']} tags"
        for row in shares
    ]
    rows = terms.unknown_terms(lake, kinds, _MORE * limit).to_pylist()
    # What programs write of themselves is kept, and nobody need define it.
    rows = [row for row in rows if not is_boilerplate(row["example"])][:limit]
    if not rows:
        return "\n".join([*lines, "no unknown terms"])
    lines += ["", f"{'tracks':>7}  {'kind':<11} {'unknown term':<32} {'nearest':<24} sources"]
    lines += [_unknown(vocabulary, row) for row in rows]
    return "\n".join(lines)


def _unknown(vocabulary: Vocabulary, row: dict[str, Any]) -> str:
    kind = next((k for k in KINDS if k.value == row["kind"]), None)
    near = vocabulary.nearest(row["term"], kind)
    term = row["term"] if len(row["term"]) <= 32 else f"{row['term'][:31]}…"
    return (
        f"{row['tracks']:>7}  {row['kind']:<11} {term:<32} {near.term if near else '-':<24} "
        f"{', '.join(row['sources'])}"
    )


def _entry(vocabulary: Vocabulary, entry: Entry) -> str:
    lines = [f"{entry.term} ({entry.kind})"]
    for heading, values in (
        ("also", [name.removeprefix("~") for name in entry.synonyms]),
        ("above", vocabulary.ancestors(entry)[1:]),
        ("below", vocabulary.children(entry)),
        ("code", [entry.code] if entry.code else []),
    ):
        if values:
            lines.append(f"  {heading:<6}{', '.join(values)}")
    return "\n".join(lines)
