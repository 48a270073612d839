"""Reads a licence statement as an SPDX expression, where nothing about it is in doubt.

Ids are those of the SPDX licence list 3.x. Doubt means null: "Creative Commons" without version,
a licence ported to one country, the short name MIT (Debian's copyright format calls it ambiguous),
a second licence or a "not" in the same sentence. The raw text is always kept beside it.
"""

from __future__ import annotations

import re

_DEED = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?)/(\d\.\d)|publicdomain/(zero)/1\.0)"
    r"(/(?!deed|legalcode)[a-z]+)?",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\bCC[ -]?(?:(BY(?:[ -]NC)?(?:[ -](?:ND|SA))?)[ -]?v?(\d\.\d)\b|(0)(?:[ -]1\.0)?\b(?!\.))"
    r"(?!(?-i:[- ][A-Z]{2}\b))",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    r"Creative Commons[:,]?\s+"
    r"(Attribution(?:[ -]Non-?Commercial)?(?:[ -](?:No-?Deriv(?:ative)?s|Share-?Alike))?)"
    r"\s+(?:v(?:ersion)?\s*)?(\d\.\d)",
    re.IGNORECASE,
)
_SPELLED_PARTS = {"attribution": "BY", "noncommercial": "NC", "sharealike": "SA"}
_GNU = re.compile(r"([AL]?GPL|GFDL)-(\d)(?:\.(\d))?(\+?)", re.IGNORECASE)
_VERSIONS = {
    "GPL": ("1.0", "2.0", "3.0"),
    "LGPL": ("2.0", "2.1", "3.0"),
    "AGPL": ("3.0",),
    "GFDL": ("1.1", "1.2", "1.3"),
}
_SHORT = {
    "apache-2.0": "Apache-2.0",
    "artistic-2.0": "Artistic-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "expat": "MIT",
    "free-art-license-1.2": "LAL-1.2",
    "free-art-license-1.3": "LAL-1.3",
    "lal-1.2": "LAL-1.2",
    "lal-1.3": "LAL-1.3",
    "isc": "ISC",
    "mpl-1.1": "MPL-1.1",
    "mpl-2.0": "MPL-2.0",
    "wtfpl": "WTFPL",
    "zlib": "Zlib",
}
_MENTION = re.compile(
    r"creative\s*commons|creativecommons\.org|\bCC[ -](?:BY|0)\b|\bCC0\b|\bCC-BY|"
    r"free[ -]art[ -]licen|artlibre|copyleft|\b[AL]?GPL|\bpublic[ -]domain\b|open audio licen|"
    r"\blicen[sc]ed (?:under|by|to)\b|\ball rights reserved\b",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"\b(?:not|except|unless|formerly|excluding|no longer|public[ -]domain|GFDL|[AL]?GPL\S*|"
    r"free[ -]art|art libre|open audio)\b",
    re.IGNORECASE,
)
_HOLDER = re.compile(r"^(?:copyright\b|\(c\)|©|℗|\(p\)|by\b|[\s:,.–-]|\d{4})*(?=\S)", re.IGNORECASE)


def mentions_licence(text: str) -> bool:
    """Whether free text speaks of a licence or of rights."""
    return _MENTION.search(text) is not None


def spdx_of(statement: str) -> str | None:
    """SPDX expression of a licence statement: a deed's address, a name, or a short name.

    The statement may be a sentence; it must name exactly one licence and hedge nothing.
    """
    short = spdx_of_short_name(statement)
    if short is not None or _DOUBT.search(statement):
        return short
    named = {_creative_commons(match) for match in _DEED.finditer(statement)}
    without_deeds = _DEED.sub(" ", statement)
    named |= {_creative_commons(match) for match in _NAME.finditer(without_deeds)}
    named |= {_spelled(match) for match in _SPELLED.finditer(without_deeds)}
    return named.pop() if len(named) == 1 else None


def spdx_of_short_name(text: str) -> str | None:
    """SPDX expression of a short name as Debian's copyright format 1.0 writes it.

    `A and B` and `A or B` are read; a mixture of both, or an unknown name, is null.
    """
    parts = re.split(r"\s+(and|or)\s+", text.strip(), flags=re.IGNORECASE)
    joints = {part.upper() for part in parts[1::2]}
    names = [_one_short_name(part) for part in parts[0::2]]
    if len(joints) > 1 or any(name is None for name in names):
        return None
    return f" {''.join(joints)} ".join(name for name in names if name)


def holder_of(copyright_line: str) -> str | None:
    """Who claims the right: the line without the sign, the years and the e-mail address."""
    line = copyright_line.strip().splitlines()[0] if copyright_line.strip() else ""
    name = re.sub(r"<[^>]*>|all rights reserved.*", "", _HOLDER.sub("", line), flags=re.IGNORECASE)
    name = name.strip(" .,;:-")
    if name.lower() in ("no-copyright", "public-domain", "public domain"):
        return None
    return name if any(c.isalpha() for c in name) else None


def _one_short_name(name: str) -> str | None:
    key = name.strip().lower()
    if key in _SHORT:
        return _SHORT[key]
    if (match := _NAME.fullmatch(name.strip())) and " " not in name.strip():
        return _creative_commons(match)
    if (match := _GNU.fullmatch(key)) is None:
        return None
    family, version = match[1].upper(), f"{match[2]}.{match[3] or 0}"
    if version not in _VERSIONS[family]:
        return None
    return f"{family}-{version}-{'or-later' if match[4] else 'only'}"


def _creative_commons(match: re.Match[str]) -> str | None:
    elements, version, zero = match[1], match[2], match[3]
    if match.re is _DEED and match[4]:
        return None  # ported to one country: its SPDX id, if there is one, differs by port
    if zero:
        return "CC0-1.0"
    return f"CC-{elements.upper().replace(' ', '-')}-{version}"


def _spelled(match: re.Match[str]) -> str:
    words = re.sub(r"non-?commercial", "noncommercial", match[1].lower())
    words = re.sub(r"share-?alike", "sharealike", words)
    parts = [_SPELLED_PARTS.get(word, "ND") for word in re.split(r"[ -]", words, maxsplit=2)]
    return f"CC-{'-'.join(parts)}-{match[2]}"
