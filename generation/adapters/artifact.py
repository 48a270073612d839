"""An adapter on disk: projector.safetensors and manifest.json. Never a pickle.

The manifest names all that must agree: the engine, the digest of the frozen generator's weights,
the features with their versions, and the SHA-256 of the file beside it. A vector means nothing to
a projector that was trained on other features, nor its tokens to other weights.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from generation.adapters.adapter import Adapter
from generation.adapters.projector import Projector, Shape
from generation.engines.weights import Located
from generation.folders import write_whole
from schemas.code import code_version
from schemas.errors import ArtifactError
from schemas.features import FEATURES, FeatureSpec

FORMAT = "wordtone-adapter-1"
ARRAYS, MANIFEST = "projector.safetensors", "manifest.json"


def save(folder: Path, adapter: Adapter) -> None:
    """Write an adapter; complete or not at all.

    Raises
    ------
    ArtifactError
        When `folder` exists and is not empty, or cannot be written.
    """
    from safetensors.torch import save as to_bytes

    tensors = {k: v.detach().cpu().contiguous() for k, v in adapter.projector.state_dict().items()}
    content = to_bytes(tensors)
    record = {
        "format": FORMAT,
        "kind": adapter.kind,
        "features": [_described(spec) for spec in _specs(adapter.names)],
        "base": {"weights": adapter.weights, "licence": adapter.licence, "digest": adapter.digest},
        "shape": asdict(adapter.projector.shape),
        "trained": adapter.trained,
        "code": code_version(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder, {ARRAYS: content, MANIFEST: text.encode()}, ArtifactError)


def load(folder: Path, kind: str, located: Located) -> Adapter:
    """Read an adapter for an engine and its weights.

    Raises
    ------
    ArtifactError
        It is missing, damaged, of another format, for another engine, for other weights, or for
        features that this code has otherwise; names the file or field.
    """
    path = folder / MANIFEST
    record = _record(path)
    try:
        if record["kind"] != kind:
            raise ArtifactError(
                f"{path}: an adapter for {record['kind']!r}; the engine is {kind!r}"
            )
        base = record["base"]
        if base["digest"] != located.digest:
            raise ArtifactError(
                f"{path}: trained beside {base['weights']} ({base['digest'][:12]}), and these "
                f"weights are {located.weights.id} ({located.digest[:12]}); its tokens mean "
                "nothing to them"
            )
        names = tuple(_same(path, entry) for entry in record["features"])
        projector = _projector(folder, Shape(**record["shape"]), str(record["sha256"]))
        return Adapter(
            projector=projector,
            kind=kind,
            names=names,
            digest=str(base["digest"]),
            weights=str(base["weights"]),
            licence=str(base["licence"]),
            trained=dict(record["trained"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"{path}: not a manifest of an adapter ({error!r})") from error


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(f"{path}: no adapter here ({error.strerror})") from error
    except ValueError as error:
        raise ArtifactError(f"{path}: not JSON ({error})") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        found = record.get("format") if isinstance(record, dict) else None
        raise ArtifactError(f"{path}: format {found!r}; this version reads {FORMAT!r}")
    return record


def _projector(folder: Path, shape: Shape, expected: str) -> Projector:
    from safetensors import SafetensorError
    from safetensors.torch import load as from_bytes

    path = folder / ARRAYS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read ({error.strerror})") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ArtifactError(f"{path}: sha256 is {found}, the manifest says {expected}")
    projector = Projector(shape)
    try:
        projector.load_state_dict(from_bytes(content))
    except (SafetensorError, RuntimeError) as error:
        raise ArtifactError(f"{path}: does not fit shape {shape} ({error})") from error
    projector.eval()
    return projector


def _specs(names: tuple[str, ...]) -> list[FeatureSpec]:
    known = {spec.name: spec for spec in FEATURES}
    return [known[name] for name in names]


def _described(spec: FeatureSpec) -> dict[str, Any]:
    return {"name": spec.name, "version": spec.version, "unit": spec.unit, "scale": spec.scale}


def _same(path: Path, entry: dict[str, Any]) -> str:
    known = {spec.name: _described(spec) for spec in FEATURES}
    name = str(entry["name"])
    if name not in known:
        raise ArtifactError(f"{path}: feature {name!r} is not known to this code; train again")
    for field, ours in known[name].items():
        if entry[field] != ours:
            raise ArtifactError(
                f"{path}: feature {name} has {field} {entry[field]!r}, this code {ours!r}; "
                "train again"
            )
    return name
