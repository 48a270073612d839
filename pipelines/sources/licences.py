"""Reads a licence statement as an SPDX expression, where nothing about it is in doubt.

Every expression is checked and normalised by `pipelines.sources.spdx`. Doubt means null: "Creative
Commons" without version, the short name MIT (Debian's copyright format calls it ambiguous), a
second licence or a "not" in the same sentence, a country that is not known. The raw text is always
kept beside it. Full texts of licences are `licence_texts`' affair.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.sources.spdx import expression

PUBLIC_DOMAIN = "LicenseRef-Public-Domain"
"""Somebody says that nobody has rights, without a deed: SPDX has no id for that."""

RESERVED = "LicenseRef-All-Rights-Reserved"
"""A known statement that grants nothing."""

_ELEMENTS = r"by(?:-nc)?(?:-nd|-sa)?|by-nd-nc"
_DEED = re.compile(
    rf"creativecommons\.org/(?:licenses/({_ELEMENTS})/(\d\.\d)|publicdomain/(zero|mark)/1\.0)"
    r"(?:/(?!deed|legalcode)([a-z]+))?\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\bCC[ -]?(?:(BY(?:[ -]NC)?(?:[ -](?:ND|SA))?)[ -]?v?(\d\.\d)\b|(0)(?:[ -]1\.0)?\b(?!\.))"
    r"(?:(?-i:[- ]([A-Z]{2}|IGO)\b))?",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    r"(Creative Commons[:,]?\s+)?\b"
    r"Attribution((?:[ -]Non-?Commercial)?)"
    r"((?:[ -](?:No[ -]?Deriv(?:ative|s|atives)?(?: Works)?|Share[ -]?Alike))?)"
    r"(?:\s+\(aka [^)]{1,30}\))?"
    r"\s+(?:licen[cs]e,?\s+)?(?:v(?:ersion)?\s*)?(\d\.\d)\b"
    r"(?:\s*[-,(]?\s*(\w[\w&:. ]{0,30}\w)?\)?)?",
    re.IGNORECASE,
)
_GNU = re.compile(r"([AL]?GPL|GFDL)-v?(\d)(?:\.(\d))?(\+|-or-later|-only)?", re.IGNORECASE)
_VERSIONS = {
    "GPL": ("1.0", "2.0", "3.0"),
    "LGPL": ("2.0", "2.1", "3.0"),
    "AGPL": ("3.0",),
    "GFDL": ("1.1", "1.2", "1.3"),
}
_CC_VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
_AMBIGUOUS = frozenset({"mit"})
_OPERATOR = re.compile(r" (?:AND|OR|WITH) ")
_IDENTIFIER = re.compile(r"\s*SPDX-License-Identifier:\s*(.+?)\s*", re.IGNORECASE)
_MENTION = re.compile(
    r"creative\s*commons|creativecommons\.org|\bCC[ -](?:BY|0)\b|\bCC0\b|\bCC-BY|"
    r"free[ -]art[ -]licen|artlibre|copyleft|\b[AL]?GPL|\bpublic[ -]domain\b|open audio licen|"
    r"\blicen[sc]ed (?:under|by|to)\b|\ball rights reserved\b",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"\b(?:not|except|unless|formerly|excluding|no longer|public[ -]domain|GFDL|[AL]?GPL\S*|"
    r"free[ -]art|art libre|open audio|some rights reserved)\b",
    re.IGNORECASE,
)
_IN_PUBLIC_DOMAIN = re.compile(
    r"(?:this|the) (?:work|song|track|music|recording|file|piece) is in the public domain\.?",
    re.IGNORECASE,
)
_RESERVED = re.compile(r"(?P<line>.*?)[\s,.;:-]*\ball rights reserved\b[\s.!]*", re.IGNORECASE)
_COPYRIGHT_LINE = re.compile(r"(?:(?:copyright|\(c\)|©|℗|\(p\))[^\n]{0,150})?", re.IGNORECASE)
_GRANT = re.compile(r"licen[sc]|permi|redistribut|creative|commons|free|domain|CC", re.IGNORECASE)
_HOLDER = re.compile(r"^(?:copyright\b|\(c\)|©|℗|\(p\)|by\b|[\s:,.–-]|\d{4})*(?=\S)", re.IGNORECASE)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("licences.toml").read_text(encoding="utf-8"))


def mentions_licence(text: str) -> bool:
    """Whether free text speaks of a licence or of rights."""
    return _MENTION.search(text) is not None


def spdx_of(statement: str) -> str | None:
    """SPDX expression of a licence statement: a deed's address, a name, or a short name.

    The statement may be a sentence; it must name exactly one licence and hedge nothing. A whole
    SPDX expression, with operators or marked as one, stands for itself.
    """
    statement = statement.strip()
    whole = spdx_of_short_name(statement) or _marked_expression(statement)
    if whole is not None:
        return whole
    if _IN_PUBLIC_DOMAIN.fullmatch(statement):
        return PUBLIC_DOMAIN
    if _is_reserved(statement):
        return RESERVED
    if _DOUBT.search(statement):
        return None
    named = licences_named(statement)
    return expression(named.pop() or "") if len(named) == 1 else None


def _marked_expression(statement: str) -> str | None:
    if marked := _IDENTIFIER.fullmatch(statement):
        return expression(marked[1])
    is_one = _OPERATOR.search(statement) and expression(statement) == statement
    return statement if is_one else None


def licences_named(text: str) -> set[str | None]:
    """Ids of the Creative Commons licences that a text names; None among them is one in doubt."""
    named = {_deed(match) for match in _DEED.finditer(text)}
    without_deeds = _DEED.sub(" ", text)
    named |= {_name(match) for match in _NAME.finditer(without_deeds)}
    named |= {
        _spelled(match)
        for match in _SPELLED.finditer(without_deeds)
        # Without "Creative Commons" the words are a licence only where they are the statement.
        if match[1] or match.start() == 0
    }
    return named


def spdx_of_short_name(text: str) -> str | None:
    """SPDX expression of a short name as Debian's copyright format 1.0 writes it.

    `A and B`, `A or B` and `A with … exception` are read; an unknown name makes all of it null.
    """
    parts = re.split(r"\s+(and|or)\s+", text.strip(), flags=re.IGNORECASE)
    names = [_one_short_name(part) for part in parts[0::2]]
    if len(text) > 1_000 or any(name is None for name in names):
        return None
    joints = [part.upper() for part in parts[1::2]]
    joined = [name for name in names if name]
    for at, joint in enumerate(joints):
        joined.insert(2 * at + 1, joint)
    return expression(" ".join(joined))


def holder_of(copyright_line: str) -> str | None:
    """Who claims the right: the line without the sign, the years and the e-mail address."""
    line = copyright_line.strip().splitlines()[0] if copyright_line.strip() else ""
    name = re.sub(r"<[^>]*>|all rights reserved.*", "", _HOLDER.sub("", line), flags=re.IGNORECASE)
    name = name.strip(" .,;:-")
    if name.lower() in ("no-copyright", "public-domain", "public domain"):
        return None
    return name if any(c.isalpha() for c in name) else None


def _one_short_name(name: str) -> str | None:
    key = " ".join(name.lower().split())
    base, joint, exception = key.partition(" with ")
    if joint:
        licence, added = _one_short_name(base), _table()["exceptions"].get(exception)
        return f"{licence} WITH {added}" if licence and added else None
    short: str | None = _table()["short"].get(key)
    if short is not None:
        return short
    if " " not in key and (match := _NAME.fullmatch(key.upper())):
        return _name(match)
    if match := _GNU.fullmatch(key):
        return _gnu(match)
    if key in _AMBIGUOUS or " " in key:
        return None
    listed = expression(key)  # an id of the list itself, no alias of one
    return listed if listed and listed.lower() == key else None


def _gnu(match: re.Match[str]) -> str | None:
    family, version = match[1].upper(), f"{match[2]}.{match[3] or 0}"
    if version not in _VERSIONS[family]:
        return None
    return f"{family}-{version}-{'or-later' if match[4] in ('+', '-or-later') else 'only'}"


def _deed(match: re.Match[str]) -> str | None:
    elements, version, domain, port = match[1], match[2], match[3], (match[4] or "").upper()
    if domain:
        return "CC0-1.0" if domain.lower() == "zero" else "CC-PDM-1.0"
    return creative_commons(elements, version, port)


def _name(match: re.Match[str]) -> str | None:
    if match[3]:
        return "CC0-1.0"
    return creative_commons(match[1].replace(" ", "-"), match[2], match[4] or "")


def _spelled(match: re.Match[str]) -> str | None:
    elements = "by"
    if match[2]:
        elements += "-nc"
    if match[3]:
        elements += "-sa" if "share" in match[3].lower() else "-nd"
    port = _port(match[5] or "")
    return None if port is None else creative_commons(elements, match[4], port)


def _port(after: str) -> str | None:
    """Code of the country named right after a version, "" for none; None when in doubt."""
    words = " ".join(re.split(r"[.,;]", after.strip())[0].lower().split())
    words = re.sub(r"\s*\b(?:public )?licen[cs]e\b.*", "", words)
    ports: dict[str, str] = _table()["ports"]
    if words in ports:
        return ports[words]
    # A capital after the version may be a country that the table lacks.
    return None if after.strip()[:1].isupper() and words else ""


def creative_commons(elements: str, version: str, port: str = "") -> str | None:
    """Id of a Creative Commons licence; one that the SPDX list lacks is a LicenseRef.

    `port` is the code of a country, "" for none. None where there is no such licence.
    """
    elements = elements.upper()
    if elements == "BY-ND-NC" and version == "1.0":
        elements = "BY-NC-ND"
    plain = f"CC-{elements}-{version}"
    if version not in _CC_VERSIONS or elements == "BY-ND-NC":
        return None
    if not port:
        return expression(plain)
    known = port in _table()["ports"].values()
    if not known or version == "4.0":  # 4.0 has no ports
        return None
    return expression(f"{plain}-{port}") or expression(f"LicenseRef-{plain}-{port}")


def _is_reserved(statement: str) -> bool:
    """Whether all that is said is a copyright line, and that all rights are reserved."""
    match = _RESERVED.fullmatch(" ".join(statement.split()))
    if match is None:
        return False
    line = match["line"].strip()
    return _COPYRIGHT_LINE.fullmatch(line) is not None and not _GRANT.search(line)
