"""All that text says of one audio file.

Precedence for title, artist, album and date: the sidecar, then the embedded tags, then the
package. Terms and rights of every source are kept, each under its own source.
"""

from __future__ import annotations

from pathlib import Path, PurePath

from pipelines.sources.embedded import read_embedded
from pipelines.sources.fields import Gathered
from pipelines.sources.metadata import TextMetadata, clean
from pipelines.sources.package import read_package
from pipelines.sources.paths import path_terms
from pipelines.sources.sidecar import read_sidecar


def read_text(path: Path, root: Path) -> TextMetadata:
    """Read tags, sidecar, names and package of the audio file `path`.

    Parameters
    ----------
    root : Path
        The folder that was ingested (folders below it are words), or `path` itself.

    Nothing in or beside the file raises: what cannot be read is a sentence in `problems`.
    """
    gathered = Gathered(clean(path.name))
    read_sidecar(path, gathered)
    read_embedded(path, gathered)
    gathered.terms += path_terms(_below(path, root))
    read_package(path, root, gathered)
    return gathered.metadata()


def _below(path: Path, root: Path) -> PurePath:
    if path != root and path.is_relative_to(root):
        return path.relative_to(root)
    return PurePath(path.name)
