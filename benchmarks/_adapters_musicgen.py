"""A tiny MusicGen that knows the sounds of `_adapters_sound`, as a base to put vectors into.

Its EnCodec is not trained but built: a bank of sinusoids in EnCodec's own layers. The encoder's
strided convolution holds a windowed cosine and sine, each with both signs, for each band; ELU
rectifies them and the last convolution sums the four, which is a magnitude. The decoder plays each
magnitude on a sinusoid that fits a whole number of times into a frame and so goes on in phase.
Residual codebooks by k-means. The language model is then trained on coded sounds and coarse words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import (
    EncodecConfig,
    GenerationConfig,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
)

from benchmarks._adapters_sound import RATE
from generation.adapters.hosts.musicgen import MusicGenHost

HOP, BANDS, CODES, BOOKS = 160, 24, 128, 4
LIFT, LOUD = 8.0, 50.0  # keeps ELU in its linear part; and far from it where it should rectify
WORDS = ("dark", "bright", "soft", "loud", "slow", "fast")


def tokenizer() -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2, **{w: 3 + i for i, w in enumerate(WORDS)}}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=8, **special)


def untrained(seed: int = 0) -> tuple[Any, Any]:
    """The model with its built codec and random language model, and its tokenizer."""
    torch.manual_seed(seed)
    codec = EncodecConfig(
        target_bandwidths=[RATE / HOP * BOOKS * np.log2(CODES) / 1000], sampling_rate=RATE,
        audio_channels=1, normalize=False, chunk_length_s=None, overlap=None, hidden_size=BANDS,
        num_filters=2 * BANDS, num_residual_layers=1, upsampling_ratios=[HOP],
        norm_type="weight_norm", kernel_size=7, last_kernel_size=7, residual_kernel_size=3,
        use_causal_conv=False, pad_mode="reflect", compress=2, num_lstm_layers=1,
        codebook_size=CODES, codebook_dim=BANDS, use_conv_shortcut=False,
    )  # fmt: skip
    tokens = tokenizer()
    text = T5Config(
        vocab_size=len(tokens), d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4,
        is_encoder_decoder=False, use_cache=False, dropout_rate=0.0,
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(
        vocab_size=CODES, max_position_embeddings=512, num_hidden_layers=3, ffn_dim=384,
        num_attention_heads=4, hidden_size=96, num_codebooks=BOOKS, pad_token_id=CODES,
        bos_token_id=CODES, decoder_start_token_id=CODES, dropout=0.0,
    )  # fmt: skip
    model = MusicgenForConditionalGeneration(
        MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder)
    )
    model.generation_config = GenerationConfig(
        do_sample=True, max_length=512, pad_token_id=CODES, bos_token_id=CODES,
        decoder_start_token_id=CODES,
    )  # fmt: skip
    build_codec(model.audio_encoder)
    return model, tokens


def bands() -> list[tuple[float, int]]:
    """Frequency and window of each band: multiples of the frame rate, windows as wide as gaps."""
    wanted = np.concatenate([np.arange(100, 1100, 100), np.geomspace(1150, 3850, BANDS - 10)])
    centres = np.round(wanted / (RATE / HOP)) * (RATE / HOP)
    gaps = np.gradient(centres)
    return [
        (float(hz), int(min(2 * HOP, 2 * RATE / gap)))
        for hz, gap in zip(centres, gaps, strict=True)
    ]


@torch.no_grad()
def build_codec(codec: Any) -> None:
    """Set the weights of an EnCodec of one stage to a bank of sinusoids."""
    encoder, decoder = codec.encoder.layers, codec.decoder.layers
    for module in (*encoder, *decoder):
        _still(module)
    first, down, last = (m for m in encoder if type(m).__name__ == "EncodecConv1d")
    start, end = (m for m in decoder if type(m).__name__ == "EncodecConv1d")
    up = next(m for m in decoder if type(m).__name__ == "EncodecConvTranspose1d")
    time = torch.arange(2 * HOP, dtype=torch.float64)
    analysis, synthesis = [], []
    for hz, window in bands():
        centred = torch.zeros(2 * HOP, dtype=torch.float64)
        edge = (2 * HOP - window) // 2
        centred[edge : edge + window] = torch.hann_window(window, dtype=torch.float64)
        turn = 2 * np.pi * hz / RATE * time
        for phase in (torch.cos(turn), torch.sin(turn)):
            wave = centred * phase / centred.sum()
            analysis += [wave, -wave]
        synthesis.append(torch.hann_window(2 * HOP, dtype=torch.float64) * torch.cos(turn))
    _set(first, _one(first, 0, 0), LIFT * _unit(first, 0))
    weight = torch.zeros(down.conv.weight.shape, dtype=torch.float64)
    weight[:, 0] = LOUD * torch.stack(analysis)
    _set(down, weight, -LIFT * weight[:, 0].sum(1))
    weight = torch.zeros(last.conv.weight.shape, dtype=torch.float64)
    for band in range(BANDS):
        weight[band, 4 * band : 4 * band + 4, 3] = np.pi / 2 / LOUD * 2
    _set(last, weight, torch.zeros(BANDS))
    weight = torch.zeros(start.conv.weight.shape, dtype=torch.float64)
    weight[torch.arange(BANDS), torch.arange(BANDS), 3] = 1
    _set(start, weight, torch.zeros(len(weight)))
    weight = torch.zeros(up.conv.weight.shape, dtype=torch.float64)
    weight[:BANDS, 0] = torch.stack(synthesis)
    _set(up, weight, LIFT * _unit(up, 0))
    _set(end, _one(end, 0, 0), torch.tensor([-LIFT]))


@torch.no_grad()
def fit_codebooks(codec: Any, sounds: Tensor, seed: int = 0) -> float:
    """Residual k-means; the share of the magnitudes' energy that is left over."""
    found = codec.encoder(sounds).transpose(1, 2).reshape(-1, BANDS)
    rest = found[torch.randperm(len(found), generator=torch.Generator().manual_seed(seed))[:8_000]]
    whole = float(rest.square().mean())
    for layer in codec.quantizer.layers:
        codes = _kmeans(rest, seed)
        layer.codebook.embed.copy_(codes)
        rest = rest - codes[torch.cdist(rest, codes).argmin(1)]
    return float(rest.square().mean()) / whole


def base(
    sounds: Tensor, prompts: Sequence[str], steps: int, seed: int = 0
) -> tuple[MusicGenHost, Tensor]:
    """A MusicGen trained on sounds and their words, of which some are left out; and their codes."""
    model, tokens = untrained(seed)
    fit_codebooks(model.audio_encoder, sounds)
    host = MusicGenHost(model, tokens)
    codes = torch.cat([host.encode(part) for part in sounds.split(32)])
    model.decoder.requires_grad_(True)
    model.text_encoder.requires_grad_(True)
    parts = [p for p in model.parameters() if p.requires_grad]
    if hasattr(model, "enc_to_dec_proj"):
        parts += list(model.enc_to_dec_proj.requires_grad_(True).parameters())
    optimiser = torch.optim.AdamW(parts, lr=1.0, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: 2e-3 * min(1, (n + 1) / 50) * (1 - n / steps)
    )
    rng = np.random.default_rng(seed)
    model.train()
    for _ in range(steps):
        rows = rng.integers(len(codes), size=16)
        said = [thinned(prompts[row], rng) for row in rows]
        read = tokens(said, return_tensors="pt", padding=True)
        states = model.text_encoder(read.input_ids, attention_mask=read.attention_mask)
        loss = host.loss(states.last_hidden_state, read.attention_mask, codes[rows])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parts, 1.0)
        optimiser.step()
        schedule.step()
    return MusicGenHost(model, tokens), codes


def thinned(prompt: str, rng: np.random.Generator) -> str:
    """Each word stays with a chance of three in four, so that the model knows fewer words, too."""
    return " ".join(word for word in prompt.split() if rng.random() < 0.75)


def _kmeans(points: Tensor, seed: int, rounds: int = 8) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    codes = points[torch.randperm(len(points), generator=random)[:CODES]].clone()
    for _ in range(rounds):
        nearest = torch.cdist(points, codes).argmin(1)
        sums = torch.zeros_like(codes).index_add_(0, nearest, points)
        counts = torch.bincount(nearest, minlength=CODES)[:, None]
        codes = torch.where(counts > 0, sums / counts.clamp(min=1), codes)
    return codes


def _still(module: Any) -> None:
    """Layers that should do nothing: a zero beside a residual."""
    name = type(module).__name__
    if name == "EncodecLSTM":
        for weight in module.lstm.parameters():
            weight.zero_()
    elif name == "EncodecResnetBlock":
        last = [m for m in module.block if type(m).__name__ == "EncodecConv1d"][-1]
        _set(last, torch.zeros(last.conv.weight.shape), torch.zeros(last.conv.bias.shape))


def _set(layer: Any, weight: Tensor, bias: Tensor) -> None:
    """Weights under weight normalisation: direction and length apart."""
    norm = layer.conv.parametrizations.weight
    length = weight.flatten(1).norm(dim=1).view(norm.original0.shape)
    norm.original0.copy_(length)
    flat = length.expand_as(weight) > 0
    norm.original1.copy_(torch.where(flat, weight, torch.ones_like(weight)))
    layer.conv.bias.copy_(bias)


def _one(layer: Any, out: int, into: int) -> Tensor:
    weight = torch.zeros(layer.conv.weight.shape, dtype=torch.float64)
    weight[out, into, weight.shape[-1] // 2] = 1
    return weight


def _unit(layer: Any, where: int) -> Tensor:
    bias = torch.zeros(layer.conv.bias.shape, dtype=torch.float64)
    bias[where] = 1
    return bias
