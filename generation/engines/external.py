"""An engine in an environment of its own: a command that reads JSON and writes audio.

For generators whose requirements clash with wordtone's (Magenta RT2 on JAX, JASCO, Mustango …).
The command is declared in a TOML or JSON file (`Declaration`); docs/engines.md has the protocol and
a worker to start from. One process makes one piece:

    stdin    one JSON object: version, seed, folder, request, payload {engine, call, arrays}
    stdout   JSON lines: {"progress": 0.4, "doing": "…"}, and last {"result": {…}} (`Answer`)
    folder   where the worker writes what its answer names: audio, stems, MIDI
    stderr   free; its end is shown when the worker fails

Nothing that a worker says is trusted: names stay inside its folder, audio is read by libsndfile
within limits, and a worker that takes too long or writes too much is ended with its children.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError, model_validator

from generation.contract import Generated, Progress, silent
from generation.engines.hostile import MAX_BYTES, audio_of, bytes_of
from generation.engines.sound import finished
from generation.engines.worker import run_worker
from generation.payloads import catalogue
from generation.payloads.base import Payload
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import GenerationError, InputError
from schemas.generation import EngineManifest, Weights
from schemas.parts import Contract

MANIFEST = EngineManifest(
    engine="external",
    title="a program of your own",
    parameters=(),
    longest_s=3600,
    sample_rate_hz=44_100,
    channels=2,
    code_licence="LicenseRef-Unknown",
    source="what it takes is said by the file that declares it, docs/engines.md",
)
"""What is known before a file is named."""

PROTOCOL = 1
_MAX_MIDI_BYTES = 4 << 20
_MAX_STEMS = 16


class Declaration(Contract):
    """A worker as its file declares it.

    Either `payload` names a builder of wordtone ("mustango"), whose manifest then holds, or
    `manifest` says what the engine takes and the worker gets the request alone.
    """

    command: tuple[str, ...] = Field(
        min_length=1, description="program and arguments; a path with a slash is the file's own"
    )
    payload: str | None = Field(None, description="id of a payload builder")
    manifest: EngineManifest | None = None
    weights: Weights | None = Field(None, description="unless the worker says so itself")
    timeout_s: float = Field(600, gt=0, le=24 * 3600)
    max_bytes: int = Field(MAX_BYTES, gt=0, description="largest that the worker may write")

    @model_validator(mode="after")
    def _one_of(self) -> Declaration:
        if (self.payload is None) == (self.manifest is None):
            raise ValueError("one of payload and manifest is needed, and not both")
        return self


class Answer(Contract):
    """The last line of a worker: names of files in its folder, and what there is to say."""

    audio: str
    stems: dict[str, str] = Field(default_factory=dict, max_length=_MAX_STEMS)
    midi: str | None = None
    ignored: tuple[str, ...] = Field((), max_length=100)
    notes: tuple[str, ...] = Field((), max_length=20)
    weights: Weights | None = None


class External:
    """A `generation.contract.Generator` that runs a worker per piece.

    Parameters
    ----------
    declared : the worker
    folder : where relative paths of its command start, and its working directory
    """

    def __init__(self, declared: Declaration, folder: Path) -> None:
        self.declared = declared
        self.folder = folder.resolve()

    @classmethod
    def load(cls, path: Path) -> External:
        """Read a declaration, TOML or (with the ending .json) JSON.

        Raises
        ------
        InputError
            It cannot be read, or a field is missing, unknown or wrong; names file and field.
        """
        try:
            text = path.read_text(encoding="utf-8")
            found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
            declared = Declaration.model_validate(found)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error
        except ValidationError as error:
            raise InputError(f"{path}: {_first(error)}") from error
        except ValueError as error:
            kind = "JSON" if path.suffix == ".json" else "TOML"
            raise InputError(f"{path}: not {kind} ({error})") from error
        if declared.payload is not None:
            catalogue.manifest(declared.payload)  # an unknown one is told now, with the nearest
        return cls(declared, path.parent)

    @property
    def manifest(self) -> EngineManifest:
        if self.declared.manifest is not None:
            return self.declared.manifest
        assert self.declared.payload is not None
        return catalogue.manifest(self.declared.payload)

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        """One piece; see `generation.contract.Generator`.

        Raises
        ------
        GenerationError
            The worker is missing, fails (with the end of what it wrote to stderr), takes too long,
            writes too much, or answers with what is no audio of a valid form.
        """
        payload = None if self.declared.payload is None else self._payload(request)
        with tempfile.TemporaryDirectory(prefix="wordtone-engine-") as made:
            folder = Path(made).resolve()
            asked = {
                "version": PROTOCOL,
                "seed": seed,
                "folder": str(folder),
                "request": request.model_dump(mode="json"),
                "payload": None if payload is None else _carried(payload, folder),
            }
            said = run_worker(
                self._command(), json.dumps(asked), folder, self.folder, self._limits(), progress
            )
            return self._generated(said, folder, payload, seed)

    def _payload(self, request: ConditioningRequest) -> Payload:
        assert self.declared.payload is not None
        return catalogue.build(self.declared.payload, request)

    def _limits(self) -> tuple[float, int]:
        return self.declared.timeout_s, self.declared.max_bytes

    def _command(self) -> list[str]:
        program, *arguments = self.declared.command
        if os.sep in program and not Path(program).is_absolute():
            program = str(self.folder / program)
        return [program, *arguments]

    def _generated(
        self, said: Mapping[str, Any], folder: Path, payload: Payload | None, seed: int
    ) -> Generated:
        try:
            answer = Answer.model_validate(said)
        except ValidationError as error:
            raise GenerationError(f"worker of {self._id}: result: {_first(error)}") from error
        longest = 1.1 * self.manifest.longest_s + 1
        asked_s = self._asked_s(payload)
        mix, notes = finished(*audio_of(folder, answer.audio, longest), asked_s)
        stems = {
            name: self._stem(folder, file, longest, mix) for name, file in answer.stems.items()
        }
        weights = answer.weights or self.declared.weights
        licence = self.manifest.weights_licence or "LicenseRef-Unknown"
        return Generated(
            mix=mix,
            stems=stems,
            seed=seed,
            midi=None if answer.midi is None else bytes_of(folder, answer.midi, _MAX_MIDI_BYTES),
            applied={} if payload is None else payload.applied,
            ignored=(*(() if payload is None else payload.ignored), *answer.ignored),
            notes=(
                *(() if payload is None else (f"clamped {one}" for one in payload.clamped)),
                *answer.notes,
                *notes,
            ),
            weights=(weights or Weights(id=self._id, licence=licence),),
            recipe={} if payload is None else {"payload": dict(payload.call), "seed": seed},
        )

    def _stem(self, folder: Path, file: str, longest: float, mix: Audio) -> Audio:
        samples, rate = audio_of(folder, file, longest)
        if rate != mix.sample_rate_hz:
            raise GenerationError(
                f"worker of {self._id}: stem {file!r} has {rate} Hz; valid is the mix's "
                f"{mix.sample_rate_hz}"
            )
        channels = np.broadcast_to(samples, (mix.channels, samples.shape[1]))[:, : mix.frames]
        padded = np.pad(channels, ((0, 0), (0, mix.frames - channels.shape[1])))
        return Audio(np.ascontiguousarray(padded, np.float32), rate)

    def _asked_s(self, payload: Payload | None) -> float | None:
        parameter = self.manifest.takes("duration_s")
        if payload is None or parameter is None or parameter.unit != "s":
            return None
        value = payload.call.get(parameter.name)
        return None if value is None else float(value)

    @property
    def _id(self) -> str:
        return self.manifest.engine


def _carried(payload: Payload, folder: Path) -> dict[str, Any]:
    """A payload for the worker: its arrays as .npy files in the folder, by path."""
    paths = {}
    for name, array in payload.arrays.items():
        paths[name] = str(folder / f"{name}.npy")
        np.save(paths[name], array, allow_pickle=False)
    return {"engine": payload.engine, "call": dict(payload.call), "arrays": paths}


def _first(error: ValidationError) -> str:
    one = error.errors()[0]
    where = ".".join(str(part) for part in one["loc"])
    return f"{where}: {one['msg']}" if where else str(one["msg"])
