"""Prefect's settings, made before Prefect is imported (it reads them then, once)."""

from __future__ import annotations

import os
from pathlib import Path

# Without a server of their own (PREFECT_API_URL), people get Prefect's temporary one: it is slow to
# start, logs its own shutdown as errors, and calls home unless told not to.
_DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "DO_NOT_TRACK": "1",
}


def prepare(home: Path) -> None:
    """Set what the user has not set. `home` keeps Prefect's own database and profile."""
    os.environ.setdefault("PREFECT_HOME", str(home))
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
