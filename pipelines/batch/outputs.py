"""Finished parts joined to what a trainer reads, a part at a time, whole or not at all.

Parquet: one file, a row group for each eight thousand rows. safetensors: shards of 65,536 rows and
NAME.safetensors.index.json, named as the model hubs name theirs. JSONL: one vector a line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.batch.part import Done
from schemas.errors import InputError

GROUP_ROWS, SHARD_ROWS = 8_192, 65_536
INDEX = ".index.json"

Facts = Mapping[str, str]


def _tables(parts: Sequence[Done], rows: int) -> Iterator[pa.Table]:
    """The parts' rows in tables of `rows`, the last one shorter."""
    held: list[pa.Table] = []
    count = 0
    for part in parts:
        table = pq.read_table(part.path).replace_schema_metadata(None)
        held.append(table)
        count += table.num_rows
        while count >= rows:
            joined = pa.concat_tables(held)
            yield joined.slice(0, rows)
            held, count = [joined.slice(rows)], count - rows
    if count:
        yield pa.concat_tables(held)


def write_parquet(parts: Sequence[Done], out: Path, facts: Facts) -> list[Path]:
    """One file; `facts` go into its metadata."""
    first = pq.read_schema(parts[0].path)
    schema = first.with_metadata(dict(facts))
    partial = out.with_name(f".{out.name}.partial")
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for table in _tables(parts, GROUP_ROWS):
            writer.write_table(table.replace_schema_metadata(dict(facts)), GROUP_ROWS)
    partial.replace(out)
    return [out]


def write_shards(parts: Sequence[Done], out: Path, facts: Facts) -> list[Path]:
    """Shards, and the index that names them with their rows and what the columns mean."""
    from safetensors.numpy import save_file

    rows = sum(part.answered for part in parts)
    count = max(1, -(-rows // SHARD_ROWS))
    shards: list[dict[str, Any]] = []
    for number, table in enumerate(_tables(parts, SHARD_ROWS)):
        path = out.with_name(f"{out.stem}-{number:05d}-of-{count:05d}.safetensors")
        partial = path.with_name(f".{path.name}.partial")
        save_file(_arrays(table), partial, metadata=dict(facts))
        partial.replace(path)
        shards.append({"file": path.name, "rows": table.num_rows})
    index = out.with_name(out.name + INDEX)
    said = {**facts, "names": json.loads(facts["names"]), "rows": rows, "shards": shards}
    partial = index.with_name(f".{index.name}.partial")
    partial.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(index)
    return [index, *(out.with_name(shard["file"]) for shard in shards)]


def _arrays(table: pa.Table) -> dict[str, np.ndarray[Any, Any]]:
    """Numbers as they are, texts as UTF-8 bytes with the row's start and end in `prompt_ends`."""
    found: dict[str, np.ndarray[Any, Any]] = {"line": table["line"].to_numpy()}
    for name in ("values", "low", "high", "confidence", "key_probabilities"):
        column = table[name].combine_chunks()
        width = column.type.list_size
        found[name] = column.flatten().to_numpy().reshape(-1, width)
    texts = [text.encode("utf-8") for text in table["prompt"].to_pylist()]
    found["prompt_bytes"] = np.frombuffer(b"".join(texts) or b"\0", np.uint8)
    found["prompt_ends"] = np.cumsum([len(text) for text in texts], dtype=np.int64)
    return found


def write_jsonl(parts: Sequence[Done], out: Path, facts: Facts) -> list[Path]:
    """A line a prompt: line, id, and the whole conditioning vector."""
    partial = out.with_name(f".{out.name}.partial")
    with partial.open("w", encoding="utf-8") as file:
        for part in parts:
            table = pq.read_table(part.path, columns=["line", "id", "document"])
            for row in table.to_pylist():
                head = json.dumps({"line": row["line"], "id": row["id"]}, ensure_ascii=False)
                file.write(f'{head[:-1]}, "conditioning": {row["document"]}}}\n')
    partial.replace(out)
    return [out]


WRITERS: Mapping[str, Callable[[Sequence[Done], Path, Facts], list[Path]]] = {
    ".parquet": write_parquet,
    ".safetensors": write_shards,
    ".jsonl": write_jsonl,
}


def writer_of(out: Path) -> Callable[[Sequence[Done], Path, Facts], list[Path]]:
    """By the ending of the name. Raises InputError for any other."""
    if out.suffix not in WRITERS:
        raise InputError(f"--out {out}: valid are {', '.join(WRITERS)}")
    return WRITERS[out.suffix]
