"""Lists a folder: what is an input, what cannot be one, and what is none of our business.

An input is a file with a suffix that audio is known by (also an empty one: it must end as a
reject, not vanish), and any file with an unknown suffix or none whose first bytes are audio.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.audio.recognise import is_audio
from pipelines.sources.suffixes import AUDIO_SUFFIXES, OTHER_SUFFIXES
from schemas.errors import InputError
from schemas.outcomes import RejectReason


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An input. `uri` is its absolute path; `source` the absolute folder (or file) asked for."""

    uri: str
    size: int
    mtime_ns: int
    source: str


@dataclass(frozen=True, slots=True)
class ListingProblem:
    """Something that may hold audio and cannot be listed.

    `uri` is always valid text: bytes of a name that are no UTF-8 are shown as \\xNN.
    """

    uri: str
    reason: RejectReason
    detail: str


@dataclass(slots=True)
class Listing:
    """`files` sorted by uri; `problems` in the order they were met."""

    files: list[FoundFile] = field(default_factory=list)
    problems: list[ListingProblem] = field(default_factory=list)


def list_folder(folder: Path, known: Container[str] = frozenset()) -> Listing:
    """List the inputs in `folder` and below, or the single file that `folder` names.

    Hidden files and folders (a leading dot) are skipped. Links to folders are not followed, so
    that there are no loops: what they point to inside `folder` is listed where it lies. A link to
    a file is followed when the file lies inside `folder`.

    Parameters
    ----------
    known : container of uris
        Inputs of earlier runs: taken without looking at their first bytes.

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
        info = start.stat()
        return Listing([FoundFile(str(start), info.st_size, info.st_mtime_ns, str(start))])
    if not start.is_dir():
        raise InputError(f"{start}: neither a folder nor a file")
    try:
        with os.scandir(start):
            pass
    except OSError as error:
        raise InputError(f"{start}: {error.strerror}; a readable folder is needed") from error
    return _Walk(str(start), known).run()


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
        self.found = Listing()

    def run(self) -> Listing:
        waiting = [self.start]
        while waiting:
            waiting.extend(self._folder(waiting.pop()))
        self.found.files.sort(key=lambda file: file.uri)
        return self.found

    def _folder(self, path: str) -> Iterator[str]:
        try:
            with os.scandir(path) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._problem(path, f"folder cannot be read: {error.strerror}")
            return
        for entry in listed:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    yield entry.path
                else:
                    self._entry(entry)
            except OSError as error:
                self._problem(entry.path, f"cannot be read: {error.strerror}")

    def _entry(self, entry: os.DirEntry[str]) -> None:
        stem, dot, ending = entry.name.rpartition(".")
        suffix = f"{dot}{ending}".lower() if stem else ""
        if suffix in OTHER_SUFFIXES:
            return
        expected = suffix in AUDIO_SUFFIXES or entry.path in self.known
        refusal = self._refusal(entry)
        if refusal is not None:
            if expected and refusal:
                self._problem(entry.path, refusal)
            return
        if not expected and not is_audio(Path(entry.path)):
            return
        if _shown(entry.path) != entry.path:
            self._problem(entry.path, "the name is not valid UTF-8; rename the file")
            return
        info = entry.stat()
        self.found.files.append(FoundFile(entry.path, info.st_size, info.st_mtime_ns, self.start))

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
