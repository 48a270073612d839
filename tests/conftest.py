"""Servers that tests need: real ones, on loopback, started once and stopped at the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.flows.environment import prepare
from tests.servers import object_store, store_environ

__all__ = ["object_store", "prefect_server", "store_environ"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Prefect server; set before Prefect is imported, so that flows report to it."""
    home = tmp_path_factory.mktemp("prefect")
    port = free_port()
    address = f"http://127.0.0.1:{port}/api"
    os.environ["PREFECT_HOME"] = str(home)
    prepare(home)
    arguments = ["server", "start", "--host", "127.0.0.1", "--port", str(port)]
    # As docs/prefect.md says: with its pages, and these told where their data are.
    os.environ["PREFECT_SERVER_UI_API_URL"] = address
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", *arguments], stdout=log, stderr=log
        )
        try:
            _wait_for(f"{address}/health", server, home / "server.log")
            os.environ["PREFECT_API_URL"] = address
            yield address
        finally:
            os.environ.pop("PREFECT_API_URL", None)
            server.terminate()
            server.wait(30)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 280
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the Prefect server ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own loopback address
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"no answer from {url}: {log.read_text()[-2000:]}")
