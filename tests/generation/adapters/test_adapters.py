"""Projectors beside frozen tiny generators: they learn, they are kept, and engines use them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generation.engines.engine import Options, TorchEngine
from schemas.conditioning import ConditioningRequest
from schemas.errors import ArtifactError, GenerationError, InputError
from tests.generation.engines.conftest import folder_of, needs_engines, needs_torchsde
from tests.generation.engines.test_engines import engine

__all__ = ["folder_of"]
pytestmark = needs_engines
Folders = Callable[..., Path]
NAMES = ("energy", "brightness_hz")
WIDTH = 4 * 2 + 24
KINDS = {
    "musicgen": "musicgen",
    "stable_audio_3": "stable-audio-3",
    "stable_audio_open": "stable-audio-open",
}
HOSTS = [
    pytest.param(name, marks=needs_torchsde) if name == "stable_audio_open" else name
    for name in KINDS
]


def host(name: str, folders: Folders) -> Any:
    from generation.adapters.adapter import host_of

    one = engine(name, folders(name))
    return host_of(KINDS[name], one.load(), one.tokenizer)


def two_kinds(made: Any, count: int = 64, seed: int = 0) -> Any:
    """Pairs of two kinds: the vector's first number says which of two sounds goes with it."""
    import torch

    from generation.adapters.pairs import Batch

    rng = np.random.default_rng(seed)
    which = rng.integers(0, 2, count)
    vectors = np.full((count, WIDTH), 0.5, np.float32)
    vectors[:, 0] = which
    time = np.arange(made.rate // 2) / made.rate
    sounds = np.stack([
        np.tile(0.5 * np.sin(2 * np.pi * hz * time), (made.channels, 1)) for hz in (110, 1760)
    ]).astype(np.float32)  # fmt: skip
    targets = made.encode(torch.from_numpy(sounds)).cpu().numpy()[which]
    return Batch(vectors, targets, ["a calm piano"] * count), which


def endless(batch: Any, size: int = 8) -> Iterator[Any]:
    from generation.adapters.pairs import Batch

    rng = np.random.default_rng(1)
    while True:
        rows = rng.integers(len(batch.vectors), size=size)
        yield Batch(batch.vectors[rows], batch.targets[rows], [batch.prompts[i] for i in rows])


def mean_loss(made: Any, projector: Any, batch: Any, vectors: Any) -> float:
    """Over the same noise each time, and no words."""
    import torch

    from generation.adapters.adapter import joined
    from generation.adapters.training import _tensor

    states, mask = made.words(batch.prompts)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(3)
        tokens = projector(torch.as_tensor(vectors))
        both = joined("states", "mask", tokens, states, mask * 0)
        return float(made.loss(both["states"], both["mask"], _tensor(batch.targets)))


@pytest.mark.parametrize("name", HOSTS)
def test_the_projector_learns_through_the_frozen_generator(name: str, folder_of: Folders) -> None:
    """The right vector explains the sound better than the other one, and no weight has moved."""
    from generation.adapters.training import Config, train

    made = host(name, folder_of)
    frozen = _weights(made)
    batch, which = two_kinds(made)
    config = Config(steps=40, rate=5e-3, warm=5, hidden=32, tokens=4, seed=1)
    projector, course = train(made, endless(batch), batch.vectors, config)
    assert _weights(made) == frozen
    assert len(course.losses) == 40
    assert course.pairs == 320
    other = batch.vectors.copy()
    other[:, 0] = 1 - which
    right, wrong = (mean_loss(made, projector, batch, v) for v in (batch.vectors, other))
    assert right < wrong, (right, wrong)


def _weights(made: Any) -> str:
    import hashlib

    model = getattr(made, "model", None) or made.pipeline.transformer
    found = hashlib.sha256()
    for weight in model.parameters():
        found.update(weight.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def test_codes_are_delayed_as_generation_undoes_it(folder_of: Folders) -> None:
    """Held against the library's own delay pattern mask."""
    import torch

    from generation.adapters.hosts.musicgen import delayed

    codes = torch.arange(1 * 4 * 6).view(1, 4, 6)
    labels = delayed(codes)
    assert labels.shape == (1, 9, 4)
    for book in range(4):
        assert labels[0, book : book + 6, book].tolist() == codes[0, book].tolist()
        assert (labels[0, :book, book] == -100).all()
        assert (labels[0, book + 6 :, book] == -100).all()
    decoder = engine("musicgen", folder_of("musicgen")).load().decoder
    start = torch.full((4, 1), 64)
    _, mask = decoder.build_delay_pattern_mask(start, pad_token_id=64, max_length=10)
    assert ((mask[:, 1:] == 64) == (labels[0].T == -100)).all()


def test_pairs_are_rows_of_the_other_trainers_too(tmp_path: Path) -> None:
    """`mapping.torch_dataset` reads a file of pairs as it reads what `wordtone batch` writes."""
    from generation.adapters.pairs import Batch, Meta, write_pairs
    from mapping.torch_dataset import ConditioningStream

    vectors = np.random.default_rng(0).random((5, WIDTH), np.float32)
    meta = Meta(names=NAMES, kind="musicgen", digest="d", shape=(4, 6))
    targets = np.zeros((5, 4, 6), np.int16)
    write_pairs(tmp_path / "p.parquet", meta, [Batch(vectors, targets, list("abcde"))])
    stream = ConditioningStream(tmp_path / "p.parquet")
    rows = list(stream)
    assert stream.names == NAMES
    assert [row["prompt"] for row in rows] == list("abcde")
    assert np.array_equal(np.stack([row["vector"] for row in rows]), vectors)


def test_a_loss_that_overflows_and_pairs_that_end_are_told(folder_of: Folders) -> None:
    from generation.adapters.training import Config, train

    made = host("musicgen", folder_of)
    batch, _ = two_kinds(made, 8)
    with pytest.raises(GenerationError, match="ended after 2 steps"):
        train(made, itertools.islice(endless(batch), 2), batch.vectors, Config(steps=3))
    batch.vectors[:] = np.nan
    with pytest.raises(GenerationError, match="not finite"):
        train(made, endless(batch), batch.vectors, Config(steps=3))
    with pytest.raises(InputError, match="drop: 2"):
        Config(drop=2)


@pytest.fixture
def saved(folder_of: Folders, tmp_path: Path) -> Callable[[str], tuple[Path, TorchEngine]]:
    """An adapter for a tiny engine, on disk, and the engine without it."""

    def make(name: str) -> tuple[Path, TorchEngine]:
        import torch

        from generation.adapters import artifact
        from generation.adapters.adapter import Adapter
        from generation.adapters.projector import Projector, Shape

        one = engine(name, folder_of(name))
        made = host(name, folder_of)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            projector = Projector(Shape(inputs=WIDTH, width=made.width, tokens=4, hidden=32))
        located = one.located
        adapter = Adapter(
            projector=projector, kind=KINDS[name], names=NAMES, digest=located.digest,
            weights=located.weights.id, licence=located.weights.licence, trained={"pairs": 1},
        )  # fmt: skip
        artifact.save(tmp_path / "adapter", adapter)
        return tmp_path / "adapter", one

    return make


def asked(energy: float) -> ConditioningRequest:
    condition = {"value": energy, "unit": "1", "source": "user", "confidence": 1, "lock": "hard"}
    from schemas.features import feature

    condition["unit"] = feature("energy").unit
    return ConditioningRequest.model_validate(
        {"prompt": {"text": "calm piano"}, "duration_s": 1, "features": {"energy": condition}}
    )


@pytest.mark.parametrize("name", HOSTS)
def test_the_engine_plays_the_vector(name: str, folder_of: Folders, saved: Any) -> None:
    """Same words and seed: another number in the vector, and only with the adapter, other sound."""
    folder, _ = saved(name)
    steps = None if name == "musicgen" else 2
    led = engine(name, folder_of(name), options=Options(steps=steps, adapter=folder, guidance=2.0))
    low, high, again = (led.generate(asked(value), 5) for value in (0.1, 0.9, 0.9))
    assert not np.array_equal(low.mix.samples, high.mix.samples)
    assert np.array_equal(high.mix.samples, again.mix.samples)
    assert high.applied["energy"].applied == "native"
    assert high.applied["energy"].aimed == 0.9
    assert "energy" not in high.ignored
    assert any("reads energy, brightness_hz" in note for note in high.notes)


def test_edits_go_with_the_vector_too(folder_of: Folders, saved: Any) -> None:
    from tests.generation.engines.test_engines import tone

    folder, _ = saved("stable_audio_3")
    source = tone(2.0, 44_100)
    led = engine(
        "stable_audio_3", folder_of("stable_audio_3"), recall=lambda _: source,
        options=Options(steps=2, adapter=folder),
    )  # fmt: skip
    region = {"generation_id": "g", "regenerate_regions": [{"start_s": 1, "end_s": 1.5}]}
    request = asked(0.9).model_copy(
        update={"edit": ConditioningRequest.model_validate(
            {"prompt": {"text": "x"}, "edit": region}
        ).edit}
    )  # fmt: skip
    made = led.generate(request, 1)
    assert np.array_equal(made.mix.samples[:, :44_100], source.samples[:, :44_100])


def test_without_guidance_the_words_alone_equal_the_prompt(folder_of: Folders) -> None:
    """The way by states gives what the library's own way by words gives, to the sample."""
    import torch

    from generation.adapters.hosts.host import Conditioned
    from generation.engines.musicgen import new_tokens
    from generation.engines.torching import seeded

    made = host("musicgen", folder_of)
    states, mask = made.words(["calm piano"])
    zeros = torch.zeros_like(states)
    given = Conditioned(states=states, mask=mask, without=zeros, mask_without=mask * 0)
    ours = made.generate(given, 1.0, guidance=3.0, seed=4)
    words = made.tokenizer(["calm piano"], return_tensors="pt")
    with seeded(4), torch.no_grad():
        theirs = made.model.generate(
            input_ids=words.input_ids, attention_mask=words.attention_mask, do_sample=True,
            max_new_tokens=new_tokens(made.model, 1.0), guidance_scale=3.0,
        )  # fmt: skip
    assert torch.equal(ours, theirs)


def test_an_adapter_comes_back_as_it_was(saved: Any) -> None:
    import torch

    from generation.adapters import artifact

    folder, one = saved("musicgen")
    first, second = (artifact.load(folder, "musicgen", one.located) for _ in range(2))
    flat = torch.rand(3, WIDTH)
    assert torch.equal(first.projector(flat), second.projector(flat))
    assert first.names == NAMES
    assert first.trained == {"pairs": 1}
    with pytest.raises(ArtifactError, match="exists and is not empty"):
        artifact.save(folder, first)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "x"}, "format 'x'"),
        ({"kind": "stable-audio-3"}, "an adapter for 'stable-audio-3'"),
        ({"base": {"weights": "a/b", "digest": "0" * 64, "licence": "MIT"}}, "trained beside a/b"),
        ({"features": [{"name": "loudnes"}]}, "'loudnes' is not known"),
        ({"sha256": "0"}, "sha256 is"),
        ({"shape": {"inputs": 5, "width": 32}}, "does not fit"),
        ({"shape": {"depth": 5}}, "not a manifest"),
        ({"trained": None}, "not a manifest"),
    ],
)
def test_what_does_not_match_is_refused(change: dict[str, Any], said: str, saved: Any) -> None:
    from generation.adapters import artifact

    folder, one = saved("musicgen")
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ArtifactError, match=said):
        artifact.load(folder, "musicgen", one.located)


def test_a_feature_of_another_version_is_refused(saved: Any) -> None:
    from generation.adapters import artifact

    folder, one = saved("musicgen")
    path = folder / "manifest.json"
    record = json.loads(path.read_text())
    record["features"][0]["version"] = 99
    path.write_text(json.dumps(record))
    with pytest.raises(ArtifactError, match="energy has version 99"):
        artifact.load(folder, "musicgen", one.located)


def test_damage_is_told(saved: Any) -> None:
    from generation.adapters import artifact

    folder, one = saved("musicgen")
    (folder / "projector.safetensors").unlink()
    with pytest.raises(ArtifactError, match="cannot be read"):
        artifact.load(folder, "musicgen", one.located)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ArtifactError, match="not JSON"):
        artifact.load(folder, "musicgen", one.located)


def test_stereo_musicgen_says_that_it_takes_none(folder_of: Folders, tmp_path: Path) -> None:
    folder = folder_of("musicgen", stereo=True)
    with pytest.raises(InputError, match="only MusicGen in mono"):
        engine("musicgen", folder, options=Options(adapter=tmp_path)).load()


def test_engines_that_no_vector_can_condition_say_so(folder_of: Folders, tmp_path: Path) -> None:
    one = engine("ace_step", folder_of("ace_step"), options=Options(adapter=tmp_path))
    with pytest.raises(InputError, match="cannot condition engine 'ace-step'"):
        one.load()
