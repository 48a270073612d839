"""Hashes of everything the warehouse holds: tells copies, moves and new audio apart."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class KnownHashes:
    """Thread-safe look-up of file and audio hashes.

    Attributes
    ----------
    by_file, by_audio : dict
        Hash → {"track_id", "uri", "audio"}; the first track that had it.
    vanished : set of str
        Uris known to the warehouse and no longer listed: a file with the same bytes as one of them
        has been moved, and keeps its track.
    undone : set of (track_id, canonical_id)
        Links that a person has undone: they are not made again.
    """

    by_file: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    by_audio: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    vanished: set[str] = field(default_factory=set)
    undone: Collection[tuple[str, str]] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(
        cls,
        rows: Iterable[Mapping[str, Any]],
        vanished: Iterable[str],
        undone: Collection[tuple[str, str]] = (),
    ) -> KnownHashes:
        """From rows with uri, file_hash, track_id and the audio columns of `tracks`."""
        known = cls(vanished=set(vanished), undone=undone)
        known.add(rows)
        return known

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Learn what has just been committed."""
        with self._lock:
            for row in rows:
                audio = {name: row.get(name) for name in AUDIO_COLUMNS}
                entry = {"track_id": row["track_id"], "uri": row["uri"], "audio": audio}
                if row.get("file_hash"):
                    self.by_file.setdefault(row["file_hash"], entry)
                if row.get("audio_hash"):
                    self.by_audio.setdefault(row["audio_hash"], entry)

    def answer(self, question: Mapping[str, str]) -> dict[str, Any]:
        """Serve a worker's {"file_hash": …} or {"audio_hash": …}; {} when it is unknown.

        {"facts": file hash} asks for what is known of bytes, and moves nothing.
        """
        (method, digest), *_ = question.items()
        with self._lock:
            if method == "facts":
                return dict(self.by_file.get(digest, {}))
            entry = (self.by_file if method == "file_hash" else self.by_audio).get(digest)
            if entry is None:
                return {}
            moved = method == "file_hash" and entry["uri"] in self.vanished
            if moved:
                # Of several copies of a vanished file only one is the move.
                self.vanished.discard(entry["uri"])
            evidence = f"same {'bytes' if method == 'file_hash' else 'audio'} as {entry['uri']}"
            return {**entry, "evidence": evidence, "moved": moved}


AUDIO_COLUMNS = ("duration_s", "sample_rate_hz", "channels", "codec", "audio_hash")
