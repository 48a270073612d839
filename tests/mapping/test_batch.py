"""Batch: every answer is condition()'s own, counts add up, nothing hostile stops it, it resumes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from mapping.batch import PARTS, Ask, condition_many
from mapping.model import Mapping
from mapping.reading.wishes import Options
from pipelines.batch import part as batch_part
from pipelines.batch.lines import LONGEST_LINE, format_of, read_lines
from pipelines.batch.outputs import INDEX
from pipelines.batch.run import BatchReport, BatchRequest, run_batch
from schemas.errors import InputError

PROMPTS = [
    "fast techno at 128 BPM",
    "slow dark ambient",
    "folk in A minor",
    "fast techno at 128 BPM",
]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.batch.run.LINES", 3)


def run(mapping: Mapping, text: str | bytes, out: Path, form: str = "txt") -> BatchReport:
    content = text.encode() if isinstance(text, str) else text
    return run_batch(io.BytesIO(content), BatchRequest(form, out), lambda: mapping)


def rejects(report: BatchReport) -> list[dict[str, object]]:
    assert report.rejects is not None
    return [json.loads(line) for line in report.rejects.read_text().splitlines()]


def test_answers_are_those_of_condition(mapping: Mapping) -> None:
    asks = [*PROMPTS, Ask("house", Options(bpm=120)), "", Ask("house", Options(bpm=121))]
    answers = list(condition_many(mapping, asks))
    assert [a.vector for a in answers[:4]] == [mapping.condition(p) for p in PROMPTS]
    assert answers[4].vector == mapping.condition("house", Options(bpm=120))
    assert answers[5].vector is None
    assert "empty" in (answers[5].error or "")
    assert answers[6].vector != answers[4].vector


def test_it_streams(mapping: Mapping) -> None:
    """An answer comes before the next prompt is asked for."""
    asked = []

    def prompts():
        for prompt in PROMPTS:
            asked.append(prompt)
            yield prompt

    first = next(condition_many(mapping, prompts()))
    assert (first.ask.prompt, len(asked)) == (PROMPTS[0], 1)


@pytest.mark.usefixtures("small_parts")
def test_parquet_holds_the_vectors(mapping: Mapping, tmp_path: Path) -> None:
    report = run(mapping, "\n".join(["", *PROMPTS, "  ", *PROMPTS]), tmp_path / "o.parquet")
    assert (report.answered, report.rejected, report.blank, report.lines) == (8, 0, 2, 10)
    table = pq.read_table(tmp_path / "o.parquet")
    assert json.loads(table.schema.metadata[b"names"]) == list(mapping.features)
    assert table.schema.metadata[b"model_id"].decode() == mapping.info.model_id
    assert table["line"].to_pylist() == [2, 3, 4, 5, 7, 8, 9, 10]
    for row in table.to_pylist():
        vector = mapping.condition(row["prompt"]).vector
        for name in PARTS:
            assert row[name] == np.float32(getattr(vector, name)).tolist()
    assert list(tmp_path.iterdir()) == [tmp_path / "o.parquet"]


@pytest.mark.usefixtures("small_parts")
def test_shards_hold_the_same_numbers(
    mapping: Mapping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import load_file

    monkeypatch.setattr("pipelines.batch.outputs.SHARD_ROWS", 5)
    text = "\n".join([*PROMPTS, *PROMPTS])
    run(mapping, text, tmp_path / "o.parquet")
    report = run(mapping, text, tmp_path / "o.safetensors")
    index = json.loads((tmp_path / f"o.safetensors{INDEX}").read_text())
    assert (index["rows"], [s["rows"] for s in index["shards"]]) == (8, [5, 3])
    assert index["names"] == list(mapping.features)
    assert len(report.files) == 3
    shards = [load_file(tmp_path / shard["file"]) for shard in index["shards"]]
    table = pq.read_table(tmp_path / "o.parquet")
    for name in PARTS:
        joined = np.concatenate([shard[name] for shard in shards])
        assert joined.tolist() == table[name].to_pylist()
    ends = shards[1]["prompt_ends"]
    assert bytes(shards[1]["prompt_bytes"])[: ends[0]].decode() == PROMPTS[1]


def test_jsonl_holds_whole_vectors(mapping: Mapping, tmp_path: Path) -> None:
    asked = {"prompt": "techno", "id": "x1", "bpm": 130, "samples": 2, "seed": 4}
    run(mapping, json.dumps(asked), tmp_path / "o.jsonl", "jsonl")
    found = json.loads((tmp_path / "o.jsonl").read_text())
    assert (found["line"], found["id"]) == (1, "x1")
    expected = mapping.condition("techno", Options(bpm=130, samples=2, seed=4))
    assert found["conditioning"] == json.loads(expected.model_dump_json())


HOSTILE = [
    (b"\xff\xfe techno", "not UTF-8"),
    (b"{", "not JSON"),
    (b"[1]", "a list"),
    (b"[" * 200_000, "not JSON"),
    (b'{"prompt": 3}', "prompt: a int"),
    (b'{"promt": "x"}', "did you mean prompt?"),
    (b'{"prompt": "x", "bpm": "fast"}', "of the wrong kind"),
    (b'{"prompt": "x", "bpm": 900}', "30 \u2026 300"),
    (b'{"prompt": "x", "key": 3}', "of the wrong kind"),
    (b'{"prompt": "x", "samples": 1e9}', "0 \u2026 1000"),
    (b'{"prompt": "x", "id": {}}', "id: a dict"),
    (b'{"prompt": ""}', "empty"),
    (b'"' + b"x" * 30_000 + b'"', "20,000"),
    (b"x" * (LONGEST_LINE + 2_000), "longer than"),
    (b'{"prompt": "\\ud800 techno"}', ""),
]


def test_what_cannot_be_read_has_a_reason_and_stops_nothing(
    mapping: Mapping, tmp_path: Path
) -> None:
    lines = [b'{"prompt": "techno"}', *(content for content, _ in HOSTILE), b'"folk"']
    report = run(mapping, b"\n".join(lines), tmp_path / "o.parquet", "jsonl")
    found = rejects(report)
    assert report.answered == 2
    assert report.lines == len(lines) == report.answered + report.rejected
    assert [row["line"] for row in found] == list(range(2, len(lines)))
    for row, (_, reason) in zip(found, HOSTILE, strict=True):
        assert reason in str(row["reason"]), row
        assert len(str(row["text"])) <= 500


def test_csv_rows(mapping: Mapping, tmp_path: Path) -> None:
    text = 'id,prompt,bpm\n1,"jazz, with\nhorns",\n2,techno,130\n\n3,folk\n4,pop,quick\n'
    report = run(mapping, text, tmp_path / "o.parquet", "csv")
    table = pq.read_table(tmp_path / "o.parquet")
    assert table["prompt"].to_pylist() == ["jazz, with\nhorns", "techno"]
    assert table["id"].to_pylist() == ["1", "2"]
    expected = mapping.condition("techno", Options(bpm=130)).vector.values
    assert table["values"][1].as_py() == np.float32(expected).tolist()
    assert [str(r["reason"])[:9] for r in rejects(report)] == ["2 cells; ", "bpm: 'qui"]
    assert report.lines == 5


@pytest.mark.parametrize(
    ("header", "says"),
    [("a,b", "no column `prompt`"), ("prompt,tmpo", "no such field"), ("prompt,bmp", "mean bpm?")],
)
def test_csv_headers(header: str, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("?", r"\?")):
        list(read_lines(io.BytesIO(f"{header}\nx,1\n".encode()), "csv"))


def test_names_that_do_not_say_what_they_are(mapping: Mapping, tmp_path: Path) -> None:
    assert (format_of("-", None), format_of("x.bin", "csv")) == ("txt", "csv")
    with pytest.raises(InputError, match=r"\.txt, \.jsonl"):
        format_of("prompts.doc", None)
    with pytest.raises(InputError, match=r"\.parquet, \.safetensors, \.jsonl"):
        run(mapping, "techno", tmp_path / "o.npz")
    with pytest.raises(InputError, match="No such file"):
        run(mapping, "techno", tmp_path / "nowhere" / "o.parquet")


@pytest.mark.parametrize("name", ["o.parquet", "o.safetensors", "o.jsonl"])
def test_no_lines_give_an_empty_output(mapping: Mapping, tmp_path: Path, name: str) -> None:
    report = run(mapping, "", tmp_path / name)
    assert (report.lines, report.rejects) == (0, None)
    assert report.files[0].is_file()


@pytest.mark.usefixtures("small_parts")
def test_a_stopped_run_is_taken_up(
    mapping: Mapping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join([*PROMPTS, "", *PROMPTS, "jazz"])
    whole = run(mapping, text, tmp_path / "whole.parquet")
    answered: list[int] = []
    real = batch_part.answer

    def stops(mapping: Mapping, part: batch_part.Part) -> batch_part.Done:
        if len(answered) == 2:
            raise KeyboardInterrupt
        answered.append(part.index)
        return real(mapping, part)

    monkeypatch.setattr("pipelines.batch.run.answer", stops)
    out = tmp_path / "o.parquet"
    with pytest.raises(KeyboardInterrupt):
        run(mapping, text, out)
    assert not out.exists()
    answered.clear()
    monkeypatch.setattr("pipelines.batch.run.answer", real)
    report = run(mapping, text, out)
    assert report.resumed > 0
    assert (report.answered, report.lines) == (whole.answered, whole.lines)
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert not (tmp_path / "o.parquet.parts").exists()


@pytest.mark.usefixtures("small_parts")
def test_a_part_of_other_lines_is_not_taken_for_ours(mapping: Mapping, tmp_path: Path) -> None:
    out = tmp_path / "o.parquet"
    folder = tmp_path / "o.parquet.parts"
    folder.mkdir()
    lines = tuple(line for line in read_lines(io.BytesIO(b"jazz"), "txt") if line)
    old = batch_part.Part(0, lines, 0, folder, "another model", False)
    batch_part.answer(mapping, old)
    assert batch_part.finished(old) is not None
    report = run(mapping, "jazz", out)
    assert (report.answered, report.resumed) == (1, 0)


@pytest.mark.usefixtures("small_parts")
def test_worker_processes_give_the_same_file(mapping: Mapping, tmp_path: Path) -> None:
    mapping.save(tmp_path / "m")
    text = ("\n".join([*PROMPTS, "\x00", *PROMPTS])).encode()
    load = partial(Mapping.load, tmp_path / "m")
    counts = []
    for workers in (1, 2):
        request = BatchRequest("txt", tmp_path / f"o{workers}.parquet", workers)
        report = run_batch(io.BytesIO(text), request, load)
        counts.append((report.answered, report.rejected, report.blank))
    assert counts[0] == counts[1]
    one, two = (pq.read_table(tmp_path / f"o{workers}.parquet") for workers in (1, 2))
    assert one.equals(two)


class Ready(Mapping):
    """A mapping that has its answer ready: what is left is what the batch itself holds."""

    def condition(self, prompt: str, options: Options | None = None, **stated: object) -> Any:
        if not hasattr(self, "ready"):
            self.ready = super().condition("techno")
        return self.ready


@pytest.mark.parametrize("name", ["o.parquet", "o.safetensors", "o.jsonl"])
def test_memory_does_not_grow_with_the_prompts(
    mapping: Mapping, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.batch.outputs.GROUP_ROWS", 500)
    monkeypatch.setattr("pipelines.batch.outputs.SHARD_ROWS", 500)
    ready = Ready(mapping.learned, mapping.manifest, mapping.encoder)
    peaks = []
    for count in (600, 600, 6_000):
        (tmp_path / "p.txt").write_text("".join(f"techno number {i}\n" for i in range(count)))
        tracemalloc.start()
        with (tmp_path / "p.txt").open("rb") as stream:
            report = run_batch(stream, BatchRequest("txt", tmp_path / name), lambda: ready)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.answered == count
    assert peaks[2] < peaks[1] + 500_000  # the numbers of 6,000 vectors alone take 1,300,000


_RUN = """
import sys
from functools import partial
from pathlib import Path
from mapping.model import Mapping
import pipelines.batch.run as run
run.LINES = 8
if __name__ == "__main__":
    home = Path(sys.argv[1])
    request = run.BatchRequest("txt", home / "o.parquet", 2)
    with (home / "p.txt").open("rb") as stream:
        run.run_batch(stream, request, partial(Mapping.load, home / "m"))
"""


@pytest.mark.slow
def test_a_killed_run_leaves_no_process_and_is_taken_up(mapping: Mapping, tmp_path: Path) -> None:
    mapping.save(tmp_path / "m")
    (tmp_path / "p.txt").write_text("".join(f"{p} take {i}\n" for i in range(400) for p in PROMPTS))
    (tmp_path / "run.py").write_text(_RUN)
    root = Path(__file__).parents[2]
    started = subprocess.Popen(
        [sys.executable, str(tmp_path / "run.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    parts = tmp_path / "o.parquet.parts"
    assert _within(120, lambda: len(list(parts.glob("part-*.parquet"))) > 3)
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(started.pid)], capture_output=True, text=True, check=True
    )
    workers = [int(pid) for pid in found.stdout.split()]
    started.kill()
    started.wait()
    assert workers
    assert _within(30, lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    again = subprocess.run(
        [sys.executable, str(tmp_path / "run.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root)}, check=True, timeout=280,
    )  # fmt: skip
    assert again.returncode == 0
    table = pq.read_table(tmp_path / "o.parquet")
    assert table["line"].to_pylist() == list(range(1, 1_601))
    assert not parts.exists()


def _within(seconds: float, what: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return what()
