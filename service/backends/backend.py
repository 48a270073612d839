"""What commands need of whoever answers them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from schemas.errors import InputError
from schemas.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from generation.around.keeping import Kept
    from generation.contract import Progress
    from mapping.model import Mapping as Model
    from mapping.reading.wishes import Options
    from pipelines.melody.transcribe import Wanted as MelodyWanted
    from pipelines.review import Comparison, Rating
    from pipelines.reviewing.findings import Findings
    from schemas.answers import ConditioningVector
    from schemas.conditioning import ConditioningRequest
    from schemas.control import Explanation, Refinement
    from schemas.guidance import Guidance
    from schemas.melody import Transcription
    from service.edits import Change
    from service.exporting import Wanted
    from service.generations import Generated, Generating
    from warehouse.sandbox import SafeResult

AsOf = int | datetime | None
"""A snapshot, a moment, or now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Which tracks may be found, as a person wrote it: --where, --tag, --not-tag."""

    where: Sequence[str] = ()
    tags: Sequence[str] = ()
    not_tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """How likeness is weighed: `features` against `text`, within features by `factors`."""

    features: float = 0.6
    text: float = 0.4
    factors: Mapping[str, float] = field(default_factory=dict)
    duplicates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Which page of the catalogue: words in title, artist or album; a term; how many."""

    search: str | None = None
    term: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlLimits:
    """What a statement may take; None is what the sandbox gives."""

    rows: int | None = None
    timeout_s: float | None = None


class Backend(Protocol):
    """Answers commands. Methods raise WordtoneError, as those of `service.operations` do."""

    def condition(
        self, prompt: str, options: Options, model_id: str | None, clip: Path | None = None
    ) -> ConditioningVector: ...

    def guide(self, prompt: str, options: Options, model_id: str | None) -> Guidance: ...

    def explain(self, prompt: str, options: Options, model_id: str | None) -> Explanation: ...

    def refine(
        self,
        vector: ConditioningVector,
        words: str,
        locks: Collection[str],
        model_id: str | None,
    ) -> Refinement: ...

    def answering(self, model_id: str | None) -> Callable[[], Model]:
        """What gives a mapping to each worker of a batch; it can be sent to a process."""
        ...

    def search(self, query: str, picked: Picked, limit: int, as_of: AsOf) -> pa.Table: ...

    def similar(
        self, track_id: str, picked: Picked, alike: Alike, limit: int, as_of: AsOf
    ) -> tuple[pa.Table, Sequence[str]]:
        """Neighbours, and what a person should know about the comparison."""
        ...

    def tracks(self, listed: Listed, as_of: AsOf) -> pa.Table: ...

    def track(self, track_id: str, as_of: AsOf) -> dict[str, Any] | None:
        """Everything known of a track, as `service.detail`; None when there is none."""
        ...

    def query(self, sql: str, rows: int | None, as_of: AsOf) -> pa.Table: ...

    def safe_query(self, sql: str, limits: SqlLimits, as_of: AsOf) -> SafeResult: ...

    def models(self) -> list[dict[str, Any]]:
        """Trained mappings, as `service.report.models.listed`."""
        ...

    def transcribe(self, file: Path, wanted: MelodyWanted) -> Transcription: ...

    def make(
        self, request: ConditioningRequest, how: Generating, progress: Progress
    ) -> Generated: ...

    def edit(self, edited: Edited, how: Generating, progress: Progress) -> Generated: ...

    def blend(self, blended: Blended, how: Generating, progress: Progress) -> Generated: ...

    def generations(self, limit: int) -> list[Kept]: ...

    def generation(self, name: str) -> Kept:
        """The generation of an id, or the "latest"."""
        ...

    def with_files(self, kept: Kept, wanted: Wanted) -> Kept:
        """The same, with what `wanted` needs of it at hand."""
        ...

    def place(self, kept: Kept) -> str:
        """Where a generation is kept, for a person."""
        ...

    def say(self, said: Rating | Comparison) -> bool:
        """Note a listener's word; whether that changed anything."""
        ...

    def unreviewed(self) -> list[Unjudged]:
        """Pieces that nobody has judged, the latest first."""
        ...

    def findings(self) -> Findings: ...


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A piece that nobody has judged; a service does not tell which engine made it."""

    generation_id: str
    prompt: str
    engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """An earlier piece (an id, or "latest"), what is to change, and what draws it."""

    generation: str
    change: Change
    model_id: str | None = None
    seed: int | None = None
    candidates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blended:
    """Two earlier pieces and how far from the first the new one lies, 0 … 1."""

    first: str
    second: str
    share: float
    seed: int | None = None
    candidates: int | None = None


@contextmanager
def opened(settings: Settings) -> Iterator[Backend]:
    """Who answers: the service that --remote names, else this machine's home.

    Raises
    ------
    SettingsError
        When the address cannot be used.
    RemoteError, InputError
        In the block: what went wrong with the service, or what it refused.
    """
    found: AbstractContextManager[Backend]
    if settings.remote:
        from service.backends.remote.backend import connected

        found = connected(settings)
    else:
        from service.backends.local import at_hand

        found = at_hand(settings)
    with found as backend:
        yield backend


def at_home(settings: Settings, what: str) -> None:
    """Raises InputError where a service answers: `what` is done on this machine's home alone."""
    if settings.remote:
        raise InputError(
            f"{what}: works on this machine's home, not with --remote; leave that out, and "
            "WORDTONE_REMOTE unset"
        )
