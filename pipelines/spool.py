"""A remote input on its way to a worker: fetched into the run's folder, and gone when looked at.

    planned ─▶ local copy ─▶ worker ─▶ planned with the size and version that were found

A thread holds one copy at a time, so there are never more of them than workers. A killed run's are
removed with its folder.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from pipelines.analyse import Analysed, Job
from pipelines.plan import Planned
from pipelines.sources.fetching import Remotes
from pipelines.sources.listing import is_remote
from schemas.errors import AudioError
from schemas.outcomes import Outcome

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


@dataclass(slots=True)
class Spool:
    """Local copies of remotes, in a folder of this run."""

    folder: Path
    remotes: Remotes
    fetched: int = 0
    fetched_bytes: int = 0
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(
        self, planned: Planned, analyse: Callable[[Job], Analysed]
    ) -> tuple[Planned, Analysed]:
        """What became of an input, and the plan with what the remote said of its size."""
        if not is_remote(planned.job.uri):
            return planned, analyse(planned.job)
        with self._stem() as stem:
            try:
                return self._remote(planned, stem, analyse)
            except AudioError as error:
                return planned, Analysed(Outcome.REJECTED, error.reason, error.stage, error.detail)

    def _remote(
        self, planned: Planned, stem: Path, analyse: Callable[[Job], Analysed]
    ) -> tuple[Planned, Analysed]:
        job, seen = planned.job, planned.seen
        target = stem.with_suffix(_suffix(job.uri))
        # Bytes are asked for whole when anything but the bytes themselves is to be looked at.
        whole = job.pending or job.reread or not (job.track_id and job.file_hash)
        found = self.remotes.fetch(job.uri, target, None if whole else planned.version)
        seen = replace(seen, size=found.size, version=found.version)
        if found.mtime_ns:
            seen = replace(seen, mtime_ns=found.mtime_ns)
        if found.same:
            kept = Analysed(Outcome.UNCHANGED, file_hash=job.file_hash, detail="same version")
            return replace(planned, seen=seen), kept
        scores = self._beside(planned, stem)
        self._count(found.size)
        copy = replace(job, path=str(target), scores=scores)
        return replace(planned, seen=seen), analyse(copy)

    def _beside(self, planned: Planned, stem: Path) -> list[dict[str, str]]:
        """Copies of the sidecar and of the scores, named as the worker looks for them."""
        scores = []
        for number, beside in enumerate(planned.beside):
            if not beside.score:
                self.remotes.fetch(beside.uri, stem.with_suffix(".json"))
                continue
            target = stem.with_name(f"{stem.name}-{number}{_suffix(beside.uri)}")
            self.remotes.fetch(beside.uri, target)
            scores.append({"path": str(target), "uri": beside.uri})
        return scores

    @contextmanager
    def _stem(self) -> Iterator[Path]:
        with self._lock:
            self._number += 1
            stem = self.folder / f"spool-{self._number:06d}"
        try:
            yield stem
        finally:
            for path in self.folder.glob(f"{stem.name}*"):
                path.unlink(missing_ok=True)

    def _count(self, size: int) -> None:
        with self._lock:
            self.fetched += 1
            self.fetched_bytes += size


def _suffix(uri: str) -> str:
    suffix = PurePosixPath(uri.partition("?")[0]).suffix
    return suffix if _SUFFIX.fullmatch(suffix) else ".bin"
