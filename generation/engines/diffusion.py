"""What the diffusers pipelines share: loading, steps that are counted, samples that come back."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.engines.engine import Job


def load_pipeline(pipeline: Any, folder: str, device: Any, dtype: Any) -> Any:
    """A pipeline from a folder, on its device, without reaching for the hub or for pickles."""
    made = pipeline.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, torch_dtype=dtype
    )
    made.set_progress_bar_config(disable=True)
    return made.to(device)


def call_with_steps(
    pipeline: Any, call: dict[str, Any], job: Job, steps: int | None, rounds: int = 1
) -> npt.NDArray[np.float32]:
    """One call of a pipeline; float32 (1, channels, n). `rounds` calls make up the whole job."""
    done = 0
    total = rounds * (steps or 8)

    def count(*_: Any) -> Any:
        nonlocal done
        done += 1
        job.step(done, total)
        return {}

    call = call | {"generator": job.generator, "output_type": "pt"}
    if steps is not None:
        call["num_inference_steps"] = steps
    takes = inspect.signature(pipeline.__call__).parameters
    call["callback_on_step_end" if "callback_on_step_end" in takes else "callback"] = count
    audio = pipeline(**call).audios
    samples: npt.NDArray[np.float32] = audio.detach().float().cpu().numpy()
    return samples


def cut_prompt(pipeline: Any, prompt: str, most: int | None = None) -> list[str]:
    """A note where a prompt has more tokens than its text encoder takes, which cuts in silence."""
    tokenizer = pipeline.tokenizer
    limit = min(int(tokenizer.model_max_length), most or int(tokenizer.model_max_length))
    count = len(tokenizer(prompt).input_ids)
    if count <= limit:
        return []
    return [f"the prompt has {count} tokens and was cut to {limit}: its end was not heard"]
