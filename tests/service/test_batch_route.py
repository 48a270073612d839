"""Batches by HTTP: in order, line by line, whatever comes, and whoever goes away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from schemas.settings import Settings
from service.http.app import create_app
from service.http.routes import batch

NDJSON = {"Content-Type": "application/x-ndjson"}
WHERE = "/v1/conditioning/batch"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return TestClient(create_app(Settings(home=tmp_path_factory.mktemp("home"))))


def answers(client: TestClient, body: Any, **headers: str) -> list[dict[str, Any]]:
    found = client.post(WHERE, content=body, headers=NDJSON | headers)
    assert found.status_code == 200, found.text
    assert found.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in found.text.splitlines()]


def test_each_line_has_its_answer_in_order(client: TestClient) -> None:
    body = (
        b'\xef\xbb\xbf{"prompt": "dark ambient", "id": 7, "bpm": 72}\n'
        b"\n"
        b'{"prompt": "house", "bmp": 3}\r\n'
        b'{"prompt": \n'
        b'"a text alone"\n'
        b'{"prompt": "\\ud800"}\n'
        b'{"prompt": "\xff"}\n' + b"x" * 300_000 + b'\n{"prompt": "techno", "bpm": 900}\n'
        b'{"prompt": "last, without an end"}'
    )
    found = answers(client, body)
    assert [row["line"] for row in found] == [1, 3, 4, 5, 6, 7, 8, 9, 10]
    good, bad = {1, 5, 10}, {3: "bmp", 4: "not JSON", 6: "surrogate", 7: "UTF-8", 8: "longer"}
    for row in found:
        assert ("conditioning" in row) == (row["line"] in good), row
        assert bad.get(row["line"], "") in row.get("reason", ""), row
    assert found[0]["id"] == "7"
    assert found[0]["conditioning"]["features"]["tempo_bpm"]["value"] == 72


def test_an_answer_is_that_of_a_single_question(client: TestClient) -> None:
    question = {"prompt": "UK garage with trumpets", "duration_s": 20, "locks": {"energy": 0.5}}
    single = client.post("/v1/conditioning", json=question).json()
    assert answers(client, json.dumps(question).encode())[0]["conditioning"] == single


def test_nothing_in_nothing_out(client: TestClient) -> None:
    assert answers(client, b"") == []
    assert answers(client, b"\n\n \n") == []


def test_other_kinds_of_body_are_refused(client: TestClient) -> None:
    for kind in ("text/plain", "application/json", ""):
        refused = client.post(WHERE, content=b"{}", headers={"Content-Type": kind})
        assert refused.status_code == 415, kind
        assert "application/x-ndjson" in refused.json()["detail"]
    jsonl = {"Content-Type": "application/jsonl; charset=utf-8"}
    assert answers(client, b'"x"', **jsonl)


def test_a_body_beyond_the_limit_is_refused(client: TestClient) -> None:
    announced = client.post(WHERE, content=b"\n" * (17 * 2**20), headers=NDJSON)
    assert announced.status_code == 413


def test_more_lines_than_may_be_end_with_why(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MOST_LINES", 3)
    found = answers(client, b"\n\n\n\n\n")
    assert [row["line"] for row in found] == [4]
    assert "more than 3 lines" in found[0]["reason"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = create_app(Settings(home=tmp_path_factory.mktemp("served")))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_answers_come_while_the_body_is_still_sent(served: str) -> None:
    """A caller that asks, reads, and asks again over one request: full duplex."""
    host, port = served.removeprefix("http://").split(":")

    async def converse() -> list[int]:
        stream = await anyio.connect_tcp(host, int(port))
        head = f"POST {WHERE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        await stream.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        told, seen = [], b""
        for number in range(1, 4):
            line = b'{"prompt": "house"}\n'
            await stream.send(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            while f'"line": {number},'.encode() not in seen:
                seen += await stream.receive()
            told.append(number)
        await stream.send(b"0\r\n\r\n")
        while not seen.endswith(b"0\r\n\r\n"):
            seen += await stream.receive()
        await stream.aclose()
        return told

    async def in_time() -> list[int]:
        with anyio.fail_after(60):
            return await converse()

    assert anyio.run(in_time) == [1, 2, 3]


def test_a_body_that_grows_beyond_the_limit_ends_with_why(served: str) -> None:
    def unannounced() -> Iterator[bytes]:
        yield b'{"prompt": "first"}\n'
        for _ in range(33):
            yield b"x" * 2**19

    found = httpx.post(served + WHERE, content=unannounced(), headers=NDJSON, timeout=60)
    rows = [json.loads(line) for line in found.text.splitlines()]
    assert "conditioning" in rows[0]
    assert rows[-1]["reason"].startswith("the body is too large")


@pytest.mark.slow
def test_who_goes_away_is_not_worked_for(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    answer = batch._Answers._answer

    def counted(self: Any, line: Any) -> bytes:
        asked.append(line.number)
        return answer(self, line)

    monkeypatch.setattr(batch._Answers, "_answer", counted)
    body = b"".join(b'{"prompt": "house %d"}\n' % n for n in range(5_000))
    with httpx.stream("POST", served + WHERE, content=body, headers=NDJSON, timeout=60) as found:
        assert next(found.iter_lines())
    time.sleep(0.5)
    after = len(asked)
    time.sleep(1.0)
    assert len(asked) == after < 5_000
    # And a single question is answered as ever.
    assert httpx.post(f"{served}/v1/conditioning", json={"prompt": "jazz"}).status_code == 200


def test_a_batch_needs_the_scope(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path, token="secret")))  # noqa: S106
    assert client.post(WHERE, content=b'"x"', headers=NDJSON).status_code == 401
