"""Debian's copyright files: which licence covers which file.

Machine-readable copyright format 1.0 (DEP-5), parsed by debian_inspector: the last Files
paragraph that matches a file decides. Patterns name files of the *source* package, while what is
installed lies elsewhere (data/music/x.ogg becomes usr/share/games/amoebax/music/x.ogg), so a
pattern is held against every tail of the installed path, and may lose leading folders of its own
as long as a name is left to recognise it by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from pipelines.sources.licence_texts import spdx_of_text
from pipelines.sources.licences import holder_of, spdx_of_short_name
from pipelines.sources.metadata import MAX_LICENCE, Rights, clean
from pipelines.sources.suffixes import OTHER_SUFFIXES, SCORE_SUFFIXES
from schemas.rights import RightsLayer

SOURCE = "debian:copyright"
_MAX_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class FilesParagraph:
    """`patterns` of one Files paragraph, its licence's short name and text, and its holders."""

    patterns: tuple[str, ...]
    licence: str
    text: str
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopyrightFile:
    """`paragraphs` is empty when the file is not machine-readable."""

    raw: str
    paragraphs: tuple[FilesParagraph, ...]


def rights_of(copyright_file: Path, installed: PurePath) -> Rights | None:
    """What `copyright_file` says of the file installed as `installed`; None when it is unreadable.

    Where the format is free text, the whole of it (to MAX_LICENCE characters) is the statement; its
    licence is read only from wordings that are known whole.
    """
    try:
        info = copyright_file.stat()
        parsed = _load(str(copyright_file), info.st_mtime_ns, info.st_size)
    except OSError:
        return None
    evidence = clean(str(copyright_file))
    paragraph = covering(parsed.paragraphs, installed)
    if paragraph is None:
        raw = parsed.raw[:MAX_LICENCE]
        spdx = spdx_of_text(parsed.raw, lambda pattern: matches(pattern, installed))
        return Rights(RightsLayer.RECORDING, SOURCE, raw, spdx, None, evidence) if raw else None
    certain = "*" not in paragraph.patterns or _covers_all(parsed.paragraphs)
    return Rights(
        layer=RightsLayer.RECORDING,
        source=SOURCE,
        raw=f"{paragraph.licence}\n{paragraph.text}".strip()[:MAX_LICENCE],
        spdx=_spdx(paragraph) if certain else None,
        holder="; ".join(paragraph.holders) or None,
        evidence=f"{evidence} (Files: {' '.join(paragraph.patterns)[:200]})",
    )


def _spdx(paragraph: FilesParagraph) -> str | None:
    """By the short name, else by a text that is known whole ("License: BSD" and the text below)."""
    by_name = spdx_of_short_name(paragraph.licence)
    one_name = not re.search(r"\s(?:and|or|with)\s", paragraph.licence, re.IGNORECASE)
    return by_name or (spdx_of_text(paragraph.text) if one_name else None)


def covering(paragraphs: tuple[FilesParagraph, ...], installed: PurePath) -> FilesParagraph | None:
    """The last paragraph with a pattern that matches, as the format has it."""
    for paragraph in reversed(paragraphs):
        if any(matches(pattern, installed) for pattern in paragraph.patterns):
            return paragraph
    return None


def matches(pattern: str, installed: PurePath) -> bool:
    """Whether a pattern of the source tree can mean the file installed as `installed`.

    `*` and `?` also match "/", as the format says.
    """
    if pattern == "*":
        return True
    names = pattern.removeprefix("./").split("/")
    tails = ["/".join(installed.parts[at:]) for at in range(len(installed.parts))]
    for at in range(len(names)):
        if not any(c.isalnum() for c in "".join(names[at:])):
            return False
        wild = "/".join(names[at:])
        # What lost its leading folders must still begin with a whole name, not with a wildcard.
        if (at == 0 or names[at][:1].isalnum()) and any(_glob(wild, tail) for tail in tails):
            return True
    return False


def _glob(pattern: str, text: str) -> bool:
    """Match `*`, `?` and `\\`-escapes, going back to the last star only: never exponential."""
    pieces = re.findall(r"\\[*?\\]|.", pattern, re.DOTALL)
    at = here = 0
    star, resume = -1, 0
    while here < len(text):
        piece = pieces[at] if at < len(pieces) else ""
        if piece == "*":
            star, resume = at, here
            at += 1
        elif piece and piece in ("?", text[here], f"\\{text[here]}"):
            at, here = at + 1, here + 1
        elif star >= 0:
            resume += 1
            at, here = star + 1, resume
        else:
            return False
    return all(piece == "*" for piece in pieces[at:])


def _covers_all(paragraphs: tuple[FilesParagraph, ...]) -> bool:
    """Whether `Files: *` is the only paragraph that could mean a piece of audio."""
    patterns = [p for paragraph in paragraphs for p in paragraph.patterns if p != "*"]
    return not any(_may_be_audio(pattern) for pattern in patterns)


def _may_be_audio(pattern: str) -> bool:
    last = PurePath(pattern)
    silent = last.suffix.lower() in OTHER_SUFFIXES | SCORE_SUFFIXES
    return not (pattern.startswith("debian/") or silent)


@lru_cache(maxsize=64)
def _load(path: str, mtime_ns: int, size: int) -> CopyrightFile:
    """Parsed copyright file; the times are part of the key so that a new version is read anew."""
    from debian_inspector.copyright import DebianCopyright, is_machine_readable_copyright

    with Path(path).open("rb") as stream:
        raw = clean(stream.read(_MAX_BYTES).decode("utf-8", "replace"))
    if not is_machine_readable_copyright(raw):
        return CopyrightFile(raw, ())
    try:
        parsed = DebianCopyright.from_text(raw)
    except Exception:  # a malformed file of the format is still a text that can be kept whole
        return CopyrightFile(raw, ())
    texts = {
        p.license.name: p.license.text or ""
        for p in parsed.paragraphs
        if type(p).__name__ == "CopyrightLicenseParagraph" and p.license.name
    }
    return CopyrightFile(
        raw,
        tuple(
            FilesParagraph(
                patterns=tuple(p.files.values),
                licence=p.license.name or "",
                text=p.license.text or _standalone(p.license.name or "", texts),
                holders=_holders(p.copyright.dumps() if p.copyright else ""),
            )
            for p in parsed.paragraphs
            if type(p).__name__ == "CopyrightFilesParagraph"
        ),
    )


def _standalone(name: str, texts: dict[str, str]) -> str:
    """Text of the License paragraphs that a short name, or "A and B", refers to."""
    parts = [name, *re.split(r"\s+(?:and|or)\s+", name)]
    return "\n\n".join(texts[part] for part in dict.fromkeys(parts) if part in texts)


def _holders(copyright_field: str) -> tuple[str, ...]:
    named = (holder_of(line) for line in copyright_field.splitlines() if line.strip())
    return tuple(dict.fromkeys(name for name in named if name))
