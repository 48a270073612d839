"""The stems of a piece in one zip, written as it is read: two minutes of them are 170 MB."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.around.keeping import Kept

_CHUNK_BYTES = 1 << 20


class _Sink:
    """A file that holds what was written to it until that is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._parts.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def stems_zip(kept: Kept) -> Iterator[bytes]:
    """NAME.wav of every stem, stored as it is: sound hardly gets smaller.

    Raises ContractError, as `Kept.path` does, for a path that leads out of the folder.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for file in kept.result.audio:
            if file.stem is None:
                continue
            path = kept.path(file.stem)
            entry = zipfile.ZipInfo.from_file(path, f"{file.stem}.wav", strict_timestamps=False)
            with archive.open(entry, "w") as out, path.open("rb") as source:
                while chunk := source.read(_CHUNK_BYTES):
                    out.write(chunk)
                    yield sink.taken()
    yield sink.taken()
