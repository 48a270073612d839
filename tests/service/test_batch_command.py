"""`wordtone batch` as a person runs it: a file, a pipe, the starter, and what is wrong."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from .conftest import WORDTONE, Run, environment


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.txt", "--out", "{o}"], "nowhere.txt: No such file"),
        (["{p}", "--out", "{o}.npz"], "valid are .parquet, .safetensors, .jsonl"),
        (["{p}", "--out", "nowhere/o.parquet"], "No such file or directory"),
        (["{p}.doc", "--out", "{o}"], "valid are .txt, .jsonl"),
        (["{p}", "--out", "{o}", "--workers", "0"], "--workers"),
        (["{p}", "--out", "{o}", "--input-format", "csv"], "no column `prompt`"),
        (["{p}", "--out", "{o}", "--model", "x"], "no mapping 'x'"),
    ],
)
def test_what_is_wrong_is_said(
    wordtone: Run, tmp_path: Path, arguments: list[str], says: str
) -> None:
    prompts = tmp_path / "p.txt"
    prompts.write_text("techno\n")
    places = {"{p}": str(prompts), "{o}": str(tmp_path / "o.parquet")}
    for name, place in places.items():
        arguments = [argument.replace(name, place) for argument in arguments]
    done = wordtone("batch", *arguments)
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("o.")] == []


def test_a_pipe_and_the_starter(tmp_path: Path) -> None:
    out = tmp_path / "o.parquet"
    lines = [{"prompt": "techno", "bpm": 130}, {"prompt": "x", "bmp": 1}]
    done = subprocess.run(
        [WORDTONE, "batch", "-", "--input-format", "jsonl", "--out", str(out)],
        input="".join(json.dumps(line) + "\n" for line in lines) + "\n",
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    assert done.stdout.startswith("3 lines: 1 answered, 1 rejected, 1 blank\n")
    table = pq.read_table(out)
    assert table["prompt"].to_pylist() == ["techno"]
    names = json.loads(table.schema.metadata[b"names"])
    assert len(table["values"][0].as_py()) == len(names)
    rejects = (tmp_path / "o.parquet.rejects.jsonl").read_text()
    assert "did you mean bpm?" in rejects
