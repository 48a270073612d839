"""A trained generator on disk: weights.safetensors and manifest.json. Never a pickle.

The manifest names all that must agree for the weights to mean what they meant (kind, features with
versions, styles, sizes), all that a person must know (snapshot, policy, licences, tracks, figures),
and the SHA-256 of the weights and of itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from generation.folders import write_whole
from generation.learned.conditions import described
from schemas.code import code_version
from schemas.errors import GenerationError

FORMAT = 1
WEIGHTS, MANIFEST = "weights.safetensors", "manifest.json"
Kind = Literal["symbolic", "audio"]
Arrays = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a trained generator beside its weights.

    Attributes
    ----------
    features : names in the order of its vector; `described` has their versions and ranges
    styles : ids that it was trained on, in the order of its table
    shape : sizes of the network; `scale` what its numbers were normalised with
    licence : SPDX expression of all that it was trained on
    licences : SPDX expression → number of pieces
    tracks : ids of the catalogue's tracks it was trained on; pieces of the style library have none
    snapshot : of the warehouse; 0 where nothing of it was used
    rights : what the policy said of all tracks; None where the catalogue was not used
    """

    kind: Kind
    features: tuple[str, ...]
    styles: tuple[str, ...]
    shape: Mapping[str, int]
    licence: str
    licences: Mapping[str, int]
    tracks: tuple[str, ...] = ()
    library_pieces: int = 0
    snapshot: int = 0
    policy: str = ""
    rights: Mapping[str, Any] | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    code: str = field(default_factory=code_version)


def save(folder: Path, arrays: Arrays, manifest: Manifest) -> str:
    """Write the artefact, complete or not at all; its id, which follows from the weights.

    Raises
    ------
    GenerationError
        When `folder` exists and is not empty, or cannot be written.
    """
    from safetensors.numpy import save as serialised

    content = serialised({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    digest = hashlib.sha256(content).hexdigest()
    record = json.loads(json.dumps(asdict(manifest)))
    record |= {
        "format": FORMAT,
        "id": f"{manifest.kind}-{digest[:16]}",
        "described": described(manifest.features),
        "files": {WEIGHTS: digest},
    }
    record["sha256"] = _own_hash(record)
    text = json.dumps(record, indent=1) + "\n"
    write_whole(folder, {WEIGHTS: content, MANIFEST: text.encode()}, GenerationError)
    return str(record["id"])


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest as JSON, checked against its own hash.

    Raises
    ------
    GenerationError
        When there is none, or it is damaged, changed by hand or of another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise GenerationError(
            f"{folder}: no trained generator here ({MANIFEST} is missing); "
            "`wordtone train-generator` makes one"
        )
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        claimed, found = record["sha256"], _own_hash(record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenerationError(f"{path}: not a manifest of a generator ({error})") from error
    if claimed != found:
        raise GenerationError(f"{path}: sha256 is {found}, the manifest says {claimed}")
    if record.get("format") != FORMAT:
        raise GenerationError(
            f"{path}: format {record.get('format')!r}; this version reads {FORMAT}"
        )
    return dict(record)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A generator as read: `id` is that of its weights."""

    id: str
    manifest: Manifest
    arrays: Arrays


def load(folder: Path, kind: Kind) -> Loaded:
    """Read an artefact back.

    Raises
    ------
    GenerationError
        Names the file or field that is missing, damaged, of another kind, or disagrees with this
        code.
    """
    record = read_manifest(folder)
    path = folder / MANIFEST
    if record.get("kind") != kind:
        raise GenerationError(f"{path}: kind is {record.get('kind')!r}; this engine needs {kind!r}")
    try:
        listed = {name: record[name] for name in Manifest.__dataclass_fields__}
        for name in ("features", "styles", "tracks"):  # JSON has no tuples
            listed[name] = tuple(listed[name])
        manifest = Manifest(**listed)
        stated, ours = record["described"], described(manifest.features)
        name, digest = str(record["id"]), str(record["files"][WEIGHTS])
    except (KeyError, TypeError) as error:
        raise GenerationError(f"{path}: {error.args[0]}") from error
    for said, here in zip(stated, ours, strict=True):
        if said != here:
            raise GenerationError(
                f"{path}: feature {here['name']} was {said} in training and is {here} in this "
                "version; train again"
            )
    return Loaded(name, manifest, _arrays(folder / WEIGHTS, digest))


def _arrays(path: Path, expected: str) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load as deserialised

    try:
        content = path.read_bytes()
    except OSError as error:
        raise GenerationError(f"{path}: cannot be read ({error.strerror})") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise GenerationError(f"{path}: sha256 is {found}, the manifest says {expected}")
    try:
        return {name: array.astype(np.float32) for name, array in deserialised(content).items()}
    except (SafetensorError, ValueError) as error:
        raise GenerationError(f"{path}: not safetensors ({error})") from error


def check_arrays(folder: Path, arrays: Arrays, expected: Mapping[str, tuple[int, ...]]) -> None:
    """Raise GenerationError unless `arrays` are exactly those of `expected`, and finite."""
    if wrong := sorted(set(arrays) ^ set(expected)):
        raise GenerationError(f"{folder / WEIGHTS}: array {wrong[0]!r} is missing or unknown")
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise GenerationError(
                f"{folder / WEIGHTS}: {name} is of {arrays[name].shape}; its manifest says {shape}"
            )
        if not np.isfinite(arrays[name]).all():
            raise GenerationError(f"{folder / WEIGHTS}: {name} holds values that are not finite")


_LARGEST = 8_192


def check_sizes(sizes: Mapping[str, object]) -> None:
    """Raise ValueError unless all are whole numbers from 1 to 8,192: a manifest is no order to
    fill the memory."""
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= _LARGEST:
            raise ValueError(f"{name} is {size!r}; valid is 1 … {_LARGEST}")


def licence_of(licences: Mapping[str, int]) -> str:
    """SPDX expression of what was trained on: all of them apply."""
    parts = sorted(f"({name})" if " " in name else name for name in licences)
    return " AND ".join(parts) or "CC0-1.0"


def _own_hash(record: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
