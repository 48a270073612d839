"""The part `text`: full text over titles, artists, albums, terms and descriptions, by BM25.

A DuckDB database of its own beside the lake. Words are letters and digits of any script, lower
case, without accents, stemmed by Porter's rules (DuckDB's extension `fts`); no word is left out as
too common, since "The The" is a band. `postings` is sorted by term, so that a query reads what it
asks for; the extension's own `match_bm25` reads all of them (docs/search.md has the figures).
"""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.extensions import load_extension
from warehouse.failures import translated
from warehouse.index.parts import Built, Note, Opened, Source, ready
from warehouse.lake import Lake
from warehouse.sqltext import sql_text

NAME = "text"
FIELDS: dict[str, float] = {
    "title": 2.0,
    "artist": 2.0,
    "album": 1.0,
    "terms": 2.0,
    "description": 1.0,
}
"""Field → how much one occurrence counts."""

SATURATION = 1.2
LENGTH = 0.75
"""k1 and b of BM25 (Robertson & Zaragoza 2009)."""

_FILE = "text.duckdb"
_LONGEST_QUERY = 1_000
SOURCE = Source(NAME, ("tracks", "tags"), {"fields": repr(FIELDS), "stemmer": "porter"})


def open_text(root: Path, lake: Lake, note: Note) -> TextIndex:
    """The part for what `lake` shows, built first where need be."""

    def build(work: Path, previous: Opened | None) -> Built:
        return _build(lake, work)

    return TextIndex(ready(root, lake, SOURCE, build, note))


class TextIndex:
    """Full text, open for reading. One connection behind a lock."""

    def __init__(self, part: Opened) -> None:
        self.part = part
        self._lock = threading.Lock()
        with translated(f"open {part.folder}"):
            self._connection = _connect(part.folder / _FILE, read_only=True)

    def best(self, query: str, count: int, among: list[str] | None = None) -> pa.Table:
        """At most `count` tracks by BM25: track_id, score, words, whole; the best first.

        `whole` says that a track has every word of the query. `among` names the tracks that may be
        found; None: any.
        """
        parameters = {
            "query": query[:_LONGEST_QUERY],
            "count": count,
            "anywhere": among is None,
            "k": SATURATION,
            "b": LENGTH,
        }
        with self._lock, translated(f"search of {self.part.folder} failed"):
            names = pa.array([] if among is None else among, pa.string())
            self._connection.register("among", pa.table({"track_id": names}))
            found = self._connection.execute(sql_text("search", "bm25"), parameters)
            return found.to_arrow_table()

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        str(path),
        read_only=read_only,
        config={
            "threads": 2,
            "memory_limit": "2GB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    try:
        load_extension(connection, "fts")
        connection.execute("SET enable_external_access = false")
    except BaseException:
        connection.close()
        raise
    return connection


def _build(lake: Lake, work: Path) -> Built:
    connection = _connect(work / _FILE, read_only=False)
    try:
        with translated(f"build of {work}"):
            connection.execute(sql_text("search", "text_tables"))
            insert = "INSERT INTO documents SELECT * FROM batch"
            for batch in lake.stream(sql_text("search", "documents")):
                connection.register("batch", pa.Table.from_batches([batch]))
                connection.execute(insert)
                connection.unregister("batch")
            connection.executemany("INSERT INTO fields VALUES (?, ?)", list(FIELDS.items()))
            connection.execute(sql_text("search", "text_index"))
            connection.execute("DROP TABLE documents")
            connection.execute("CHECKPOINT")
            counted = connection.execute("SELECT tracks FROM totals").fetchone()
    finally:
        connection.close()
    assert counted is not None
    return Built(int(counted[0]), {})
