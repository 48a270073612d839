"""Scores in a worker: one that is an input of its own, and those that lie beside audio.

A score beside audio is no input: it is read with the audio's words, and a broken one costs a
reject under its own uri, never the audio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.audio.hashing import file_hash
from pipelines.sources.metadata import Rights, clean
from pipelines.sources.score import ScoreFacts, read_score
from pipelines.sources.score_rights import score_rights
from schemas.errors import AudioError


def read_beside(
    files: Sequence[Mapping[str, str]],
) -> tuple[list[dict[str, Any]], list[Rights]]:
    """Scores beside audio, as plain values, and what they say of rights.

    Parameters
    ----------
    files : {"path", "uri"} of each score

    Returns
    -------
    scores : {"uri", "source", "format", "file_hash"} of each, or {"uri", "reason", "detail"} of
        one that cannot be used
    """
    scores: list[dict[str, Any]] = []
    rights: list[Rights] = []
    for file in files:
        uri = file["uri"]
        name = clean(PurePosixPath(uri).name)
        try:
            facts = read_score(Path(file["path"]))
            entry = score_entry(uri, f"beside:{name}", facts, file_hash(Path(file["path"])))
        except AudioError as error:
            scores.append({"uri": uri, "reason": error.reason.value, "detail": error.detail})
            continue
        scores.append(entry)
        rights += score_rights(facts, name)
    return scores, rights


def score_entry(uri: str, source: str, facts: ScoreFacts, digest: str) -> dict[str, Any]:
    """A row of `scores` without its track."""
    return {"uri": uri, "source": source, "format": facts.format, "file_hash": digest}
