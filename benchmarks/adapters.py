"""Does a generator follow the vector itself, and is it the vector that it follows?

A tiny MusicGen learns plucked sounds and coarse words for them ("dark", "loud", "fast"); then it is
frozen, and a projector is trained that turns vectors into tokens beside those of the words. Vectors
are measured by wordtone's extractor, and so are 64 generated sounds, whose vectors nobody was
trained on. Spearman's rank correlation of asked and heard, a feature at a time:

    adapter_rho            trained on true pairs, without any words
    adapter_rho_shuffled   trained on the same pairs with the vectors shuffled: must be chance
    adapter_rho_words      the frozen generator by words alone, thirds of each range
    adapter_chance         what 95 in 100 random orders stay below

This is a test of the method at toy size (0.5 M weights, 2.56 s at 8 kHz, a codec that is built and
not learned): it shows that the tokens carry the vector and that guidance strengthens it, and
nothing about real weights. Choices were made on other sounds and seeds than are reported.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks._adapters_sound import NAMES, SECONDS, corpus, flat, measured
from benchmarks.figures import Figure
from schemas.errors import MissingExtraError

HELD_OUT = 64
GUIDANCE = 3.0
Vectors = npt.NDArray[np.float32]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sounds", type=int, default=400, help="to learn from (400)")
    parser.add_argument("--base-steps", type=int, default=260, help="of the generator (260)")
    parser.add_argument("--steps", type=int, default=260, help="of each projector (260)")
    parser.add_argument("--seed", type=int, default=20, help="of sounds, weights and draws (20)")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    try:
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("bench adapters", "engines") from error
    torch.set_num_threads(1)
    if options.quick:
        options.sounds, options.base_steps, options.steps = 120, 60, 60
    from generation.engines.torching import quiet

    started = time.process_time()
    with quiet(), tempfile.TemporaryDirectory() as made:
        found = _figures(options, Path(made))
    found.append(Figure("adapter_bench_cpu_s", time.process_time() - started, "s", "<= 240"))
    return found


def _figures(options: argparse.Namespace, folder: Path) -> list[Figure]:
    import torch

    from benchmarks._adapters_musicgen import base
    from generation.adapters.pairs import Batch, Meta, write_pairs
    from generation.adapters.streaming import PairStream

    sounds, vectors, words = corpus(options.seed, options.sounds)
    _tell(f"{len(sounds)} sounds measured")
    host, codes = base(torch.from_numpy(sounds), words, options.base_steps, options.seed)
    _tell("the generator is trained, and frozen")
    order = np.random.default_rng(options.seed + 1).permutation(len(vectors))
    meta = Meta(names=NAMES, kind=host.kind, digest="", shape=tuple(codes.shape[1:]))
    for name, rows in (("true", np.arange(len(vectors))), ("shuffled", order)):
        pairs = Batch(vectors[rows], codes.to(torch.int16).numpy(), words)
        write_pairs(folder / f"{name}.parquet", meta, [pairs])
    _, asked, said = corpus(options.seed + 500, HELD_OUT)
    found: list[Figure] = []
    for name, suffix in (("true", ""), ("shuffled", "_shuffled")):
        stream = PairStream(folder / f"{name}.parquet", 16, seed=options.seed)
        heard, course = _trained(host, stream, asked, options)
        found += _rhos(asked, heard, suffix)
        _tell(f"{name} pairs: {found[-1].value:.2f}")
        if name == "true":
            found += list(_streamed(folder / "true.parquet", course))
    found += _rhos(asked, _by_words(host, said, options.seed), "_words")
    found.append(_chance(options.seed))
    return found


def _trained(host: Any, stream: Any, asked: Vectors, options: argparse.Namespace) -> Any:
    """What a projector trained on `stream` makes of the asked vectors, as heard; and its course."""
    from generation.adapters.adapter import Adapter
    from generation.adapters.training import Config, train

    config = Config(steps=options.steps, hidden=128, seed=options.seed)
    projector, course = train(host, stream, stream.vectors(), config)
    adapter = Adapter(
        projector=projector, kind=host.kind, names=NAMES, digest="", weights="", licence=""
    )
    given = adapter.conditioned(host, asked, [""] * len(asked))
    return _heard(host.generate(given, SECONDS, guidance=GUIDANCE, seed=options.seed)), course


def _by_words(host: Any, said: Sequence[str], seed: int) -> Vectors:
    import torch

    from generation.adapters.hosts.host import Conditioned

    states, mask = host.words(list(said))
    states = states * mask[..., None]
    given = Conditioned(
        states=states, mask=mask, without=torch.zeros_like(states), mask_without=mask * 0
    )
    return _heard(host.generate(given, SECONDS, guidance=GUIDANCE, seed=seed))


def _heard(sounds: Any) -> Vectors:
    return np.stack([flat(measured(sound)) for sound in sounds.numpy()])


def _rhos(asked: Vectors, heard: Vectors, suffix: str) -> list[Figure]:
    """A figure a feature, and last their mean."""
    from scipy.stats import spearmanr

    each = []
    for place in range(len(NAMES)):
        rho = float(spearmanr(asked[:, place], heard[:, place])[0])
        each.append(0.0 if np.isnan(rho) else rho)  # a constant follows nothing
    target = {"": ">= 0.6", "_shuffled": "<= chance"}.get(suffix, "")
    figures = [
        Figure(f"adapter_rho{suffix}_{name}", rho, "rho")
        for name, rho in zip(NAMES, each, strict=True)
    ]
    return [*figures, Figure(f"adapter_rho{suffix}", float(np.mean(each)), "rho", target)]


def _chance(seed: int) -> Figure:
    from scipy.stats import rankdata

    rng = np.random.default_rng(seed)
    ranks = rankdata(np.arange(HELD_OUT))
    means = [
        np.mean([np.corrcoef(ranks, rng.permutation(ranks))[0, 1] for _ in NAMES])
        for _ in range(2000)
    ]
    return Figure(
        "adapter_chance", float(np.quantile(np.abs(means), 0.95)), "rho", note="mean of three"
    )


def _streamed(path: Path, course: Any) -> Iterator[Figure]:
    """Whether the loop waits for its pairs."""
    from generation.adapters.streaming import PairStream

    yield Figure(
        "parquet_share_of_step", course.waiting_share, "ratio", "<= 0.05", note="of training time"
    )
    started, rows = time.process_time(), 0
    for _ in range(20):
        rows += sum(len(batch.vectors) for batch in PairStream(path, 16, once=True))
    yield Figure("parquet_pairs_per_s", rows / (time.process_time() - started), "1/s", note="CPU")
    from mapping.torch_dataset import ConditioningStream

    started = time.process_time()
    rows = sum(1 for _ in range(5) for _ in ConditioningStream(path))
    yield Figure(
        "torch_dataset_rows_per_s", rows / (time.process_time() - started), "1/s",
        note="the same file by mapping.torch_dataset, row by row, vectors alone",
    )  # fmt: skip
    yield _full_size(path.with_name("latents.parquet"))
    yield Figure("adapter_pairs_per_s", course.pairs / course.stepping_s, "1/s", note="as trained")


def _full_size(path: Path) -> Figure:
    """Pairs of the size that Stable Audio Open's are: latents of 64 × 1,024."""
    from generation.adapters.pairs import Batch, Meta, write_pairs
    from generation.adapters.streaming import PairStream
    from generation.adapters.vectors import width

    rng, shape = np.random.default_rng(0), (64, 1024)
    vectors = rng.random((128, width(NAMES)), np.float32)
    latents = rng.normal(size=(128, *shape)).astype(np.float16)
    meta = Meta(names=NAMES, kind="stable-audio-open", digest="", shape=shape)
    write_pairs(path, meta, [Batch(vectors, latents, [""] * 128)] * 4)
    started = time.process_time()
    rows = sum(len(batch.vectors) for batch in PairStream(path, 16, 128, once=True))
    rate = rows / (time.process_time() - started)
    return Figure("parquet_latents_per_s", rate, "1/s", note="CPU; 64 × 1,024 halves each, 128 KiB")


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
