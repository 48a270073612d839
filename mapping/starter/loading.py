"""Read the starter that ships with the package."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import Any

import numpy as np

from mapping.artifact import Manifest, describe
from mapping.starter.build import ARRAYS, MANIFEST
from mapping.starter.learned import Starter, starter
from mapping.starter.rows import SPECS
from mapping.starter.texts import style_texts
from schemas.errors import ArtifactError
from schemas.protocols import TextEncoder
from schemas.styles import styles

NOTE = (
    "the starter answers: it knows {styles} styles of music and no track of yours; "
    "`wordtone train` learns from your catalogue"
)


def load_starter(encoder: TextEncoder) -> tuple[Starter, Manifest]:
    """The starter and its manifest. Another encoder than the packaged one embeds the styles anew.

    Raises
    ------
    ArtifactError
        When the packaged files are damaged, or older than styles.toml.
    """
    from safetensors.numpy import load

    folder = resources.files("mapping.starter")
    content = folder.joinpath(ARRAYS).read_bytes()
    record: dict[str, Any] = json.loads(folder.joinpath(MANIFEST).read_text(encoding="utf-8"))
    check(record, content)
    arrays, texts = load(content), style_texts(styles())
    if encoder.id == record["encoder"]:
        embeddings = arrays["texts.embeddings"].astype(np.float32)
    else:
        embeddings = encoder.encode(texts.texts)
    natural = arrays["rows.natural"].astype(np.float64)
    return starter(styles(), texts, embeddings, natural), _manifest(record, encoder)


def check(record: dict[str, Any], content: bytes) -> None:
    """Raise ArtifactError where the arrays are not the manifest's, or were made from other data."""
    found = hashlib.sha256(content).hexdigest()
    if found != record["sha256"]:
        raise ArtifactError(f"{ARRAYS}: sha256 is {found}, {MANIFEST} says {record['sha256']}")
    texts = hashlib.sha256("\n".join(style_texts(styles()).texts).encode()).hexdigest()
    features = list(describe(SPECS)[0])
    if texts != record["texts_sha256"] or features != record["features"]:
        raise ArtifactError(
            f"{ARRAYS}: made from other styles or features; `python -m mapping.starter.build`"
        )


def _manifest(record: dict[str, Any], encoder: TextEncoder) -> Manifest:
    features, groups = describe(SPECS)
    return Manifest(
        model_id=f"starter-{record['sha256'][:16]}",
        encoder=encoder.id,
        dimensions=encoder.dimensions,
        features=features,
        groups=groups,
        snapshot=0,
        trained_tracks=0,
        config={"prior": False},
        details={"styles": len(record["styles"])},
        metrics=None,
        warnings=(NOTE.format(styles=len(record["styles"])),),
        files={ARRAYS: record["sha256"]},
    )
