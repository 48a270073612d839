"""Tiny models with random weights, written as their libraries write real ones.

Each recipe has the real classes and layout, so that what loads and runs these folders is the code
that loads and runs gigabytes. Sizes that look odd are ties between parts: Oobleck's encoder gives
mean and scale (twice the latent channels); EnCodec's bandwidth must make MusicGen's four codebooks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = ("a", "slow", "fast", "dark", "bright", "calm", "piano", "drums", "techno", "ambient")


def tokenizer() -> Any:
    """Words as tokens: enough for a text encoder to tell prompts apart."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2}
    vocabulary |= {word: 3 + i for i, word in enumerate(WORDS)}
    vocabulary |= {str(n): len(vocabulary) + n for n in range(10)}
    vocabulary |= {c: len(vocabulary) + i for i, c in enumerate("CDEFGAB#b:-.,")}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)]
    )
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, model_max_length=32,
        **{"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"},
    )  # fmt: skip


def awake(pipeline: Any) -> Any:
    """Weights that start at zero, so that a block is at first the identity, at random instead."""
    import torch

    for module in pipeline.components.values():
        for weight in module.parameters() if isinstance(module, torch.nn.Module) else ():
            if weight.ndim > 1 and not weight.any():
                torch.nn.init.normal_(weight, std=0.2)
    return pipeline


def save_ace_step(folder: Path, turbo: bool = False) -> Path:
    from diffusers import (
        AceStepPipeline,
        AceStepTransformer1DModel,
        AutoencoderOobleck,
        FlowMatchEulerDiscreteScheduler,
    )
    from diffusers.pipelines.ace_step import (
        AceStepAudioTokenDetokenizer,
        AceStepAudioTokenizer,
        AceStepConditionEncoder,
    )
    from transformers import Qwen3Config, Qwen3Model

    tokens = tokenizer()
    heads = {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "sliding_window": 16,
    }
    wide = {"hidden_size": 32, "intermediate_size": 64}
    pooled = {
        "audio_acoustic_hidden_dim": 8, "pool_window_size": 5,
        "num_attention_pooler_hidden_layers": 1,
    }  # fmt: skip
    pipeline = AceStepPipeline(
        transformer=AceStepTransformer1DModel(
            **wide, **heads, num_hidden_layers=2, in_channels=24, audio_acoustic_hidden_dim=8,
            patch_size=2, is_turbo=turbo,
        ),
        text_encoder=Qwen3Model(
            Qwen3Config(
                **wide, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                head_dim=8, vocab_size=256, max_position_embeddings=2048,
            )
        ),
        condition_encoder=AceStepConditionEncoder(
            **wide, **heads, text_hidden_dim=32, timbre_hidden_dim=8,
            num_lyric_encoder_hidden_layers=1, num_timbre_encoder_hidden_layers=1,
        ),
        vae=AutoencoderOobleck(
            encoder_hidden_size=16, downsampling_ratios=[2, 4, 4, 6, 10], decoder_channels=3,
            decoder_input_channels=8, audio_channels=2, channel_multiples=[1, 2, 2, 4, 4],
            sampling_rate=48_000,
        ),
        tokenizer=tokens,
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        audio_tokenizer=AceStepAudioTokenizer(
            **wide, **heads, **pooled, fsq_dim=32, fsq_input_levels=[4, 4, 4],
            fsq_input_num_quantizers=1,
        ),
        audio_token_detokenizer=AceStepAudioTokenDetokenizer(**wide, **heads, **pooled),
    )  # fmt: skip
    awake(pipeline).save_pretrained(folder)
    return folder


def save_stable_audio_open(folder: Path) -> Path:
    """Latents of 256 frames of 1,024 samples: 5.9 s at most."""
    from diffusers import (
        AutoencoderOobleck,
        CosineDPMSolverMultistepScheduler,
        StableAudioDiTModel,
        StableAudioPipeline,
        StableAudioProjectionModel,
    )
    from transformers import T5Config, T5EncoderModel

    tokens = tokenizer()
    pipeline = StableAudioPipeline(
        transformer=StableAudioDiTModel(
            sample_size=256, in_channels=8, num_layers=2, attention_head_dim=8,
            num_attention_heads=4, num_key_value_attention_heads=2, out_channels=8,
            cross_attention_dim=32, time_proj_dim=8, global_states_input_dim=64,
            cross_attention_input_dim=32,
        ),
        scheduler=CosineDPMSolverMultistepScheduler(
            solver_order=2, prediction_type="v_prediction", sigma_data=1.0,
            sigma_schedule="exponential",
        ),
        vae=AutoencoderOobleck(
            encoder_hidden_size=16, downsampling_ratios=[2, 4, 4, 4, 8], decoder_channels=3,
            decoder_input_channels=8, audio_channels=2, channel_multiples=[1, 2, 2, 4, 4],
            sampling_rate=44_100,
        ),
        text_encoder=T5EncoderModel(
            T5Config(vocab_size=len(tokens), d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4)
        ),
        tokenizer=tokens,
        projection_model=StableAudioProjectionModel(
            text_encoder_dim=32, conditioning_dim=32, min_value=0, max_value=512
        ),
    )  # fmt: skip
    awake(pipeline).save_pretrained(folder)
    return folder


def save_stable_audio_3(folder: Path) -> Path:
    from diffusers import (
        AutoencoderSAME,
        FlowMatchEulerDiscreteScheduler,
        StableAudio3DiTModel,
        StableAudio3DurationEmbedder,
        StableAudio3Pipeline,
    )
    from transformers import T5GemmaConfig, T5GemmaEncoderModel, T5GemmaModuleConfig

    tokens = tokenizer()
    module = T5GemmaModuleConfig(
        vocab_size=len(tokens), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=64,
        sliding_window=64, layer_types=["full_attention"] * 2,
    )  # fmt: skip
    pipeline = StableAudio3Pipeline(
        transformer=StableAudio3DiTModel(
            io_channels=8, patch_size=1, embed_dim=32, depth=2, num_heads=4, cond_token_dim=16,
            global_cond_dim=16, local_add_cond_dim=9, timestep_features_dim=16, ff_mult=2,
            num_memory_tokens=3, use_differential_attention=False,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(
            num_train_timesteps=1, shift=1.0, stochastic_sampling=True
        ),
        vae=AutoencoderSAME(
            audio_channels=2, patch_size=64, encoder_channels=16, encoder_c_mults=(2,),
            encoder_strides=(4,), encoder_transformer_depths=(1,), latent_dim=8,
            use_differential_attention=False, dim_heads=8, ff_mult=2, sampling_rate=44_100,
        ),
        text_encoder=T5GemmaEncoderModel(
            T5GemmaConfig(
                encoder=module.to_dict(), decoder=module.to_dict(), is_encoder_decoder=False
            )
        ),
        tokenizer=tokens,
        duration_embedder=StableAudio3DurationEmbedder(output_dim=16, fourier_dim=16),
    )  # fmt: skip
    awake(pipeline).save_pretrained(folder)
    return folder


def _musicgen_parts() -> tuple[Any, Any, dict[str, Any]]:
    from transformers import EncodecConfig, T5Config

    text = T5Config(
        vocab_size=len(tokenizer()), d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4,
        is_encoder_decoder=False, use_cache=False,
    )  # fmt: skip
    codec = EncodecConfig(
        target_bandwidths=[1.2], sampling_rate=32_000, audio_channels=1, normalize=False,
        chunk_length_s=None, overlap=None, hidden_size=32, num_filters=4, num_residual_layers=1,
        upsampling_ratios=[8, 5, 4, 4], norm_type="weight_norm", kernel_size=7,
        last_kernel_size=7, residual_kernel_size=3, dilation_growth_rate=2, use_causal_conv=False,
        pad_mode="reflect", compress=2, num_lstm_layers=1, codebook_size=64, codebook_dim=32,
        use_conv_shortcut=False,
    )  # fmt: skip
    decoder = {
        "vocab_size": 64, "max_position_embeddings": 2048, "num_hidden_layers": 2, "ffn_dim": 64,
        "num_attention_heads": 4, "hidden_size": 32, "num_codebooks": 4, "pad_token_id": 64,
        "bos_token_id": 64, "decoder_start_token_id": 64, "initializer_factor": 0.3,
    }  # fmt: skip
    return text, codec, decoder


def _save_musicgen(model: Any, folder: Path) -> Path:
    from transformers import GenerationConfig

    for layer in model.audio_encoder.quantizer.layers:
        layer.codebook.embed.normal_()  # zeros until trained: every token would sound alike
    model.generation_config = GenerationConfig(
        do_sample=True, guidance_scale=3.0, max_length=1500, pad_token_id=64, bos_token_id=64,
        decoder_start_token_id=64,
    )  # fmt: skip
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def save_musicgen(folder: Path, stereo: bool = False) -> Path:
    """With `stereo`, two interleaved sets of codebooks, as the musicgen-stereo weights have."""
    from transformers import (
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
    )

    text, codec, decoder = _musicgen_parts()
    if stereo:
        decoder |= {"num_codebooks": 8, "audio_channels": 2}
    config = MusicgenConfig(
        text_encoder=text, audio_encoder=codec, decoder=MusicgenDecoderConfig(**decoder)
    )
    return _save_musicgen(MusicgenForConditionalGeneration(config), folder)


def save_musicgen_melody(folder: Path) -> Path:
    from transformers import (
        MusicgenMelodyConfig,
        MusicgenMelodyDecoderConfig,
        MusicgenMelodyForConditionalGeneration,
    )

    text, codec, decoder = _musicgen_parts()
    config = MusicgenMelodyConfig(
        text_encoder=text, audio_encoder=codec, decoder=MusicgenMelodyDecoderConfig(**decoder)
    )
    return _save_musicgen(MusicgenMelodyForConditionalGeneration(config), folder)
