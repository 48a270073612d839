"""Vectors on disk as torch data sets: the right rows, in workers too, and a loop that learns."""

from __future__ import annotations

import importlib.util
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mapping.model import Mapping
from pipelines.batch.run import BatchRequest, run_batch
from schemas.errors import InputError, MissingExtraError

TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not TORCH, reason="torch is not installed (extra `encoders`)")
PROMPTS = [
    f"{word} at {bpm} BPM" for word in ("techno", "ambient", "folk") for bpm in (90, 120, 150)
]


@pytest.fixture
def files(mapping: Mapping, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nine prompts as shards of 4, 4 and 1 rows, and as Parquet in groups of 3."""
    monkeypatch.setattr("pipelines.batch.run.LINES", 2)
    monkeypatch.setattr("pipelines.batch.outputs.SHARD_ROWS", 4)
    monkeypatch.setattr("pipelines.batch.outputs.GROUP_ROWS", 3)
    for name in ("o.safetensors", "o.parquet"):
        stream = io.BytesIO("\n".join(PROMPTS).encode())
        run_batch(stream, BatchRequest("txt", tmp_path / name), lambda: mapping)
    return tmp_path


@pytest.mark.skipif(TORCH, reason="torch is installed")
def test_without_torch_the_extra_is_named() -> None:
    with pytest.raises(MissingExtraError, match="encoders"):
        import mapping.torch_dataset  # noqa: F401


@needs_torch
def test_rows_are_the_vectors(files: Path, mapping: Mapping) -> None:
    from mapping.torch_dataset import ConditioningDataset

    data = ConditioningDataset(files / "o.safetensors")
    assert len(data) == 9
    assert data.names == mapping.features
    for number in (0, 3, 4, 8, -1):
        row = data[number]
        assert row["prompt"] == PROMPTS[number]
        assert int(row["line"]) == number % 9 + 1
        expected = mapping.condition(PROMPTS[number]).vector
        assert row["values"].tolist() == np.float32(expected.values).tolist()
        assert row["key_probabilities"].tolist() == np.float32(expected.key_probabilities).tolist()
        assert row["vector"].shape == (4 * len(data.names) + 24,)
    with pytest.raises(IndexError, match="there are 9"):
        data[9]


@needs_torch
def test_the_stream_has_the_same_rows_in_order(files: Path) -> None:
    from mapping.torch_dataset import ConditioningDataset, ConditioningStream

    rows = list(ConditioningStream(files / "o.parquet"))
    data = ConditioningDataset(files / "o.safetensors")
    assert [row["prompt"] for row in rows] == PROMPTS
    assert all(bool((row["vector"] == data[i]["vector"]).all()) for i, row in enumerate(rows))


@needs_torch
def test_shuffling_keeps_every_row_and_follows_the_seed(files: Path) -> None:
    from mapping.torch_dataset import ConditioningStream

    def order(**options: Any) -> list[int]:
        stream = ConditioningStream(files / "o.parquet", shuffle=4, **options)
        return [int(row["line"]) for row in stream]

    assert order(seed=1) == order(seed=1) != order(seed=2)
    assert sorted(order(seed=1)) == list(range(1, 10))


@needs_torch
@pytest.mark.parametrize("kind", ["dataset", "stream"])
def test_workers_give_every_row_once(files: Path, kind: str) -> None:
    from torch.utils.data import DataLoader

    from mapping.torch_dataset import ConditioningDataset, ConditioningStream

    data = (
        ConditioningDataset(files / "o.safetensors")
        if kind == "dataset"
        else ConditioningStream(files / "o.parquet")
    )
    loader = DataLoader(data, batch_size=2, num_workers=2, multiprocessing_context="spawn")
    lines = [int(line) for batch in loader for line in batch["line"]]
    assert sorted(lines) == list(range(1, 10))


@needs_torch
def test_a_worker_gets_no_open_maps(files: Path) -> None:
    from mapping.torch_dataset import ConditioningDataset

    data = ConditioningDataset(files / "o.safetensors")
    assert len(data[0]["vector"])
    assert len(pickle.dumps(data)) < 5_000


@needs_torch
def test_a_loop_learns_from_it(files: Path) -> None:
    """The loop of docs/batch.md: the tempo can be read from the vector."""
    import torch
    from torch.utils.data import DataLoader

    from mapping.torch_dataset import ConditioningDataset

    torch.manual_seed(0)
    data = ConditioningDataset(files / "o.safetensors")
    model = torch.nn.Linear(4 * len(data.names) + 24, 1)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    lost = []
    for _ in range(60):
        for batch in DataLoader(data, batch_size=9, shuffle=True):
            loss = ((model(batch["vector"])[:, 0] - batch["values"][:, 0]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            lost.append(float(loss.detach()))
    assert lost[-1] < lost[0] / 10


@needs_torch
def test_what_is_damaged_is_named(files: Path) -> None:
    from mapping.torch_dataset import INDEX, ConditioningDataset, ConditioningStream

    with pytest.raises(InputError, match="No such file"):
        ConditioningDataset(files / "other.safetensors")
    index = files / f"o.safetensors{INDEX}"
    said = json.loads(index.read_text())
    first = files / said["shards"][0]["file"]
    content = first.read_bytes()
    first.write_bytes(content[:100])
    with pytest.raises(InputError, match=r"not a shard|is not of"):
        ConditioningDataset(files / "o.safetensors")
    first.write_bytes(content)
    said["shards"][0]["rows"] = 5
    index.write_text(json.dumps(said))
    with pytest.raises(InputError, match="is not of 5"):
        ConditioningDataset(files / "o.safetensors")
    said["shards"][0]["file"] = "../secret.safetensors"
    index.write_text(json.dumps(said))
    with pytest.raises(InputError, match="outside its folder"):
        ConditioningDataset(files / "o.safetensors")
    (files / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="not a batch of wordtone"):
        ConditioningStream(files / "x.parquet")
