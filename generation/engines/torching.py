"""What every torch engine needs: torch itself, a device, seeds, quiet libraries, honest errors."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from generation.engines.weights import Loading
from schemas.errors import GenerationError, InputError, MissingExtraError, WordtoneError

DTYPES = ("auto", "float32", "float16", "bfloat16")


def library(name: str, engine: str) -> Any:
    """An optional library, imported now.

    Raises
    ------
    MissingExtraError
        When torch, diffusers or transformers is not installed; names what to install.
    """
    if importlib.util.find_spec("torch") is None:
        raise _Missing(engine, "torch", "pip install torch, and then the extra: ")
    if importlib.util.find_spec(name) is None:
        raise _Missing(engine, name, "")
    try:
        return importlib.import_module(name)
    except ImportError as error:  # installed, but at odds with what is beside it
        raise GenerationError(f"engine {engine}: {name} cannot be imported ({error})") from error


class _Missing(MissingExtraError):
    def __init__(self, engine: str, what: str, first: str) -> None:
        Exception.__init__(
            self,
            f"engine {engine}: {what} is not installed; {first}pip install 'wordtone[engines]'",
        )


def device_of(loading: Loading) -> Any:
    """The torch device: as named, or the best there is.

    Raises
    ------
    InputError
        A device that torch does not know or this machine does not have.
    """
    import torch

    if loading.device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(loading.device)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(
            f"device: {loading.device!r} is not to be had here ({first_line(error)}); valid is "
            "auto, cpu, or cuda or mps where there is one"
        ) from error
    return device


def dtype_of(loading: Loading, device: Any) -> Any:
    """The torch dtype: half precision on a GPU (bfloat16 where it has it), else float32."""
    import torch

    if loading.dtype not in DTYPES:
        raise InputError(f"dtype: {loading.dtype!r}; valid is {', '.join(DTYPES)}")
    if loading.dtype != "auto":
        return getattr(torch, loading.dtype)
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


@contextmanager
def seeded(seed: int) -> Iterator[Any]:
    """A generator on the CPU, so that a seed means the same noise on every device.

    The libraries also draw from torch's global state (an autoencoder's posterior, MusicGen's
    tokens): that is seeded for as long, and put back.
    """
    import torch

    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield torch.Generator("cpu").manual_seed(seed)


@contextmanager
def quiet() -> Iterator[None]:
    """Libraries that log, warn and draw bars say nothing: what matters we check and tell."""
    from transformers.utils import logging as transformers_logging

    loggings: list[Any] = [transformers_logging]
    if importlib.util.find_spec("diffusers"):
        from diffusers.utils import logging as diffusers_logging

        loggings.append(diffusers_logging)
    before = [(one.get_verbosity(), one.is_progress_bar_enabled()) for one in loggings]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for one in loggings:
                one.set_verbosity_error()
                one.disable_progress_bar()
            yield
        finally:
            for one, (level, bars) in zip(loggings, before, strict=True):
                one.set_verbosity(level)
                if bars:
                    one.enable_progress_bar()


@contextmanager
def told(engine: str, doing: str) -> Iterator[None]:
    """What a library raises, as a GenerationError that names the engine and what would help.

    Raises
    ------
    GenerationError
        Out of memory, damaged or mismatching weights, arguments that the library refuses.
    """
    import torch

    try:
        yield
    except WordtoneError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(engine, doing) from error
    except RuntimeError as error:
        if "out of memory" in str(error).lower() or "can't allocate memory" in str(error):
            raise _out_of_memory(engine, doing) from error
        raise GenerationError(f"engine {engine}, {doing}: {first_line(error)}") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        raise GenerationError(f"engine {engine}, {doing}: {first_line(error)}") from error
    except Exception as error:
        if type(error).__module__.split(".")[0].strip("_") not in (
            "safetensors",
            "safetensors_rust",
        ):
            raise
        raise GenerationError(
            f"engine {engine}, {doing}: a .safetensors file is damaged ({first_line(error)})"
        ) from error


def _out_of_memory(engine: str, doing: str) -> GenerationError:
    return GenerationError(
        f"engine {engine}, {doing}: out of memory; ask for a shorter piece, use dtype bfloat16 or "
        "smaller weights, or close what else uses the device"
    )


def first_line(error: BaseException) -> str:
    """The first line of a library's message, and of what it came from: 300 characters each."""
    said = [_line(error)]
    if error.__cause__ is not None:
        said.append(_line(error.__cause__))
    return "; ".join(dict.fromkeys(said))


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:300]
