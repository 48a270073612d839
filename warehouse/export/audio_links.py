"""The audio of a training set: links to the local files, so that nothing is copied.

The trainers look for words beside the audio under the same name, which must not be written into
somebody's music folder; so an export has a folder of links, named by track id.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from warehouse.export.choice import LeftOut
from warehouse.export.pieces import Piece


def linked(piece: Piece, folder: Path, suffixes: Collection[str], left_out: LeftOut) -> Path | None:
    """Link the piece's file into `folder`; None (and noted) when the trainer cannot take it.

    Reasons: the file is not local, or its suffix is none of `suffixes`.
    """
    if piece.path is None:
        where = piece.uri.partition("://")[0] if "://" in piece.uri else "a local path"
        reason = f"not local: its uri begins with {where}://" if "://" in piece.uri else "file gone"
        left_out.add("track", reason, piece.track_id)
        return None
    suffix = Path(piece.name).suffix
    if suffix not in suffixes:
        reason = f"the trainer reads no {suffix or 'file without suffix'}"
        left_out.add("track", reason, piece.track_id)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / piece.name
    link.symlink_to(piece.path)
    return link
