"""Requests of people who mean harm, and of programs with faults: a problem each, never a fault."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from schemas.settings import Settings
from service.http.app import create_app
from service.http.shell.files import RangedFile
from service.http.shell.patience import BodyPatience

JSON = {"Content-Type": "application/json"}
SELECT = b'{"sql": "SELECT 1 AS a"'


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def client(app: Any) -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "Field required"),
        (b"{", "no JSON"),
        (b"\xff\xfe{", "no JSON"),
        ('{"prompt": "x"}'.encode("utf-16"), "no JSON"),
        (b'{"prompt": "a", "prompt": "b"}', "'prompt' is there twice"),
        (b'{"prompt": "a", "locks": {"energy": 1, "energy": 0}}', "'energy' is there twice"),
        (b'{"prompt": "a", "bpm": NaN}', "NaN is no number"),
        (b'{"prompt": "a", "bpm": -Infinity}', "-Infinity is no number"),
        (b'{"prompt": "a", "bpm": 1e999}', "finite"),
        (b'{"prompt": "a", "bpm": 1' + b"0" * 5000 + b"}", "no JSON"),
        (b'{"prompt": "a", "samples": 1e30}', "integer"),
        (b'{"prompt": "a", "seed": "7"}', "integer"),
        (b'{"prompt": "a", "bpm": true}', "number"),
        (b'{"prompt": 5}', "string"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"prompt": "a", "locks": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, "nested"),
        (b'{"prompt": "\\ud800"}', "unicode"),
        (b'{"prompt": "a", "\\ud800": 1}', "string"),
        (b'{"prompt": "a", "__proto__": {}}', "__proto__"),
        (b"null", "valid dictionary"),
        (b'"text"', "valid dictionary"),
    ],
)
def test_bodies_that_cannot_be(client: TestClient, body: bytes, says: str) -> None:
    answer = client.post("/v1/conditioning", content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert len(answer.content) < 6_000


def test_who_may_not_ask_is_told_nothing_else(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path, token="secret")))  # noqa: S106
    for path, body in (("/v1/refine", b"{"), ("/v1/query", b"[1]"), ("/v1/generate", b"null")):
        assert client.post(path, content=body, headers=JSON).status_code == 401, path
        assert client.post(path, content=body, headers={"Content-Type": "x/y"}).status_code == 401
    assert client.get("/v1/tracks?limti=5").status_code == 401


def test_whole_numbers_may_be_written_as_json_allows(client: TestClient) -> None:
    body = b'{"prompt": "techno", "samples": 2.0, "bpm": 128}'
    answer = client.post("/v1/conditioning", content=body, headers=JSON)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["samples"]) == 2


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "application/json; charset=latin-1",
        "application/jsonp",
        "multipart/form-data; boundary=x",
        "nonsense",
    ],
)
def test_bodies_of_other_kinds(client: TestClient, kind: str) -> None:
    body = b'{"prompt": "x"}'
    answer = client.post("/v1/conditioning", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["application/json", "application/JSON; charset=UTF-8"])
def test_json_by_any_spelling(client: TestClient, kind: str) -> None:
    answer = client.post(
        "/v1/conditioning", content=b'{"prompt": ""}', headers={"Content-Type": kind}
    )
    assert answer.json()["type"] == "urn:wordtone:PromptError"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limti=5", "limti: no such parameter; valid: search, limit, offset"),
        ("limit=5&limit=6", "limit: given twice"),
        ("limit=five", "limit"),
        ("limit=0", "limit"),
        ("limit=1e3", "limit"),
        ("offset=99999999999999999999", "offset"),
        ("search=" + "x" * 201, "search"),
    ],
)
def test_queries_that_cannot_be(client: TestClient, query: str, says: str) -> None:
    answer = client.get(f"/v1/tracks?{query}")
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "POST", "DELETE", "BREW"])
def test_methods_that_are_not_allowed(client: TestClient, method: str) -> None:
    answer = client.request(method, "/v1/tracks")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.json()["status"] == 405


def test_allow_names_all_methods_of_a_path(client: TestClient) -> None:
    assert client.put("/v1/jobs/x").headers["allow"] == "DELETE, GET, HEAD"
    assert client.put("/v1/generate").headers["allow"] == "POST"


def test_head_is_answered_as_get_without_the_body(client: TestClient) -> None:
    for path, status in (("/healthz", 200), ("/v1/schema", 200), ("/v1/nothing", 404), ("/", 200)):
        answer = client.head(path)
        assert answer.status_code == status, path
        assert answer.content == b""
    same = client.get("/healthz")
    assert client.head("/healthz").headers["content-length"] == same.headers["content-length"]
    assert client.head("/v1/generate").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/v1/generations/..%2f..%2fsettings/mix.wav",
        "/v1/generations/latest%00/mix.wav",
        "/v1/generations/%2e%2e/stems/%2e%2e%2fresult.json",
        "/v1/jobs/..%5c..%5cwindows",
        "/v1/jobs/%ff%fe",
        "/static/..%2f..%2fapp.py",
        "/static/%2e%2e/rendering.py",
        "/static//etc/passwd",
        "//etc/passwd",
        "/v1/%74racks/../../x",
    ],
)
def test_no_path_leads_out(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404, answer.text
    assert "root:" not in answer.text
    assert "import" not in answer.text


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [
        ("bytes=0-9", 206, 10),
        ("bytes=-5", 206, 5),
        ("bytes=90-999999999999999999", 206, 10),
        ("bytes=90-18446744073709551616", 200, 100),
        ("bytes=5-1", 200, 100),
        ("bytes=a-b", 200, 100),
        ("items=0-5", 200, 100),
        ("bytes=100-", 416, None),
        ("bytes=" + ",".join("0-" for _ in range(500)), 200, 100),
    ],
)
def test_ranges_of_a_file(tmp_path: Path, asked: str, status: int, length: int | None) -> None:
    """What cannot be read, or is too many, gives the whole; what is beyond the end a problem."""
    (tmp_path / "mix.wav").write_bytes(b"x" * 100)
    answer = TestClient(RangedFile(tmp_path / "mix.wav")).get("/", headers={"Range": asked})
    if length is None:
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.headers["content-range"] == "bytes */100"
    else:
        assert (answer.status_code, len(answer.content)) == (status, length)


@pytest.fixture(scope="module")
def served(app: Any) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield int(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join()


def raw(port: int, request: bytes) -> bytes:
    """What a server answers to these bytes, until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        found = b""
        while part := connection.recv(65_536):
            found += part
    return found


def test_headers_cannot_be_smuggled_through_a_request_id(served: int) -> None:
    for odd in (b"a\tb\x7f", b"x" * 65, b"id\xe9id\xe9id", b"short", b"a;Set-Cookie: x=1"):
        head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-ID: "
        answer = raw(served, head + odd + b"\r\n\r\n").decode("latin-1").lower()
        assert "set-cookie" not in answer
        told = [line for line in answer.splitlines() if line.startswith("x-request-id")]
        assert [len(line) for line in told] in ([len("x-request-id: ") + 16], []), answer


def test_a_service_without_tokens_answers_to_its_own_names_alone(served: int) -> None:
    for host, status in ((b"localhost", 200), (b"evil.example", 421), (b"", 421)):
        request = b"GET /healthz HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
        assert raw(served, request).split()[1] == str(status).encode(), host


def test_what_is_no_http_is_not_a_fault(served: int) -> None:
    for junk in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"GET /" + b"x" * 70_000):
        answer = raw(served, junk + b"\r\n\r\n")
        assert answer == b"" or answer.split()[1] == b"400"


def test_two_lengths_are_refused(served: int) -> None:
    request = (
        b"POST /v1/conditioning HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}"
    )
    assert raw(served, request).split()[1] == b"400"


@pytest.mark.timeout(60)
def test_a_body_that_comes_too_slowly_ends(tmp_path: Path) -> None:
    """A byte now and then is not waited for; the clock is ours, the waiting is real."""
    now = [0.0]
    reached: list[bytes] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            reached.append(message["body"])
            more = message["more_body"]

    async def dripping() -> Message:
        now[0] += 10
        assert len(reached) < 1_000
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def silent() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def ignored(message: Message) -> None:
        raise AssertionError(message)

    async def ended(path: str, receive: Receive, pause_s: float) -> str:
        patient = BodyPatience(application, pause_s=pause_s, clock=lambda: now[0])
        scope = {"type": "http", "path": path}
        with pytest.raises(Exception, match="too slowly") as slow:
            await patient(scope, receive, ignored)
        return f"{slow.value.status_code} {slow.value.detail}"  # type: ignore[attr-defined]

    assert anyio.run(ended, "/v1/query", dripping, 30.0).startswith("408")
    assert 3 <= len(reached) <= 5
    assert anyio.run(ended, "/v1/query", silent, 0.05).startswith("408")
    assert anyio.run(ended, "/v1/conditioning/batch", silent, 0.05).startswith("408")
    reached.clear()
    assert anyio.run(ended, "/v1/conditioning/batch", dripping, 30.0).startswith("408")
    assert len(reached) > 300, "a batch may be made while it is sent"


def test_slow_is_told_as_a_problem(served: int, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = app.middleware_stack
    while not isinstance(layer, BodyPatience):
        layer = getattr(layer, "app", None) or layer._app
    monkeypatch.setattr(layer, "_pause_s", 0.3)
    request = (
        b"POST /v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n" + SELECT
    )
    answer = raw(served, request)
    assert answer.split()[1] == b"408"
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer.lower()
