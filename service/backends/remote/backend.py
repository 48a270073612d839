"""A service somewhere else answers, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from schemas.errors import InputError
from schemas.settings import Settings
from service.backends.backend import Alike, AsOf, Listed, Picked, SqlLimits
from service.backends.remote.answers import (
    as_contract,
    client_of,
    only_here,
    simply,
    stated,
    translated,
)
from service.backends.remote.music import RemoteMusic
from wordtone_client import NotFound, as_table

if TYPE_CHECKING:
    import pyarrow as pa

    from mapping.model import Mapping
    from mapping.reading.wishes import Options
    from schemas.answers import ConditioningVector
    from schemas.control import Explanation, Refinement
    from schemas.guidance import Guidance
    from warehouse.sandbox import SafeResult

MOST_ROWS = 10_000
"""Of an answer to SQL; a service gives no more."""
_TRACKS = {
    **dict.fromkeys(("track_id", "title", "artist", "album", "uri"), "string"),
    "duration_s": "double",
    **dict.fromkeys(("state", "origin"), "string"),
}
"""Columns of the view `music`."""


@contextmanager
def connected(settings: Settings) -> Iterator[Remote]:
    """The service of the settings; in the block, its errors become those of commands.

    Raises
    ------
    SettingsError
        When the address cannot be used.
    InputError
        What the service refused, as it would be refused here.
    RemoteError
        Everything else that went wrong.
    """
    with (
        TemporaryDirectory(prefix="wordtone-") as folder,
        client_of(settings) as client,
        translated(),
    ):
        yield Remote(settings, client, Path(folder))


class Remote(RemoteMusic):
    """See `Backend`. What makes music is in `RemoteMusic`."""

    def condition(
        self, prompt: str, options: Options, model_id: str | None, clip: Path | None = None
    ) -> ConditioningVector:
        from schemas.answers import ConditioningVector

        only_here(like=clip, model=model_id)
        found = self._client.condition(prompt, **stated(options))
        return as_contract(ConditioningVector, found, self._client.address)

    def guide(self, prompt: str, options: Options, model_id: str | None) -> Guidance:
        from schemas.guidance import Guidance

        only_here(model=model_id, lock=options.locks, sense=options.senses, side=options.sides)
        found = self._client.guidance(prompt, **simply(options))
        return as_contract(Guidance, found, self._client.address)

    def explain(self, prompt: str, options: Options, model_id: str | None) -> Explanation:
        from schemas.control import Explanation

        only_here(model=model_id)
        found = self._client.explain(prompt, **simply(options))
        return as_contract(Explanation, found, self._client.address)

    def refine(
        self,
        vector: ConditioningVector,
        words: str,
        locks: Collection[str],
        model_id: str | None,
    ) -> Refinement:
        from schemas.control import Refinement

        only_here(model=model_id)
        found = self._client.refine(vector.model_dump(mode="json"), words, locks)
        return as_contract(Refinement, found, self._client.address)

    def answering(self, model_id: str | None) -> Callable[[], Mapping]:
        from service.backends.remote.mapping import RemoteMapping

        only_here(model=model_id)
        return cast("Callable[[], Mapping]", partial(RemoteMapping, self._settings))

    def search(self, query: str, picked: Picked, limit: int, as_of: AsOf) -> pa.Table:
        import pyarrow as pa

        from warehouse.search import HITS

        only_here(as_of=as_of)
        hits = self._client.search(query, limit, picked.where, picked.tags, picked.not_tags)
        return pa.Table.from_pylist([hit.plain() for hit in hits], schema=HITS)

    def similar(
        self, track_id: str, picked: Picked, alike: Alike, limit: int, as_of: AsOf
    ) -> tuple[pa.Table, Sequence[str]]:
        import pyarrow as pa

        from warehouse.similar import NEIGHBOURS

        usual = Alike()
        only_here(
            as_of=as_of,
            features=alike.features != usual.features,
            text=alike.text != usual.text,
            weight=alike.factors,
            duplicates=alike.duplicates,
        )
        selected = (picked.where, picked.tags, picked.not_tags)
        found = self._client.similar(track_id, limit, *selected)
        rows = [track.plain() for track in found.tracks]
        return pa.Table.from_pylist(rows, schema=NEIGHBOURS), found.notes

    def tracks(self, listed: Listed, as_of: AsOf) -> pa.Table:
        import pyarrow as pa

        only_here(as_of=as_of, term=listed.term)
        found = self._client.tracks(listed.search, listed.limit)
        rows = [track.plain() for track in found]
        return pa.Table.from_pylist(rows, schema=pa.schema(list(_TRACKS.items())))

    def track(self, track_id: str, as_of: AsOf) -> dict[str, Any] | None:
        only_here(as_of=as_of)
        try:
            return self._client.track(track_id).model_dump(exclude_unset=True)
        except NotFound:
            return None

    def query(self, sql: str, rows: int | None, as_of: AsOf) -> pa.Table:
        found = self.safe_query(sql, SqlLimits(rows=rows), as_of)
        if found.truncated and rows is None:
            raise InputError(
                f"more than {MOST_ROWS:,} rows, and a service gives no more: ask for fewer, or "
                "for the first of them with --rows"
            )
        return found.table

    def safe_query(self, sql: str, limits: SqlLimits, as_of: AsOf) -> SafeResult:
        from warehouse.sandbox import SafeResult

        only_here(as_of=as_of)
        rows = MOST_ROWS if limits.rows is None else limits.rows
        timeout_s = 10.0 if limits.timeout_s is None else limits.timeout_s
        found = self._client.query(sql, rows, timeout_s)
        return SafeResult(as_table(found), found.truncated, found.snapshot or 0)

    def models(self) -> list[dict[str, Any]]:
        return [model.model_dump(exclude_unset=True) for model in self._client.models()]
