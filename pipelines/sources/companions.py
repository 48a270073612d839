"""What lies beside the audio of a tree: JSON sidecars, scores, tables; and what paths say.

Folders and object stores list their trees each in its own way and hand over here what they met.
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipelines.sources.listing import Beside, FoundFile, Listing, Said
from pipelines.sources.pattern import PathPattern
from pipelines.sources.tables import MAX_BYTES, read_table

_NOTES = "notes"  # notes.mid, as rhythm games call the one score of a folder
_SONG = "song"


@dataclass(slots=True)
class Tree:
    """What one source holds, by uri. `root` is its uri; folders end at "/" in every uri."""

    root: str
    audio: list[FoundFile] = field(default_factory=list)
    scores: list[FoundFile] = field(default_factory=list)
    sidecars: dict[str, tuple[int, int]] = field(default_factory=dict)  # → size, mtime_ns
    tables: list[str] = field(default_factory=list)


def assemble(
    tree: Tree, listing: Listing, read: Callable[[str, int], bytes], pattern: PathPattern | None
) -> None:
    """Add the files of `tree` to `listing`, each with what lies beside it, sorted by uri.

    Parameters
    ----------
    read : gives the first bytes of a file, at most so many; OSError when it cannot be read
    """
    owners = _owners(tree)
    own = [score for score in tree.scores if score.uri not in owners]
    beside = _beside(tree, own, owners)
    files = sorted([*tree.audio, *own], key=lambda file: file.uri)
    said = _tables(tree, files, listing, read)
    if pattern is not None:
        _paths(tree, files, said, listing, pattern)
    listing.files += [
        dataclasses.replace(
            file, said=tuple(said.get(file.uri, ())), beside=tuple(beside.get(file.uri, ()))
        )
        if file.uri in said or file.uri in beside
        else file
        for file in files
    ]


def _owners(tree: Tree) -> dict[str, str]:
    """Score → the audio it belongs to: of the same stem, or the song of its folder."""
    if not tree.scores:
        return {}
    audio = {_stem(file.uri): file.uri for file in tree.audio}
    by_folder: dict[str, list[str]] = {}
    scores: dict[str, int] = {}
    for file in tree.audio:
        by_folder.setdefault(posixpath.dirname(file.uri), []).append(file.uri)
    for score in tree.scores:
        folder = posixpath.dirname(score.uri)
        scores[folder] = scores.get(folder, 0) + 1
    owners = {}
    for score in tree.scores:
        stem, folder = _stem(score.uri), posixpath.dirname(score.uri)
        owner = audio.get(stem)
        if owner is None and scores[folder] == 1 and posixpath.basename(stem).lower() == _NOTES:
            songs = by_folder.get(folder, [])
            named = [uri for uri in songs if posixpath.basename(_stem(uri)).lower() == _SONG]
            owner = songs[0] if len(songs) == 1 else named[0] if len(named) == 1 else None
        if owner is not None:
            owners[score.uri] = owner
    return owners


def _beside(
    tree: Tree, own: Iterable[FoundFile], owners: dict[str, str]
) -> dict[str, list[Beside]]:
    found: dict[str, list[Beside]] = {}
    if tree.sidecars:
        for file in (*tree.audio, *own):
            uri = f"{_stem(file.uri)}.json"
            if (facts := tree.sidecars.get(uri)) is not None:
                found[file.uri] = [Beside(uri, *facts)]
    for score in sorted(tree.scores, key=lambda score: score.uri):
        if (owner := owners.get(score.uri)) is not None:
            beside = Beside(score.uri, score.size, score.mtime_ns, score=True)
            found.setdefault(owner, []).append(beside)
    return found


def _tables(
    tree: Tree,
    files: Iterable[FoundFile],
    listing: Listing,
    read: Callable[[str, int], bytes],
) -> dict[str, list[Said]]:
    said: dict[str, list[Said]] = {}
    if not tree.tables:
        return said
    uris = {file.uri for file in files}
    # The table nearest to a file speaks first.
    for uri in sorted(tree.tables, key=lambda uri: (-uri.count("/"), uri)):
        try:
            table = read_table(uri, read(uri, MAX_BYTES + 1))
        except OSError as error:
            listing.notes.append(f"{uri}: cannot be read: {error.strerror or error}")
            continue
        listing.notes += table.notes
        folder = posixpath.dirname(uri)
        absent = 0
        for name, fields in table.said.items():
            if (file := f"{folder}/{name}") in uris:
                said.setdefault(file, []).extend(fields)
            else:
                absent += 1
        if absent:
            listing.notes.append(f"{uri}: {absent} rows name files that are not inputs here")
    return said


def _paths(
    tree: Tree,
    files: list[FoundFile],
    said: dict[str, list[Said]],
    listing: Listing,
    pattern: PathPattern,
) -> None:
    start = tree.root.rstrip("/") + "/"
    missed: list[str] = []
    for file in files:
        found = pattern.match(file.uri.removeprefix(start))
        if found is None:
            missed.append(file.uri)
        elif found:
            said.setdefault(file.uri, []).extend(found)
    if missed:
        listing.notes.append(
            f"{len(missed)} of {len(files)} files do not match {pattern.text!r}, "
            f"such as {missed[0]}"
        )


def _stem(uri: str) -> str:
    folder, slash, name = uri.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return f"{folder}{slash}{stem}" if dot and stem else uri
