"""Files that came in a Debian package: what the package says of them.

A tree that holds usr/share/doc/PACKAGE/copyright is one unpacked package, or a system of many.
The package is known by wordtone-package.json (which `pipelines.sources.debian` writes), by being
the only one in the tree, or by the folder of its own name that the file lies in; where none of
these tells, nothing is said.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from pipelines.sources.copyright import rights_of
from pipelines.sources.fields import Field, Gathered
from pipelines.sources.metadata import Term, normalise, term
from pipelines.sources.terms import read_terms
from schemas.catalogue import TagKind

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")  # Debian Policy 5.6.1
INFO_FILE = "wordtone-package.json"
_DESCRIPTION_WEIGHT = 0.3  # speaks of the whole package, mostly of a game
_LISTED_WEIGHT = 0.5  # what our listing says of a whole package


@dataclass(frozen=True, slots=True)
class Package:
    """The package a file came in: the root of its tree, its name, and what is noted of it."""

    tree: Path
    name: str
    info: dict[str, Any]

    @property
    def copyright_file(self) -> Path:
        return self.tree / "usr" / "share" / "doc" / self.name / "copyright"


def read_package(path: Path, root: Path, gathered: Gathered) -> None:
    """Add what the package of `path` says, when `path` lies in …/usr/share inside `root`."""
    package = find_package(path, root)
    if package is None:
        return
    terms = [term(package.name, TagKind.COLLECTION, "debian:package", _LISTED_WEIGHT)]
    if description := _text(package.info, "description"):
        terms.append(term(description, TagKind.DESCRIPTION, "debian:package", _DESCRIPTION_WEIGHT))
    terms += _listed(package.info)
    gathered.terms += [found for found in terms if found is not None]
    if artist := _text(package.info, "artist"):
        gathered.facts.setdefault(Field.ARTIST, artist)
        gathered.terms.append(
            Term(normalise(artist), TagKind.ARTIST, "debian:listing", artist, _LISTED_WEIGHT)
        )
    gathered.facts.setdefault(Field.ALBUM, package.name)
    rights = rights_of(package.copyright_file, path.relative_to(package.tree))
    if rights is not None:
        gathered.rights.append(rights)


def find_package(path: Path, root: Path) -> Package | None:
    """The package that `path` came in, or None."""
    parts = path.parts
    for at in range(len(parts) - 3, 0, -1):
        if parts[at : at + 2] != ("usr", "share"):
            continue
        tree = Path(*parts[:at])
        if tree.is_relative_to(root):
            info = _info(*_version(tree / INFO_FILE))
            name = _text(info, "package") or _package_name(tree, path.relative_to(tree))
            if name and _NAME.fullmatch(name):
                package = Package(tree, name, info)
                return package if _is_inside(package.copyright_file, root) else None
    return None


def _is_inside(file: Path, root: Path) -> bool:
    # A link in a downloaded tree must not bring a file of this machine into the catalogue.
    return file.is_file() and file.resolve().is_relative_to(root.resolve())


def _version(path: Path) -> tuple[str, int]:
    """Path and modification time: what a cached reading of it is good for."""
    try:
        return str(path), path.stat().st_mtime_ns
    except OSError:
        return str(path), 0


def _package_name(tree: Path, installed: PurePath) -> str | None:
    documented = _documented(*_version(tree / "usr/share/doc"))
    if len(documented) == 1:
        return documented[0]
    own = [f"{part}{end}" for part in installed.parts[:-1] for end in ("", "-data", "-music")]
    named = [name for name in own if name in documented]
    return named[-1] if named else None


@lru_cache(maxsize=64)
def _documented(folder: str, _mtime_ns: int) -> tuple[str, ...]:
    try:
        return tuple(sorted(p.parent.name for p in Path(folder).glob("*/copyright")))
    except OSError:
        return ()


@lru_cache(maxsize=64)
def _info(path: str, _mtime_ns: int) -> dict[str, Any]:
    try:
        content = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _text(info: dict[str, Any], key: str) -> str | None:
    value = info.get(key)
    return value if isinstance(value, str) and value.strip() else None


def _listed(info: dict[str, Any]) -> list[Term]:
    info = {key: value for key, value in info.items() if isinstance(value, list)}
    kinds = {"genre": TagKind.GENRE, "mood": TagKind.MOOD, "instrument": TagKind.INSTRUMENT}
    return [
        found
        for key, kind in kinds.items()
        for value in info.get(key) or ()
        if isinstance(value, str)
        for found in read_terms(value, kind, "debian:listing", weight=_LISTED_WEIGHT)
    ]
