"""Manifests: every row is an input or a reject, and no column counts that nobody mapped."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.sources.fetching import Remotes
from pipelines.sources.listing import Listing
from pipelines.sources.manifest import ManifestSource, Mapped, open_manifest
from pipelines.sources.text import read_text
from schemas.errors import ContractError, InputError
from schemas.outcomes import RejectReason
from tests.sources.sound import tone

MAPPED = Mapped.parse(["title=track_name", "genre=style", "license=lic"])


def opened(path: Path, *mapped: str, uri: str = "") -> ManifestSource:
    return open_manifest(path, Mapped.parse(mapped, uri), Remotes())


def problems(listing: Listing) -> dict[str, tuple[str, RejectReason]]:
    return {p.uri.rpartition("#")[2]: (p.detail, p.reason) for p in listing.problems}


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        tone(tmp_path / "songs" / f"{name}.flac")
    return tmp_path


ROWS = [
    {"uri": "songs/a.flac", "track_name": "A", "style": "Jazz", "lic": "CC-BY-4.0", "title": "no"},
    {"uri": "./songs/b.flac", "track_name": None, "style": None, "lic": None, "title": "no"},
]


def write(path: Path, rows: list[dict[str, str | None]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        lines = [mark.join(rows[0]), *(mark.join(v or "" for v in r.values()) for r in rows)]
        path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_rows_become_inputs_with_the_words_that_were_mapped(songs: Path, suffix: str) -> None:
    path = write(songs / f"list{suffix}", ROWS)
    source = open_manifest(path, MAPPED, Remotes())
    listing = source.list({})
    assert [Path(f.uri).name for f in listing.files] == ["a.flac", "b.flac"]
    assert listing.problems == []
    assert "1 columns not mapped: title" in listing.notes[0]
    first, second = listing.files
    assert second.said == ()
    found = read_text(Path(first.uri), songs, said=first.said)
    assert found.title == "A", "a column named title counts only when it is mapped"
    assert {(t.term, t.source) for t in found.tags} >= {("jazz", "manifest:style")}
    assert [(r.source, r.spdx) for r in found.rights] == [("manifest:lic", "CC-BY-4.0")]
    assert source.named() == [first.uri, second.uri]


def test_every_row_of_a_csv_is_an_input_or_a_reject(songs: Path) -> None:
    path = songs / "list.csv"
    path.write_bytes(
        b"\xef\xbb\xbfuri,track_name\r\n"
        b"songs/a.flac,A\r\n"  # 1
        b"songs/../songs/a.flac,again\r\n"  # 2
        b",nothing\r\n"  # 3
        b"songs/b.flac\r\n"  # 4
        b"songs/b.flac,x,y\r\n"  # 5
        b"\r\n"
        b"songs/gone.flac,x\r\n"  # 6
        b"ftp://example.org/x,x\r\n"  # 7
        b"songs/b.flac,\xff\xfe\r\n"  # 8
        b'songs/"b".flac,x\r\n'  # 9: not quoted, so a name
        b'"songs/c.flac"x,x\r\n'  # 10
        b'songs/c.flac,"two\nlines"\r\n'  # 11
        b"songs,a folder\r\n"  # 12
        b"songs/a\0.flac,x\r\n"  # 13
    )
    listing = opened(path, "title=track_name").list({})
    assert [Path(f.uri).name for f in listing.files] == ["a.flac", "c.flac"]
    assert listing.files[1].said[0].values == ("two\nlines",)
    found = problems(listing)
    assert found["2"][1] is RejectReason.REPEATED_URI
    assert "after row 1" in found["2"][0]
    for number in ("3", "4", "5", "7", "8", "10", "13"):
        assert found[number][1] is RejectReason.INVALID_ROW, number
        assert f"row {number}:" in found[number][0]
    unreadable = [p for p in listing.problems if p.reason is RejectReason.UNREADABLE]
    assert [Path(p.uri).name for p in unreadable] == ["gone.flac", '"b".flac', "songs"]
    assert len(listing.files) + len(listing.problems) == 13


def test_every_line_of_json_is_an_input_or_a_reject(songs: Path) -> None:
    path = songs / "list.jsonl"
    lines = [
        '{"uri": "songs/a.flac", "style": ["Jazz", "Swing"], "n": 7}',
        '{"uri": "songs/b.flac", "style": null, "n": 7.5}',
        '{"uri": "songs/c.flac"}',  # 3: lacks a mapped key
        '{"uri": {"a": 1}, "style": 1, "n": 1}',  # 4
        '{"uri": ["x", "y"], "style": 1, "n": 1}',  # 5
        '{"uri": "x", "style": [["deep"]], "n": 1}',  # 6
        '{"uri": "x", "style": true, "n": 1}',  # 7
        "[1]",  # 8
        "{not json",  # 9
        '{"uri": "\\ud800", "style": null, "n": null}',  # 10
        "",
        "[" * 100_000,  # 11
    ]
    path.write_text("\n".join(lines))
    listing = opened(path, "genre=style", "tempo=n").list({})
    assert [Path(f.uri).name for f in listing.files] == ["a.flac", "b.flac"]
    assert [one.values for one in listing.files[0].said] == [("Jazz", "Swing"), ("7",)]
    assert [one.values for one in listing.files[1].said] == [("7.5",)]
    assert sorted(problems(listing), key=int) == [str(n) for n in range(3, 12)]


def test_types_of_parquet(songs: Path) -> None:
    import datetime

    path = songs / "list.parquet"
    table = pa.table(
        {
            "path": ["songs/a.flac", "songs/b.flac"],
            "when": pa.array([datetime.date(2001, 2, 3), None]),
            "style": pa.array([["Jazz"], []], pa.list_(pa.string())),
            "packed": pa.array(["x", "x"]).dictionary_encode(),
            "odd": pa.array([{"a": 1}, None]),
        }
    )
    pq.write_table(table, path)
    first, second = opened(path, "date=when", "genre=style", "tags=packed").list({}).files
    said = {one.target: one.values for one in first.said}
    assert said == {"date": ("2001-02-03",), "genre": ("Jazz",), "tags": ("x",)}
    assert [one.target for one in second.said] == ["tags"]
    assert "odd is dict" in opened(path, "tags=odd").list({}).problems[0].detail


@pytest.mark.parametrize(
    ("mapped", "uri", "says"),
    [
        (["title=trak_name"], "", "did you mean track_name"),
        (["title=track_name"], "urri", "did you mean uri"),
    ],
)
def test_columns_that_are_not_there(songs: Path, mapped: list[str], uri: str, says: str) -> None:
    for suffix in (".csv", ".jsonl", ".parquet"):
        with pytest.raises(InputError, match=says):
            opened(write(songs / f"l{suffix}", ROWS), *mapped, uri=uri)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("titel=x", "did you mean title"),
        ("title", "TARGET=COLUMN"),
        ("=x", "TARGET=COLUMN"),
        ("title=", "TARGET=COLUMN"),
        ("loudness=x", "valid: title"),
    ],
)
def test_wrong_mappings(text: str, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        Mapped.parse([text])


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"", "no header"),
        ("a.csv", b"uri,uri\nx,y\n", "twice"),
        ("a.csv", b"uri,title\n", "no rows"),
        ("a.csv", b"name\nx\n", "--uri-column"),
        ("a.csv", b"uri,path\nx,y\n", "uri and path might be"),
        ("a.jsonl", b"", "no header, or no rows"),
        ("a.jsonl", b"x" * (2 << 20), "a line of over"),
        ("a.parquet", b"PAR1 not", "not a Parquet file"),
        ("a.xlsx", b"", "a manifest is one of"),
        ("gone.csv", None, "no such file"),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, name: str, data: bytes | None, says: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=says):
        opened(tmp_path / name)
