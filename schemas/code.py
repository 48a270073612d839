"""Which wordtone this is, as every artefact's manifest says."""

from __future__ import annotations

from importlib import metadata


def code_version() -> str:
    """Version of wordtone, "unknown" where it runs from a checkout without being installed."""
    try:
        return metadata.version("wordtone")
    except metadata.PackageNotFoundError:
        return "unknown"
