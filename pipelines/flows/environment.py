"""Prefect's settings, made before Prefect is imported (it reads them then, once)."""

from __future__ import annotations

import os
from pathlib import Path

# What a run logs is for the UI's log tab, from INFO on; the terminal has a bar and a summary of our
# own, so Prefect's console handler stays quiet. Its server calls home unless told not to.
_DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    "PREFECT_CLIENT_MAX_RETRIES": "3",  # 2, 4 and 8 s; a server on this machine is there or gone
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "DO_NOT_TRACK": "1",
}


def prepare(home: Path) -> None:
    """Set what the user has not set. `home` keeps Prefect's own database and profile."""
    os.environ.setdefault("PREFECT_HOME", str(home))
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
