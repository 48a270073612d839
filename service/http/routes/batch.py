"""POST /v1/conditioning/batch: prompts in as lines of JSON, vectors out as lines, in order.

    body ──▶ spool (a file without a name) ──▶ a line at a time, in a thread ──▶ answer

The body is taken in as fast as it comes, whether or not the caller already reads: one that sends
all first and reads then would otherwise wait for us while we wait for it. Answers go out as fast as
they are read. Neither is ever in memory as a whole. Lines are those of docs/batch.md.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, BinaryIO, cast

import anyio
import anyio.lowlevel
import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from mapping.model import Mapping
from pipelines.batch.lines import Line, json_line, raw_lines
from schemas.errors import PromptError
from service.http.shell.limits import TooLarge
from service.http.shell.tokens import Scope as TokenScope

KINDS = ("application/x-ndjson", "application/ndjson", "application/jsonl")
MOST_LINES = 200_000
_BREATH = 256
UNREAD_S = 60.0
"""A caller that reads nothing for so long has gone."""

_faults = logging.getLogger("wordtone.faults")
_DOCUMENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A question a line, as /v1/conditioning takes it, with an `id` of your own "
        "if wanted; at most 16 MiB, 200,000 lines, and 256 KiB a line",
        "content": {
            KINDS[0]: {
                "schema": {},
                "example": '{"prompt": "slow dark ambient", "id": "a1"}\n{"prompt": "house"}\n',
            }
        },
    },
    "responses": {
        "200": {
            "description": "An answer a line, in order: `line`, `id` and `conditioning`; or "
            "`line`, `reason` and `text` where there is none. Blank lines count, without an answer",
            "content": {KINDS[0]: {"schema": {"type": "string"}}},
        }
    },
}


def add_batch(
    app: FastAPI, mapping: Callable[[], Mapping], guard: Callable[[TokenScope], list[Any]]
) -> None:
    """Put the route on `app`."""
    # One line at a time, of all batches together: single questions go on beside them.
    turn = anyio.CapacityLimiter(1)

    @app.post(
        "/v1/conditioning/batch",
        dependencies=guard(TokenScope.CONDITION),
        response_class=Response,
        openapi_extra=_DOCUMENT,
    )
    async def conditioning_batch(request: Request) -> Response:
        """Many prompts as vectors: lines of JSON in, lines of JSON out, as they are answered."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in KINDS:
            raise HTTPException(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{kind[:80]!r}: a batch is {KINDS[0]}"
            )
        model = await anyio.to_thread.run_sync(mapping)
        return _Answers(request, model, turn)


class _Spool:
    """What has come of a body, and is read a line at a time once the line is whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._written = self._read = 0
        self._whole = 0
        self._more = anyio.Event()
        self.ended = False

    def add(self, chunk: bytes) -> None:
        self._file.seek(self._written)
        self._written += self._file.write(chunk)
        self._whole += chunk.count(b"\n")
        self._tell()

    def end(self) -> None:
        self.ended = True
        self._tell()

    def _tell(self) -> None:
        self._more.set()
        self._more = anyio.Event()

    async def until(self, lines: int) -> None:
        """Wait until there are so many whole lines, or no more will come."""
        while self._whole < lines and not self.ended:
            await self._more.wait()

    def readline(self, size: int, /) -> bytes:
        self._file.seek(self._read)
        found = self._file.readline(size)
        self._read += len(found)
        return found


class _Answers(Response):
    """Reads the body and answers it, both at once: starlette's own streams do not expect that."""

    media_type = KINDS[0]

    def __init__(self, request: Request, mapping: Mapping, turn: anyio.CapacityLimiter) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._request = request
        self._mapping = mapping
        self._turn = turn
        self._trouble = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        with tempfile.TemporaryFile() as file:
            spool = _Spool(cast(BinaryIO, file))
            async with anyio.create_task_group() as both:
                both.start_soon(self._take_in, spool, both.cancel_scope)
                with suppress(TimeoutError):
                    async for answer in self._answers(spool):
                        with anyio.fail_after(UNREAD_S):
                            await send(_part(answer, more=True))
                    await send(_part(b"", more=False))
                both.cancel_scope.cancel()

    async def _take_in(self, spool: _Spool, all_of_it: anyio.CancelScope) -> None:
        """Spool the body; then wait for the caller to go, and stop the work when it does."""
        try:
            async for chunk in self._request.stream():
                # A page or two, into the cache of the system: not worth a thread.
                spool.add(chunk)
        except ClientDisconnect:
            all_of_it.cancel()
        except TooLarge:
            self._trouble = "the body is too large; what follows is not answered"
        except HTTPException as error:
            self._trouble = error.detail
        spool.end()
        if not self._trouble:
            while (await self._request.receive())["type"] != "http.disconnect":
                pass
            all_of_it.cancel()

    async def _answers(self, spool: _Spool) -> AsyncIterator[bytes]:
        contents = raw_lines(spool)
        number = 0
        while True:
            number += 1
            if number > MOST_LINES:
                self._trouble = f"more than {MOST_LINES} lines; what follows is not answered"
                break
            await spool.until(number)
            if number % _BREATH == 0:
                await anyio.lowlevel.checkpoint()  # blank lines wait for nothing
            try:
                content = next(contents)
            except StopIteration:
                break
            if (line := json_line(number, content)) is not None:
                yield await anyio.to_thread.run_sync(self._answer, line, limiter=self._turn)
        if self._trouble:
            yield _bad(number, self._trouble, "")

    def _answer(self, line: Line) -> bytes:
        if line.ask is None:
            return _bad(line.number, line.reason, line.raw)
        try:
            vector = self._mapping.condition(line.ask.prompt, line.ask.options)
        except PromptError as error:
            return _bad(line.number, str(error), line.raw)
        except Exception as error:
            known_as = self._request.scope["state"]["request_id"]
            _faults.error("line %d of request %s failed", line.number, known_as, exc_info=error)
            kind = type(error).__name__
            why = f"a fault of wordtone ({kind}); the log has it as {known_as}"
            return _bad(line.number, why, line.raw)
        head = json.dumps({"line": line.number, "id": line.id})
        return f'{head[:-1]}, "conditioning": {vector.model_dump_json()}}}\n'.encode()


def _bad(number: int, reason: str, text: str) -> bytes:
    # ASCII: what a caller sent may hold half a surrogate pair, which UTF-8 cannot.
    return (json.dumps({"line": number, "reason": reason, "text": text}) + "\n").encode()


def _part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}
