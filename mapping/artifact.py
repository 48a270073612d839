"""A mapping on disk: arrays.safetensors, text.json, manifest.json. Never a pickle.

The manifest names everything that must agree for the arrays to mean what they meant: the encoder,
the features with their versions, the format, and the SHA-256 of the files beside it and of itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mapping.predicting.learned import Learned, from_parts, to_arrays, to_text
from schemas.code import code_version
from schemas.errors import ArtifactError, NotTrainedError
from schemas.features import FeatureSpec, feature, group_version

FORMAT = 1
ARRAYS, TEXT, MANIFEST = "arrays.safetensors", "text.json", "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a mapping beside its arrays; `warnings` go with every answer.

    `data` says which tracks it was trained on: "rights" (policy, version, verdicts by number),
    "pooling" (scales of features); None in mappings from before there was a gate. `beside` has the
    SHA-256 of files that explain the mapping and are not part of it, such as its held-out rows.
    """

    model_id: str
    encoder: str
    dimensions: int
    features: tuple[dict[str, Any], ...]
    groups: dict[str, str]
    snapshot: int
    trained_tracks: int
    config: dict[str, Any]
    details: dict[str, Any]
    metrics: dict[str, Any] | None
    warnings: tuple[str, ...]
    files: dict[str, str]
    data: dict[str, Any] | None = None
    beside: dict[str, str] | None = None
    format: int = FORMAT
    code: str = field(default_factory=code_version)


def describe(specs: tuple[FeatureSpec, ...]) -> tuple[tuple[dict[str, Any], ...], dict[str, str]]:
    """Features and group versions as the manifest keeps them."""
    listed = tuple(
        {"name": s.name, "version": s.version, "unit": s.unit, "scale": s.scale} for s in specs
    )
    return listed, {group: group_version(group) for group in sorted({s.group for s in specs})}


def serialise(learned: Learned) -> dict[str, bytes]:
    """Content of the two data files, by name."""
    from safetensors.numpy import save

    text = json.dumps(to_text(learned), ensure_ascii=False, separators=(",", ":"))
    return {ARRAYS: save(to_arrays(learned)), TEXT: text.encode("utf-8")}


def hashes(content: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}


def model_id(files: Mapping[str, str]) -> str:
    """Id of a mapping: the same data and choices give the same one."""
    joined = "|".join(f"{name}:{files[name]}" for name in sorted(files))
    return "mapping-" + hashlib.sha256(joined.encode()).hexdigest()[:16]


def save(
    folder: Path, learned: Learned, manifest: Manifest, beside: Mapping[str, bytes] | None = None
) -> None:
    """Write the artefact; complete or not at all. Saving the same mapping again changes nothing.

    `beside` are further files by name; the manifest keeps their SHA-256.

    Raises
    ------
    ArtifactError
        When `folder` holds something else, or cannot be written.
    """
    beside = beside or {}
    record = json.loads(json.dumps(asdict(manifest))) | {"beside": hashes(beside) or None}
    record["sha256"] = _own_hash(record)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if folder.is_dir() and (folder / MANIFEST).is_file() and read_manifest(folder) == record:
            return
        raise ArtifactError(f"{folder}: exists and is not this mapping; name another folder")
    partial = folder.with_name(folder.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, data in (serialise(learned) | dict(beside)).items():
            (partial / name).write_bytes(data)
        (partial / MANIFEST).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
        partial.replace(folder)
    except OSError as error:
        raise ArtifactError(f"{folder}: cannot be written ({error.strerror})") from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest as JSON, checked against its own hash.

    Raises
    ------
    NotTrainedError
        When there is none.
    ArtifactError
        When it is damaged, changed by hand or of another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise NotTrainedError(f"{folder}: no mapping here; train one with `wordtone train`")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        claimed, found = record["sha256"], _own_hash(record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path}: not a manifest of a mapping ({error})") from error
    if claimed != found:
        raise ArtifactError(f"{path}: sha256 is {found}, the manifest says {claimed}")
    if record.get("format") != FORMAT:
        raise ArtifactError(f"{path}: format {record.get('format')!r}; this version reads {FORMAT}")
    return dict(record)


def load(folder: Path) -> tuple[Learned, Manifest]:
    """Read an artefact back.

    Raises
    ------
    NotTrainedError
        When there is none.
    ArtifactError
        Names the file or field that is damaged or disagrees with this code.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as load_arrays

    record = read_manifest(folder)
    record.pop("sha256")
    try:
        for name in ("features", "warnings"):  # JSON has no tuples
            record[name] = tuple(record[name])
        manifest = Manifest(**record)
        specs = tuple(_same_feature(folder, entry) for entry in manifest.features)
    except (TypeError, KeyError) as error:
        raise ArtifactError(f"{folder / MANIFEST}: {error.args[0]}") from error
    if not isinstance(manifest.data, dict | None):
        raise ArtifactError(f"{folder / MANIFEST}: data is no object")
    content = {
        name: checked_file(folder / name, manifest.files.get(name)) for name in (ARRAYS, TEXT)
    }
    if model_id(manifest.files) != manifest.model_id:
        raise ArtifactError(f"{folder / MANIFEST}: model_id does not belong to these files")
    try:
        return from_parts(specs, load_arrays(content[ARRAYS]), json.loads(content[TEXT])), manifest
    except (SafetensorError, KeyError, ValueError) as error:
        raise ArtifactError(f"{folder}: arrays and text do not make a mapping ({error})") from error


def checked_beside(folder: Path, manifest: Manifest, name: str) -> bytes | None:
    """A file beside the mapping, None where it has none of that name.

    Raises ArtifactError when it is missing or not the one that was saved.
    """
    expected = (manifest.beside or {}).get(name)
    return None if expected is None else checked_file(folder / name, expected)


def _same_feature(folder: Path, entry: dict[str, Any]) -> FeatureSpec:
    spec = feature(str(entry["name"]))
    for name in ("version", "unit", "scale"):
        ours = getattr(spec, name)
        if entry[name] != ours:
            raise ArtifactError(
                f"{folder / MANIFEST}: feature {spec.name} has {name} {entry[name]!r}, this code "
                f"{ours!r}; train again"
            )
    return spec


def checked_file(path: Path, expected: str | None) -> bytes:
    """Content of a file whose SHA-256 is `expected`. Raises ArtifactError for any other."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read ({error.strerror})") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ArtifactError(f"{path}: sha256 is {found}, the manifest says {expected}")
    return content


def _own_hash(record: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
