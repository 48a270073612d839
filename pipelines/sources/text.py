"""All that text says of one audio file.

Precedence for title, artist, album and date: the manifest's row, the JSON sidecar, the table of the
folder, the embedded tags, the pattern of the path, the package. Terms and rights of every source
are kept, each under its own source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath

from pipelines.sources.embedded import read_embedded
from pipelines.sources.fields import Field, Gathered
from pipelines.sources.listing import Said
from pipelines.sources.metadata import MAX_TEXT, TextMetadata, clean, one_statement_each
from pipelines.sources.package import read_package
from pipelines.sources.paths import path_terms
from pipelines.sources.pattern import SOURCE as PATTERN
from pipelines.sources.score import ScoreFacts, read_score
from pipelines.sources.score_rights import score_rights
from pipelines.sources.sidecar import read_sidecar
from pipelines.sources.targets import take_said
from schemas.catalogue import Origin
from schemas.rights import RightsLayer


def read_text(path: Path, root: Path, name: str = "", said: Sequence[Said] = ()) -> TextMetadata:
    """Read tags, sidecar, names and package of the audio file `path`.

    Parameters
    ----------
    root : Path
        The folder that was ingested (folders below it are words), or `path` itself.
    name : str
        Of a local copy: the remote's path below its source, read in place of the copy's.
    said : sequence of Said
        What the listing says.

    Nothing in or beside the file raises: what cannot be read is a sentence in `problems`.
    """
    gathered = _said(path, name, said)
    read_embedded(path, gathered)
    _pattern(said, gathered)
    gathered.terms += path_terms(_below(path, root, name))
    if not name:
        read_package(path, root, gathered)
    return _named(gathered.metadata(), path, name)


def read_score_text(
    path: Path, root: Path, name: str = "", said: Sequence[Said] = ()
) -> tuple[TextMetadata, ScoreFacts]:
    """Words of a score that is a track of its own; parameters as of `read_text`.

    All rights are those of a composition: there is no recording.

    Raises
    ------
    AudioError
        When the score cannot be used.
    """
    facts = read_score(path)
    gathered = _said(path, name, said)
    _pattern(said, gathered)
    if facts.title:
        field = "track_name" if facts.format == "midi" else "title"
        gathered.add(Field.TITLE, f"{facts.format}:{field}", [facts.title])
    below = _below(path, root, name)
    gathered.terms += path_terms(below)
    gathered.facts.setdefault(Field.TITLE, clean(PurePath(below.name).stem)[:MAX_TEXT])
    gathered.rights += score_rights(facts, clean(below.name))
    found = _named(gathered.metadata(), path, name)
    rights = tuple(replace(one, layer=RightsLayer.COMPOSITION) for one in found.rights)
    return replace(found, origin=Origin.SCORE, rights=one_statement_each(rights)), facts


def _said(path: Path, name: str, said: Sequence[Said]) -> Gathered:
    gathered = Gathered(clean(PurePath(name or path).name))
    take_said((one for one in said if one.source.startswith("manifest:")), gathered)
    read_sidecar(path, gathered)
    take_said((one for one in said if one.source.startswith("csv:")), gathered)
    return gathered


def _pattern(said: Sequence[Said], gathered: Gathered) -> None:
    take_said((one for one in said if one.source == PATTERN), gathered)


def _named(found: TextMetadata, path: Path, name: str) -> TextMetadata:
    """`found`, its problems speaking of the remote and not of its local copy."""
    if not name:
        return found
    stem = PurePath(name).stem
    return replace(found, problems=tuple(p.replace(path.stem, stem) for p in found.problems))


def _below(path: Path, root: Path, name: str) -> PurePath:
    if name:
        return PurePosixPath(name)
    if path != root and path.is_relative_to(root):
        return path.relative_to(root)
    return PurePath(path.name)
