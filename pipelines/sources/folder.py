"""Lists a folder: what is an input, what cannot be one, and what is none of our business.

An input is a file with a suffix that audio is known by (also an empty one: it must end as a
reject, not vanish), and any file with an unknown suffix or none whose first bytes are audio. A
score is one where it lies beside no audio.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.audio.recognise import is_audio
from pipelines.sources.companions import Tree, assemble
from pipelines.sources.listing import FoundFile, KnownFiles, Listing, ListingProblem, Role
from pipelines.sources.pattern import PathPattern
from pipelines.sources.score import is_score
from pipelines.sources.suffixes import AUDIO_SUFFIXES, OTHER_SUFFIXES, SCORE_SUFFIXES
from pipelines.sources.tables import TABLE_NAMES
from schemas.errors import InputError
from schemas.outcomes import RejectReason

__all__ = ["FolderSource", "FoundFile", "Listing", "ListingProblem", "list_folder"]


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder, or a single file, of this machine."""

    path: Path
    pattern: PathPattern | None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def named(self) -> Sequence[str] | None:
        return None

    def list(self, known: KnownFiles) -> Listing:
        return list_folder(self.path, known, self.pattern)


def list_folder(
    folder: Path, known: Container[str] = frozenset(), pattern: PathPattern | None = None
) -> Listing:
    """List the inputs in `folder` and below, or the single file that `folder` names.

    Hidden files and folders (a leading dot) are skipped. Links to folders are not followed, so
    that there are no loops: what they point to inside `folder` is listed where it lies. A link to
    a file is followed when the file lies inside `folder`.

    Parameters
    ----------
    known : container of uris
        Inputs of earlier runs: taken without looking at their first bytes.
    pattern : PathPattern or None
        What paths below `folder` say.

    Raises
    ------
    InputError
        When `folder` does not exist, cannot be read, or is neither a folder nor a file.
    """
    # abspath, not resolve: a folder reached through a link keeps the name the user gave it.
    start = Path(os.path.abspath(folder))  # noqa: PTH100
    if not start.exists():
        raise InputError(f"{_shown(str(start))}: no such folder or file")
    _require_text(str(start))
    if start.is_file():
        return _single(start)
    if not start.is_dir():
        raise InputError(f"{start}: neither a folder nor a file")
    try:
        with os.scandir(start):
            pass
    except OSError as error:
        raise InputError(f"{start}: {error.strerror}; a readable folder is needed") from error
    walk = _Walk(str(start), known)
    walk.run()
    assemble(walk.tree, walk.found, _read, pattern)
    return walk.found


def _single(path: Path) -> Listing:
    """One file, with what lies beside it."""
    walk = _Walk(str(path.parent), {str(path)})
    walk.only = path.name
    for _ in walk.folder(str(path.parent)):
        pass
    info = path.stat()
    role = Role.SCORE if is_score(path.name, path) else Role.AUDIO
    file = FoundFile(str(path), info.st_size, info.st_mtime_ns, str(path), role=role)
    tree = walk.tree
    beside = [score for score in tree.scores if Path(score.uri).stem == path.stem]
    tree.audio, tree.scores = ([file], beside) if role is Role.AUDIO else ([], [file])
    listing = Listing()
    assemble(tree, listing, _read, None)
    return listing


def _read(path: str, size: int) -> bytes:
    with Path(path).open("rb") as stream:
        return stream.read(size)


def _require_text(path: str) -> None:
    if _shown(path) != path:
        raise InputError(f"{_shown(path)}: the name is not valid UTF-8; rename it")


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


class _Walk:
    def __init__(self, start: str, known: Container[str]) -> None:
        self.start = start
        self.real_start = os.path.realpath(start)
        self.known = known
        self.only = ""  # the name of the one file whose companions are wanted
        self.found = Listing()
        self.tree = Tree(start)

    def run(self) -> None:
        waiting = [self.start]
        while waiting:
            waiting.extend(self.folder(waiting.pop()))

    def folder(self, path: str) -> Iterator[str]:
        """Look at what lies in a folder; gives the folders in it."""
        try:
            with os.scandir(path) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._problem(path, f"folder cannot be read: {error.strerror}")
            return
        sidecars: list[os.DirEntry[str]] = []
        stems: set[str] = set()
        for entry in listed:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    yield entry.path
                elif entry.name.endswith(".json"):
                    sidecars.append(entry)
                elif self._wanted(entry) and self._entry(entry):
                    stems.add(entry.name.rpartition(".")[0] or entry.name)
            except OSError as error:
                self._problem(entry.path, f"cannot be read: {error.strerror}")
        self._sidecars(sidecars, stems)

    def _wanted(self, entry: os.DirEntry[str]) -> bool:
        """Of a single file, only itself, its scores and tables are looked at."""
        if not self.only or entry.name == self.only or entry.name in TABLE_NAMES:
            return True
        return _suffix(entry.name) in SCORE_SUFFIXES

    def _sidecars(self, entries: list[os.DirEntry[str]], stems: set[str]) -> None:
        for entry in entries:
            if entry.name.removesuffix(".json") not in stems or not entry.is_file():
                continue
            try:
                info = entry.stat()
            except OSError:
                continue  # whoever reads it says so
            self.tree.sidecars[entry.path] = (info.st_size, info.st_mtime_ns)

    def _entry(self, entry: os.DirEntry[str]) -> bool:
        """Take an entry that is no folder; whether it is an input or a score."""
        suffix = _suffix(entry.name)
        if entry.name in TABLE_NAMES and self._refusal(entry) is None:
            self.tree.tables.append(entry.path)
        if suffix in OTHER_SUFFIXES:
            return False
        score = suffix in SCORE_SUFFIXES
        expected = suffix in AUDIO_SUFFIXES or entry.path in self.known
        refusal = self._refusal(entry)
        if refusal is not None:
            if expected and refusal:
                self._problem(entry.path, refusal)
            return False
        # A Path costs more than all else that is done to a file whose ending is known.
        if score and not is_score(entry.name, Path(entry.path)):
            return False
        if not score and not expected and not is_audio(Path(entry.path)):
            return False
        if _shown(entry.path) != entry.path:
            self._problem(entry.path, "the name is not valid UTF-8; rename the file")
            return False
        info = entry.stat()
        role = Role.SCORE if score else Role.AUDIO
        file = FoundFile(entry.path, info.st_size, info.st_mtime_ns, self.start, role=role)
        (self.tree.scores if score else self.tree.audio).append(file)
        return True

    def _refusal(self, entry: os.DirEntry[str]) -> str | None:
        """Why `entry` is not opened: "" for a link to a folder, None when it may be."""
        if entry.is_file(follow_symlinks=False):
            return None
        if not entry.is_symlink():
            return "not a regular file"
        target = Path(os.path.realpath(entry.path))
        if not target.exists():
            return "a link to a file that does not exist"
        if target.is_dir():
            return ""
        if not target.is_relative_to(self.real_start):
            return f"a link to {_shown(str(target))}, outside the folder: not followed"
        return None if target.is_file() else "not a regular file"

    def _problem(self, path: str, detail: str) -> None:
        shown = _shown(path)
        self.found.problems.append(
            ListingProblem(shown, RejectReason.UNREADABLE, f"{shown}: {detail}")
        )


def _suffix(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{dot}{ending}".lower() if stem else ""
