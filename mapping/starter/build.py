"""`python -m mapping.starter.build`: make starter.safetensors and starter.json from styles.toml.

Needs the default text encoder. The rows and texts come out the same on any machine; the
embeddings, kept as float16, do so up to what onnxruntime rounds differently on another processor.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from mapping.encoder import load_encoder
from mapping.starter.rows import SPECS, style_rows
from mapping.starter.texts import style_texts
from schemas.protocols import TextEncoder
from schemas.styles import styles

ARRAYS, MANIFEST = "starter.safetensors", "starter.json"


def build(encoder: TextEncoder) -> dict[str, bytes]:
    """Content of the two files, by name."""
    from safetensors.numpy import save

    texts = style_texts(styles())
    arrays = {
        "rows.natural": style_rows(styles()).astype(np.float32),
        "texts.embeddings": encoder.encode(texts.texts).astype(np.float16),
    }
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    manifest = {
        "encoder": encoder.id,
        "dimensions": encoder.dimensions,
        "styles": [style.id for style in styles()],
        "features": [
            {"name": s.name, "version": s.version, "unit": s.unit, "scale": s.scale} for s in SPECS
        ],
        "texts_sha256": hashlib.sha256("\n".join(texts.texts).encode()).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return {ARRAYS: content, MANIFEST: (json.dumps(manifest, indent=1) + "\n").encode()}


def main(folder: Path = Path(__file__).parent) -> int:
    """Write the files beside this module and say how large they are."""
    for name, content in build(load_encoder()).items():
        (folder / name).write_bytes(content)
        sys.stdout.write(f"{folder / name}: {len(content):,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
