"""Results on disk: one folder a generation, whole or not at all.

    ROOT/20261126T193604123456-0a1b2c3d/
        result.json     GenerationResult: what was asked, what became of it, with what licence
        vector.json     what the mapping made of the prompt, where it answers one
        mix.wav         24-bit (float where a sample lies beyond full scale)
        mix.mid         the notes, where the engine knows them
        mix.json        sidecar: origin "generated", so that an ingest never takes it for music
        stems/drums.wav …, each with its sidecar

A folder is written beside and renamed, so that a killed run leaves none; ids sort by time. Each
audio file also carries GENERATED_MARK in its comment, which an ingest reads wherever it was copied.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generation.around.candidates import Made
from generation.around.files import read_audio, write_audio
from schemas.answers import ConditioningVector
from schemas.audio import Audio
from schemas.errors import ContractError, GenerationError, InputError, StorageError
from schemas.generation import GENERATED_MARK, AudioFile, GenerationResult
from schemas.ids import is_id, new_id

RESULT, VECTOR, MIX, STEMS = "result.json", "vector.json", "mix.wav", "stems"
MIDI = "mix.mid"
"""Named after the mix: a score of another name would be ingested as a piece of its own."""

_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,63}")
_MOST_BYTES = 64_000_000
_LEFT_OVER_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Kept:
    """A generation on disk."""

    result: GenerationResult
    folder: Path

    def path(self, stem: str | None = None) -> Path:
        """Where the mix, or a stem, is. Raises InputError when there is no such stem."""
        found = next((file for file in self.result.audio if file.stem == stem), None)
        if found is None:
            there = ", ".join(f.stem for f in self.result.audio if f.stem) or "none"
            raise InputError(f"{self.result.generation_id}: no stem {stem!r}; there are: {there}")
        return _inside(self.folder, found.path)

    def audio(self, stem: str | None = None) -> Audio:
        """Samples of the mix, or of a stem. Raises InputError, or ContractError when damaged."""
        return read_audio(self.path(stem))

    def vector(self) -> ConditioningVector | None:
        """The vector that was made of the prompt; None where it was made of a request.

        Raises ContractError when it is damaged.
        """
        path = self.folder / VECTOR
        if not path.is_file():
            return None
        try:
            return ConditioningVector.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise ContractError(f"{path}: no conditioning vector") from error

    def midi(self) -> bytes | None:
        if self.result.midi_path is None:
            return None
        return _inside(self.folder, self.result.midi_path).read_bytes()


def keep(
    root: Path, made: Made, result: GenerationResult, vector: ConditioningVector | None = None
) -> Kept:
    """Write one generation; `result` as `describe` made it, `vector` where it answers a prompt.

    Raises
    ------
    StorageError
        When the folder cannot be written; nothing is left of it then.
    """
    folder = root / result.generation_id
    beside = root / f".{result.generation_id}.part"
    try:
        root.mkdir(parents=True, exist_ok=True)
        _tidy(root)
        beside.mkdir()
        _write(beside, made, result)
        if vector is not None:
            _write_bytes(beside / VECTOR, vector.model_dump_json().encode())
        beside.rename(folder)
        _sync(root)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        reason = error.strerror or error
        raise StorageError(f"{folder}: the generation cannot be kept ({reason})") from error
    return Kept(result, folder)


def files_of(made: Made) -> tuple[AudioFile, ...]:
    """The audio files of a piece, the mix first, as `keep` writes them.

    Raises GenerationError for a stem whose name cannot be a file's.
    """
    for name in made.piece.stems:
        if not _STEM.fullmatch(name):
            raise GenerationError(f"stem {name!r}: no name for a file; valid is as in 'drums'")
    parts: list[tuple[str | None, str, Audio]] = [(None, MIX, made.piece.mix)]
    parts += [(name, f"{STEMS}/{name}.wav", audio) for name, audio in made.piece.stems.items()]
    return tuple(
        AudioFile(
            path=path,
            sample_rate_hz=audio.sample_rate_hz,
            channels=audio.channels,
            duration_s=audio.duration_s,
            stem=stem,
        )
        for stem, path, audio in parts
    )


def load_generation(root: Path, generation_id: str) -> Kept:
    """An earlier generation.

    Raises
    ------
    InputError
        When the id is none, or there is no generation of it; names the nearest or latest.
    ContractError
        When its `result.json` is damaged; names the field.
    """
    if not is_id(generation_id):
        raise InputError(
            f"generation {generation_id[:80]!r}: no id; valid is as in {_latest(root) or new_id()}"
        )
    folder = root / generation_id
    path = folder / RESULT
    if folder.is_symlink() or not path.is_file():
        latest = _latest(root)
        hint = f"the latest is {latest}" if latest else f"there are none in {root}"
        raise InputError(f"generation {generation_id}: there is none; {hint}")
    result = read_result(path)
    if result.generation_id != generation_id:
        raise ContractError(f"{path}: generation_id is {result.generation_id!r}, not its folder's")
    return Kept(result, folder)


def read_result(path: Path) -> GenerationResult:
    """A `result.json`. Raises ContractError that names the file and the field that is wrong."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ContractError(f"{path}: more than {_MOST_BYTES:,} bytes; a result has fewer")
        return GenerationResult.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ContractError(f"{path}: {where}: {first['msg']}") from error


def list_generations(root: Path) -> tuple[str, ...]:
    """Ids of the generations that are there, the latest first."""
    try:
        found = [p.name for p in root.iterdir() if is_id(p.name)]
    except FileNotFoundError:
        return ()
    return tuple(sorted(found, reverse=True))


def _write(folder: Path, made: Made, result: GenerationResult) -> None:
    title = " ".join(result.request.prompt.text.split())[:200] or result.generation_id
    parts: dict[str | None, Audio] = {None: made.piece.mix}
    parts.update(made.piece.stems)
    for file in result.audio:
        path = _inside(folder, file.path)
        path.parent.mkdir(exist_ok=True)
        write_audio(path, parts[file.stem], result.generation_id, title)
        _write_bytes(path.with_suffix(".json"), _sidecar(title, file, result))
    if made.piece.midi is not None:
        _write_bytes(folder / MIDI, made.piece.midi)
    _write_bytes(folder / RESULT, (result.model_dump_json(indent=2) + "\n").encode())


def _sidecar(title: str, file: AudioFile, result: GenerationResult) -> bytes:
    part = f" ({file.stem})" if file.stem else ""
    content: dict[str, Any] = {"title": f"{title}{part}", "origin": "generated"}
    content["description"] = f"{GENERATED_MARK} {result.generation_id}"
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _write_bytes(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _inside(folder: Path, relative: str) -> Path:
    """A file of the folder. Raises ContractError for a path that leads out of it."""
    path = folder / relative
    parts = Path(relative).parts
    if Path(relative).is_absolute() or ".." in parts or not parts:
        raise ContractError(f"{folder / RESULT}: path {relative!r} leads out of its folder")
    if path.exists() and not path.resolve().is_relative_to(folder.resolve()):
        raise ContractError(f"{folder / RESULT}: path {relative!r} leads out of its folder")
    return path


def _latest(root: Path) -> str | None:
    return next(iter(list_generations(root)), None)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tidy(root: Path) -> None:
    """Remove what killed runs left more than a day ago."""
    for path in root.glob(".*.part"):
        with suppress(FileNotFoundError):  # another run has just finished its own
            if time.time() - path.stat().st_mtime > _LEFT_OVER_S:
                shutil.rmtree(path, ignore_errors=True)
