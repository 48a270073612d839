"""This machine's home answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.settings import Settings
from service import compose, operations
from service.backends.backend import (
    Alike,
    AsOf,
    Blended,
    Edited,
    Listed,
    Picked,
    SqlLimits,
    Unjudged,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from generation.around.keeping import Kept
    from generation.contract import Progress
    from mapping.model import Mapping
    from mapping.reading.wishes import Options
    from pipelines.melody.transcribe import Wanted as MelodyWanted
    from pipelines.review import Comparison, Rating
    from pipelines.reviewing.findings import Findings
    from schemas.answers import ConditioningVector
    from schemas.conditioning import ConditioningRequest
    from schemas.control import Explanation, Refinement
    from schemas.guidance import Guidance
    from schemas.melody import Transcription
    from service.exporting import Wanted
    from service.generations import Generated, Generating
    from warehouse.sandbox import SafeResult
    from warehouse.selection import Selection


@contextmanager
def at_hand(settings: Settings) -> Iterator[Local]:
    """The home of `settings`. What it opens, it closes at once: there is nothing to keep."""
    yield Local(settings)


class Local:
    """See `Backend`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def condition(
        self, prompt: str, options: Options, model_id: str | None, clip: Path | None = None
    ) -> ConditioningVector:
        return operations.condition(self._settings, prompt, options, model_id, clip)

    def guide(self, prompt: str, options: Options, model_id: str | None) -> Guidance:
        return operations.guide(self._settings, prompt, options, model_id)

    def explain(self, prompt: str, options: Options, model_id: str | None) -> Explanation:
        return operations.explain(self._settings, prompt, options, model_id)

    def refine(
        self,
        vector: ConditioningVector,
        words: str,
        locks: Collection[str],
        model_id: str | None,
    ) -> Refinement:
        return operations.refine(self._settings, vector, words, locks, model_id)

    def answering(self, model_id: str | None) -> Callable[[], Mapping]:
        return partial(compose.load_mapping, self._settings, model_id)

    def search(self, query: str, picked: Picked, limit: int, as_of: AsOf) -> pa.Table:
        from warehouse.search import hits_table, search

        wanted = _selection(picked)
        with compose.open_lake(self._settings, as_of) as lake:
            indexes = compose.open_index(self._settings, lake, frozenset({"text", "words"}))
            return hits_table(lake, search(lake, indexes, query, wanted, limit))

    def similar(
        self, track_id: str, picked: Picked, alike: Alike, limit: int, as_of: AsOf
    ) -> tuple[pa.Table, Sequence[str]]:
        from warehouse.similar import Wish, neighbours_table, similar

        wish = Wish(
            features=alike.features,
            text=alike.text,
            factors=alike.factors,
            selection=_selection(picked),
            limit=limit,
            duplicates=alike.duplicates,
        )
        with compose.open_lake(self._settings, as_of) as lake:
            indexes = compose.open_index(self._settings, lake, frozenset({"words", "features"}))
            found = similar(lake, indexes, track_id, wish)
            return neighbours_table(lake, found.neighbours), found.notes

    def tracks(self, listed: Listed, as_of: AsOf) -> pa.Table:
        from warehouse import queries

        term = None if listed.term is None else listed.term.casefold()
        where = queries.TrackFilter(text=listed.search, term=term)
        with compose.open_lake(self._settings, as_of) as lake:
            return queries.tracks(lake, limit=listed.limit, where=where)

    def track(self, track_id: str, as_of: AsOf) -> dict[str, Any] | None:
        from service.detail import track_detail

        with compose.open_lake(self._settings, as_of) as lake:
            return track_detail(lake, track_id)

    def query(self, sql: str, rows: int | None, as_of: AsOf) -> pa.Table:
        from warehouse.index.resolved import build_resolved
        from warehouse.user_query import run_query

        with compose.open_lake(self._settings, as_of) as lake:
            if "track_features" in sql.lower():
                build_resolved(self._settings.home_path / "index", lake, _told)
            return run_query(lake, sql, rows)

    def safe_query(self, sql: str, limits: SqlLimits, as_of: AsOf) -> SafeResult:
        from warehouse.location import Location
        from warehouse.sandbox import SafeLimits, run_safe

        named = {"wall_s": limits.timeout_s, "rows": limits.rows}
        safe = SafeLimits(**{k: v for k, v in named.items() if v is not None})  # type: ignore[arg-type]  # by name
        index = self._settings.home_path / "index"
        return run_safe(Location.from_settings(self._settings), sql, safe, as_of, index)

    def models(self) -> list[dict[str, Any]]:
        from pipelines.registry.ledger import read_ledger
        from pipelines.registry.promotion import mend
        from service.report.models import listed

        ledger = read_ledger(self._settings)
        if mend(self._settings, ledger):
            _told("note: services were told again which model is in use")
        return listed(ledger)

    def transcribe(self, file: Path, wanted: MelodyWanted) -> Transcription:
        from pipelines.melody.transcribe import transcribe_melody

        return transcribe_melody(self._settings, file, wanted)

    def make(self, request: ConditioningRequest, how: Generating, progress: Progress) -> Generated:
        return operations.generate(self._settings, request, how, progress)

    def edit(self, edited: Edited, how: Generating, progress: Progress) -> Generated:
        from service import edits

        kept = self.generation(edited.generation)
        request = edits.edited(self._settings, kept, edited.change, edited.model_id)
        return self.make(_drawn(request, edited), how, progress)

    def blend(self, blended: Blended, how: Generating, progress: Progress) -> Generated:
        from service import edits

        first, second = self.generation(blended.first), self.generation(blended.second)
        request, between = edits.blended(first, second, blended.share)
        return self.make(_drawn(request, blended), replace(how, other=between), progress)

    def generations(self, limit: int) -> list[Kept]:
        from service.generations import generations

        return generations(self._settings, limit)

    def generation(self, name: str) -> Kept:
        from service.generations import generation

        return generation(self._settings, name)

    def with_files(self, kept: Kept, wanted: Wanted) -> Kept:
        return kept

    def place(self, kept: Kept) -> str:
        return str(kept.folder)

    def say(self, said: Rating | Comparison) -> bool:
        from service import reviews

        return reviews.record(self._settings, [said]) > 0

    def unreviewed(self) -> list[Unjudged]:
        from service import reviews

        pieces = reviews.unreviewed(self._settings)
        return [Unjudged(p.generation_id, p.prompt, p.engine) for p in pieces]

    def findings(self) -> Findings:
        from service import reviews

        return reviews.findings(self._settings)


def _selection(picked: Picked) -> Selection:
    from warehouse.selection import parse_selection

    return parse_selection(list(picked.where), list(picked.tags), list(picked.not_tags))


def _drawn(request: ConditioningRequest, by: Edited | Blended) -> ConditioningRequest:
    given = {"seed": by.seed, "candidates": by.candidates}
    return request.model_copy(update={k: v for k, v in given.items() if v is not None})


def _told(text: str) -> None:
    import click

    click.echo(text, err=True)
