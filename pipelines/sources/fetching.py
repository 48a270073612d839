"""Brings a remote's bytes to this machine, for as long as they are looked at.

What cannot be had is an AudioError: UNREACHABLE (tried again by the next run), REFUSED_ADDRESS,
TOO_LARGE or UNREADABLE.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.sources.http_policy import HttpPolicy
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage
from schemas.settings import Settings

KEEPS = frozenset({RejectReason.UNREACHABLE, RejectReason.REFUSED_ADDRESS, RejectReason.TOO_LARGE})
"""Reasons that say nothing of what was there before: a known file does not vanish by them."""

LOST = KEEPS | {RejectReason.UNREADABLE}
"""What a known remote can fail with while it is fetched: what is known of it stays as it was."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a remote gave: `size` in bytes, `mtime_ns` 0 and `version` None where it has none.

    `same` says that the remote still has the version asked about, and that nothing was fetched.
    """

    size: int
    mtime_ns: int
    version: str | None
    same: bool = False


@dataclass(frozen=True, slots=True)
class Remotes:
    """How remotes are read: the limits, the policy for addresses, the environment's credentials."""

    max_bytes: int = 2 << 30
    wall_s: float = 900.0
    http: HttpPolicy = field(default_factory=HttpPolicy)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @classmethod
    def from_settings(cls, settings: Settings) -> Remotes:
        """As the settings say.

        Raises
        ------
        SettingsError
            When WORDTONE_HTTP_ALLOW does not parse.
        """
        return cls(
            max_bytes=settings.max_download_mb << 20,
            wall_s=settings.file_timeout_s,
            http=HttpPolicy.parse(settings.http_allow),
        )

    def fetch(self, uri: str, target: Path, version: str | None = None) -> Fetched:
        """Write the bytes of `uri` to `target`; nothing where it still has `version`.

        Raises
        ------
        AudioError
            When it cannot be had, with the reason; `target` may hold a part of it.
        """
        if uri.lower().startswith(("http://", "https://")):
            from pipelines.sources.http import fetch

            return fetch(uri, target, version, self)
        from pipelines.sources.object_store import fetch_object

        return fetch_object(uri, target, version, self)


def failure(reason: RejectReason, detail: str) -> AudioError:
    """The error of a remote that gave nothing usable."""
    return AudioError(reason, detail, Stage.LIST)


def too_large(uri: str, remotes: Remotes) -> AudioError:
    """The error of a file over the limit, whatever it declared."""
    allowed = f"more than {remotes.max_bytes} bytes, which WORDTONE_MAX_DOWNLOAD_MB allows"
    return failure(RejectReason.TOO_LARGE, f"{uri}: {allowed}")


def unexpected(uri: str, error: Any) -> AudioError:
    """UNREACHABLE, with what the library below said, in one line."""
    said = " ".join(f"{error}".split())[:200]
    return failure(RejectReason.UNREACHABLE, f"{uri}: {said or type(error).__name__}")
