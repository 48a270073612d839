"""MusicGen through transformers: words, at most 30 s; edits are continuations of what goes before.

MusicGen writes forwards only: a region of an edit is made as the continuation of the sound before
it. What follows the region is kept, but was not known to the model.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from generation.engines import torching
from generation.engines.engine import Job, Played, TorchEngine
from generation.engines.sound import fitted, spliced
from generation.engines.weights import Expected
from generation.payloads import musicgen
from schemas.parts import Region

GUIDANCE = 3.0
_FEWEST = 0.02
"""A continuation starts from at least so many seconds of sound; from less, it starts from none."""


class MusicGen(TorchEngine):
    """See `TorchEngine` for its parameters; weights such as facebook/musicgen-small."""

    manifest_ = musicgen.MANIFEST
    build = staticmethod(musicgen.build)
    expected = Expected(
        index="config.json",
        field="model_type",
        values=("musicgen",),
        example="facebook/musicgen-small",
    )
    _diffusers = False
    _class = "MusicgenForConditionalGeneration"

    def _load(self, folder: str, device: Any, dtype: Any) -> Any:
        transformers = torching.library("transformers", self.manifest_.engine)
        model = getattr(transformers, self._class).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=dtype
        )
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        return model.to(device).eval()

    def _play(self, model: Any, job: Job) -> Played:
        rate = int(model.config.audio_encoder.sampling_rate)
        if job.source is None:
            tokens = int(job.payload.call["max_new_tokens"])
            samples = self._made(model, job, tokens / musicgen.TOKENS_PER_S)
            return Played(samples=samples, rate=rate, notes=self._notes(model))
        source = fitted(job.source, rate, model.decoder.config.audio_channels)
        regions = job.regions or (Region(start_s=0, end_s=source.shape[1] / rate),)
        notes = self._notes(model)
        for region in regions:
            source, said = self._continued(model, job, source, region)
            notes += said
        return Played(samples=source, rate=rate, notes=notes, honoured=("edit",))

    def _continued(
        self, model: Any, job: Job, source: Any, region: Region
    ) -> tuple[Any, list[str]]:
        """`source` with one region made anew from up to 30 s less the region's length before it."""
        rate = int(model.config.audio_encoder.sampling_rate)
        most = musicgen.LONGEST_S
        wanted = region.end_s - region.start_s
        length = min(wanted, most - 1 if region.start_s else most)
        start = max(0.0, region.start_s - (most - length))
        before = source[:, round(start * rate) : round(region.start_s * rate)]
        made = self._made(model, job, length, before if before.shape[1] > _FEWEST * rate else None)[
            0
        ]
        made = made[:, -round(length * rate) :]
        whole = np.pad(made, ((0, 0), (round(region.start_s * rate), 0)))
        cut = Region(start_s=region.start_s, end_s=region.start_s + made.shape[1] / rate)
        said = []
        if wanted > length:
            said.append(
                f"asked for {wanted:.1f} s anew from {region.start_s:.1f} s; it made {length:.1f} s"
            )
        if cut.end_s < source.shape[1] / rate:
            said.append(f"what follows at {cut.end_s:.1f} s was not known to the model")
        return spliced(source, whole, (cut,), rate), said

    def _made(self, model: Any, job: Job, seconds: float, before: Any = None) -> Any:
        """float32 (1, channels, n), the sound `before` included."""
        import torch

        device, dtype = model.device, model.dtype
        guidance = job.options.guidance or GUIDANCE
        inputs = self._words(job, device, guidance)
        if before is not None:
            inputs["input_values"] = torch.from_numpy(before.copy())[None].to(device, dtype)
        inputs |= self._more(model, job)
        tokens = new_tokens(model, seconds)
        made = model.generate(
            **inputs,
            max_new_tokens=tokens,
            do_sample=True,
            guidance_scale=guidance,
            stopping_criteria=_counting(job, tokens),
        )
        return made.detach().float().cpu().numpy()

    def _words(self, job: Job, device: Any, guidance: float) -> dict[str, Any]:
        text = str(job.payload.call["text"])
        if self._led is not None:
            return self._led.inputs(job.request, guidance, text, None)
        words = self.tokenizer([text], return_tensors="pt", padding=True)
        return {
            "input_ids": words.input_ids.to(device),
            "attention_mask": words.attention_mask.to(device),
        }

    def _more(self, model: Any, job: Job) -> dict[str, Any]:
        """Further inputs of a model that takes more than words."""
        return {}

    def _notes(self, model: Any) -> list[str]:
        return []

    def _length(self, job: Job) -> float | None:
        if job.source is not None:
            return None
        return float(job.payload.call["max_new_tokens"]) / musicgen.TOKENS_PER_S


def new_tokens(model: Any, seconds: float) -> int:
    """Steps of the decoder for a length: a frame each, and the delay between its codebooks."""
    decoder = model.decoder.config
    codebooks: int = decoder.num_codebooks // decoder.audio_channels
    return int(np.ceil(seconds * model.config.audio_encoder.frame_rate)) + codebooks - 1


def _counting(job: Job, tokens: int) -> Any:
    """A stopping criterion that stops nothing and tells how far generation is."""
    import torch
    from transformers import StoppingCriteriaList

    done = 0

    def counting(input_ids: Any, _scores: Any, **_: Any) -> Any:
        nonlocal done
        done += 1
        job.step(done, tokens)
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

    return StoppingCriteriaList([counting])
