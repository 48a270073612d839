"""Engines by id: what each can take, and how it is made. Nothing heavy is imported before that.

>>> from generation.registry import manifest
>>> manifest("musicgen").longest_s
30.0
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from generation.around.keeping import load_generation
from generation.contract import Generator
from schemas.audio import Audio
from schemas.errors import InputError, MissingExtraError
from schemas.generation import EngineManifest

DEFAULT_ENGINE = "embedded"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an engine's class is, and how it is made.

    `kind`: embedded takes nothing; torch takes weights by folder or hub id; learned takes the
    folder of a model that was trained here; external takes the file that describes a program.
    """

    module: str
    name: str
    kind: str
    title: str


ENTRIES: dict[str, Entry] = {
    "embedded": Entry(
        "generation.sequencer.engine", "Embedded", "embedded", "built in: no weights, no network"
    ),
    "ace-step": Entry("generation.engines.ace_step", "AceStep", "torch", "ACE-Step 1.5"),
    "stable-audio-3": Entry(
        "generation.engines.stable_audio_3", "StableAudio3", "torch", "Stable Audio 3"
    ),
    "stable-audio-open": Entry(
        "generation.engines.stable_audio_open", "StableAudioOpen", "torch", "Stable Audio Open"
    ),
    "musicgen": Entry("generation.engines.musicgen", "MusicGen", "torch", "MusicGen"),
    "musicgen-melody": Entry(
        "generation.engines.musicgen_melody", "MusicGenMelody", "torch", "MusicGen Melody"
    ),
    "learned-symbolic": Entry(
        "generation.learned.symbolic.engine",
        "LearnedSymbolic",
        "learned",
        "notes of a model of your own",
    ),
    "learned-audio": Entry(
        "generation.learned.sound.engine",
        "LearnedAudio",
        "learned",
        "sound of a model of your own",
    ),
    "external": Entry(
        "generation.engines.external", "External", "external", "a program of your own"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What an engine may need to be made.

    Attributes
    ----------
    weights : folder, hub id, or file, by the engine's kind; None for its default
    download : whether weights may be fetched from the hub
    device : "auto", or as torch names it
    steps, guidance : of engines that denoise; None as their weights are used to
    adapter : folder of an adapter: the vector itself conditions (generation.adapters)
    preset : of the embedded engine
    generations : folder of earlier generations, which edits start from
    """

    weights: str | None = None
    download: bool = False
    device: str = "auto"
    steps: int | None = None
    guidance: float | None = None
    adapter: Path | None = None
    preset: str | None = None
    generations: Path | None = None


def entry(engine: str) -> Entry:
    """Raises InputError for an unknown engine; names the nearest."""
    if engine not in ENTRIES:
        near = difflib.get_close_matches(engine, ENTRIES, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(ENTRIES)}"
        raise InputError(f"engine: unknown id {engine!r}; {hint}")
    return ENTRIES[engine]


def manifest(engine: str) -> EngineManifest:
    """What an engine can take, without making it."""
    from generation.payloads import catalogue

    if engine in catalogue.BUILDERS:
        return catalogue.manifest(engine)
    return cast(EngineManifest, vars(importlib.import_module(entry(engine).module))["MANIFEST"])


def make(engine: str, making: Making | None = None) -> Generator:
    """An engine, ready to generate; weights are loaded when the first piece is asked for.

    Raises
    ------
    InputError
        When there is no engine of that id, or it needs weights and none are named.
    MissingExtraError
        When it needs packages that are not installed; names the extra.
    GenerationError
        When the weights cannot be used.
    """
    found, making = entry(engine), making or Making()
    try:
        made = getattr(importlib.import_module(found.module), found.name)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in ("torch", "diffusers", "transformers"):
            raise MissingExtraError(engine, "engines") from error
        raise
    return _MAKERS[found.kind](engine, made, making)


def _embedded(engine: str, made: Any, making: Making) -> Generator:
    if making.weights is not None:
        raise InputError(f"engine {engine}: takes no weights; it has none")
    return cast(Generator, made(recall=_recipes(making), preset=making.preset))


def _torch(engine: str, made: Any, making: Making) -> Generator:
    from generation.engines.engine import Options
    from generation.engines.weights import Loading

    if making.weights is None:
        raise InputError(
            f"engine {engine}: name its weights with --weights: a folder, or a hub id such as "
            f"{made.expected.example}"
        )
    loading = Loading(weights=making.weights, download=making.download, device=making.device)
    options = Options(steps=making.steps, guidance=making.guidance, adapter=making.adapter)
    return cast(Generator, made(loading, options, recall=_mixes(making)))


def _learned(engine: str, made: Any, making: Making) -> Generator:
    if making.weights is None:
        raise InputError(
            f"engine {engine}: name a model with --weights; `wordtone train-generator` trains one"
        )
    return cast(Generator, made.load(Path(making.weights)))


def _external(engine: str, made: Any, making: Making) -> Generator:
    if making.weights is None:
        raise InputError(
            f"engine {engine}: name the file that describes the program with --weights"
        )
    return cast(Generator, made.load(Path(making.weights)))


_MAKERS: dict[str, Callable[[str, Any, Making], Generator]] = {
    "embedded": _embedded,
    "torch": _torch,
    "learned": _learned,
    "external": _external,
}


def _recipes(making: Making) -> Callable[[str], Mapping[str, Any]]:
    """What the embedded engine edits from."""

    def recall(generation_id: str) -> Mapping[str, Any]:
        return load_generation(_root(making), generation_id).result.recipe

    return recall


def _mixes(making: Making) -> Callable[[str], Audio]:
    """What engines that edit sound start from."""

    def recall(generation_id: str) -> Audio:
        return load_generation(_root(making), generation_id).audio()

    return recall


def _root(making: Making) -> Path:
    if making.generations is None:
        raise InputError("edit: there is no folder of earlier generations to start from")
    return making.generations
