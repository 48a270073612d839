"""Fetching from a real server that lies, dawdles and sends elsewhere."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpcore
import pytest

from pipelines.sources.fetching import Remotes
from pipelines.sources.http import fetch, look
from pipelines.sources.http_connection import Pinned
from pipelines.sources.http_policy import HttpPolicy, Refused, Target
from schemas.errors import AudioError
from schemas.outcomes import RejectReason
from tests.sources.web import Web, serving

R = RejectReason


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving() as running:
        running.put("/song.bin", b"song", ETag='"one"')
        yield running


@pytest.fixture
def remotes(web: Web) -> Remotes:
    policy = replace(HttpPolicy.parse(web.allow), idle_s=1.0, connect_s=1.0)
    return Remotes(max_bytes=1 << 20, wall_s=1.5, http=policy)


def failed(url: str, remotes: Remotes, target: Path, version: str | None = None) -> AudioError:
    started = time.monotonic()
    with pytest.raises(AudioError) as caught:
        fetch(url, target, version, remotes)
    assert time.monotonic() - started < 10
    assert url.partition("?")[0] in caught.value.detail
    return caught.value


def test_a_file_its_size_and_its_version(web: Web, remotes: Remotes, tmp_path: Path) -> None:
    moment = "Wed, 21 Oct 2015 07:28:00 GMT"
    url = web.put("/dated.bin", b"x" * 200_000, Last_Modified=moment)
    found = fetch(url, tmp_path / "a", None, remotes)
    assert (found.size, found.version, found.same) == (200_000, f"modified:{moment}", False)
    assert found.mtime_ns == 1_445_412_480 * 10**9
    assert (tmp_path / "a").read_bytes() == b"x" * 200_000
    assert fetch(web.url("/song.bin"), tmp_path / "b", None, remotes).version == 'etag:"one"'


def test_what_has_not_changed_is_not_sent(web: Web, remotes: Remotes, tmp_path: Path) -> None:
    found = fetch(web.url("/song.bin"), tmp_path / "a", 'etag:"one"', remotes)
    assert found.same
    assert not (tmp_path / "a").exists()
    assert not fetch(web.url("/song.bin"), tmp_path / "a", 'etag:"old"', remotes).same
    assert look(web.url("/song.bin"), 'etag:"one"', remotes).same
    assert look(web.url("/song.bin"), 'etag:"old"', remotes).version == 'etag:"one"'
    assert look(web.url("/no_head/x"), 'etag:"one"', remotes).version is None


def test_redirects_are_followed_to_the_fifth(web: Web, remotes: Remotes, tmp_path: Path) -> None:
    assert fetch(web.url("/hops/5"), tmp_path / "a", None, remotes).size == 4
    error = failed(web.url("/hops/6"), remotes, tmp_path / "a")
    assert (error.reason, "5 redirects" in error.detail) == (R.REFUSED_ADDRESS, True)
    assert failed(web.url("/loop/0"), remotes, tmp_path / "a").reason is R.REFUSED_ADDRESS


@pytest.mark.parametrize(
    "to",
    [
        *("http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://[::1]/"),
        *("http://localhost/", "file:///etc/passwd", "http://u:p@127.0.0.1/", "//10.0.0.1/x"),
        *("https://0x7f.1/", "gopher://127.0.0.1:70/_x", "http://127.0.0.1/"),
    ],
)
def test_redirects_to_what_is_not_allowed(
    web: Web, remotes: Remotes, tmp_path: Path, to: str
) -> None:
    error = failed(web.url(f"/to/{to}"), remotes, tmp_path / "a")
    assert error.reason is R.REFUSED_ADDRESS
    open_policy = replace(remotes.http, allow=(*remotes.http.allow, ("localhost", 0)))
    error = failed(web.url(f"/to/{to}"), replace(remotes, http=open_policy), tmp_path / "a")
    assert error.reason is R.REFUSED_ADDRESS
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/promises_more/x", R.UNREACHABLE),
        ("/promises_much/x", R.TOO_LARGE),
        ("/endless/x", R.TOO_LARGE),
        ("/slow/x", R.UNREACHABLE),
        ("/slow_head/x", R.UNREACHABLE),
        ("/silent/x", R.UNREACHABLE),
        ("/packed/x", R.UNREACHABLE),
        ("/garbage/x", R.UNREACHABLE),
        ("/nowhere/x", R.REFUSED_ADDRESS),
        ("/missing", R.UNREADABLE),
        ("/status/410", R.UNREADABLE),
        ("/status/401", R.UNREACHABLE),
        ("/status/403", R.UNREACHABLE),
        ("/status/429", R.UNREACHABLE),
        ("/status/500", R.UNREACHABLE),
        ("/status/206", R.UNREACHABLE),
        ("/status/304", R.UNREACHABLE),
    ],
)
def test_what_cannot_be_had(
    web: Web, remotes: Remotes, tmp_path: Path, path: str, reason: RejectReason
) -> None:
    if path == "/nowhere/x":
        # A redirect without an address leads back to itself, five times.
        assert "redirects" in failed(web.url(path), remotes, tmp_path / "a").detail
    assert failed(web.url(path), remotes, tmp_path / "a").reason is reason


def test_no_more_than_was_promised_is_taken(web: Web, remotes: Remotes, tmp_path: Path) -> None:
    assert fetch(web.url("/promises_less/x"), tmp_path / "a", None, remotes).size == 10


def test_nobody_listens(remotes: Remotes, tmp_path: Path) -> None:
    policy = HttpPolicy.parse("127.0.0.1:9")
    error = failed("http://127.0.0.1:9/x", replace(remotes, http=policy), tmp_path / "a")
    assert error.reason is R.UNREACHABLE


def test_a_name_without_an_address(remotes: Remotes, tmp_path: Path) -> None:
    def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    lost = replace(remotes, http=HttpPolicy(resolver=nowhere))
    error = failed("http://songs.example/x", lost, tmp_path / "a")
    assert error.reason is R.UNREACHABLE
    assert "not known" in error.detail


def test_a_second_look_up_never_happens(web: Web, remotes: Remotes, tmp_path: Path) -> None:
    """DNS rebinding: the first answer is public and checked, a second would be loopback."""
    answers = [["203.0.114.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    policy = HttpPolicy(
        allow=(("songs.example", web.port),), resolver=rebinding, connect_s=0.3, idle_s=0.3
    )
    before = web.seen.total()
    error = failed(
        f"http://songs.example:{web.port}/song.bin", replace(remotes, http=policy), tmp_path / "a"
    )
    assert error.reason is R.UNREACHABLE, "it went to the address that was checked, and nowhere"
    assert asked == ["songs.example"]
    assert web.seen.total() == before


def test_the_host_is_named_and_the_checked_address_connected_to(web: Web) -> None:
    target = Target(f"http://songs.example:{web.port}/song.bin", "http", "songs.example", web.port)
    pinned = Pinned(target, ("127.0.0.1",), time.monotonic() + 5)
    with httpcore.ConnectionPool(network_backend=pinned) as pool:
        assert pool.request("GET", target.url).content == b"song"
        assert web.hosts[-1] == f"songs.example:{web.port}"
        with pytest.raises(Refused, match="not checked"):
            pool.request("GET", web.url("/song.bin"))


def test_our_own_full_disk_is_no_fault_of_the_remote(web: Web, remotes: Remotes) -> None:
    with pytest.raises(OSError, match="No such file"):
        fetch(web.url("/song.bin"), Path("/nowhere/at/all"), None, remotes)


def test_the_certificate_must_be_that_of_the_host(
    web: Web, remotes: Remotes, tmp_path: Path
) -> None:
    """The connection goes to an address, but the certificate is held against the name."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=other.example", "-addext", "subjectAltName=DNS:other.example"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("openssl makes no certificate here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server.settimeout(20)

        def serve() -> None:
            try:
                with server.accept()[0] as plain, context.wrap_socket(plain, server_side=True):
                    pass
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        patient = replace(remotes, wall_s=8.0, http=HttpPolicy(allow=(("127.0.0.1", port),)))
        error = failed(f"https://127.0.0.1:{port}/x", patient, tmp_path / "a")
        thread.join(20)
    assert error.reason is R.UNREACHABLE
    assert "certificate" in error.detail.lower()
