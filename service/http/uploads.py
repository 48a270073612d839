"""Bodies that are sound: taken to a nameless file as they come, and given up with their sender.

Either the sound itself (`audio/*`, or `application/octet-stream`), or a form with one `file`
(`multipart/form-data`). How large it may be is for `shell.limits` to say.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError
from http import HTTPStatus
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from service.analysis import Stoppable
from service.listening import IN_HAND, Recording, kept_for_now, spooled

SENT_WITHIN_S = 120.0
MULTIPART = "multipart/form-data"
_KINDS = ("audio/", "video/", "application/ogg", "application/octet-stream")
_MOST_FIELDS, _FIELD_BYTES = 200, 64 * 1024

T = TypeVar("T")
_threads = anyio.CapacityLimiter(IN_HAND)

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "an audio file; its format is told by its content",
        "content": {
            **{
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("application/octet-stream", "audio/*")
            },
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                    "additionalProperties": False,
                }
            },
        },
    }
}
"""What the OpenAPI document says of such a body."""


@contextlib.asynccontextmanager
async def sent(request: Request, name: str = "") -> AsyncIterator[Recording]:
    """The recording that a request carries, while the block lasts; a body of sound is `name`.

    Raises
    ------
    HTTPException
        415 for another kind of body, 408 when it takes too long, 422 for a form without a file.
    """
    if kind_of(request) == MULTIPART:
        async with sent_form(request) as (fields, recording):
            if fields or recording is None:
                raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "valid is one field: file")
            yield recording
        return
    if not kind_of(request).startswith(_KINDS):
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Content-Type {kind_of(request)[:80]!r}; valid is audio/*, application/octet-stream "
            f"or {MULTIPART}",
        )
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding: valid is none")
    with spooled() as file:
        async with _in_time():
            async for piece in request.stream():
                file.write(piece)
        with kept_for_now(file, name) as recording:
            yield recording


@contextlib.asynccontextmanager
async def sent_form(
    request: Request,
) -> AsyncIterator[tuple[dict[str, str], Recording | None]]:
    """Fields of a multipart form, the last value of each, and its `file`, None where it is empty.

    Raises HTTPException as `sent` does, and 400 for a form that cannot be read.
    """
    async with _in_time():
        form = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES)
    try:
        given = form.get("file")
        fields = {n: v for n, v in form.multi_items() if n != "file" and isinstance(v, str)}
        others = [n for n, v in form.multi_items() if n != "file" and not isinstance(v, str)]
        if others or isinstance(given, str):
            raise HTTPException(
                HTTPStatus.UNPROCESSABLE_ENTITY, "a file goes into the field named file"
            )
        if not isinstance(given, UploadFile) or not given.filename:
            yield fields, None
            return
        if hasattr(given.file, "rollover"):
            given.file.rollover()  # what fits into memory has no path yet
        with kept_for_now(given.file, given.filename) as recording:
            yield fields, recording
    finally:
        await form.close()


def kind_of(request: Request) -> str:
    """The media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def unless_gone(request: Request, worker: Stoppable, look: Callable[[], T]) -> T:
    """What `look` finds, in a thread; given up, and `worker` ended, when the caller goes away.

    Raises HTTPException 408 then, which nobody reads, and 503 when the service ends.
    """

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        worker.halt()

    watching = asyncio.create_task(watch())
    try:
        return await anyio.to_thread.run_sync(look, limiter=_threads)
    except CancelledError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the caller went away") from None
    except asyncio.CancelledError:
        worker.halt()
        wait = {"Retry-After": "5"}
        detail = "the service is ending"
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, detail, wait) from None
    finally:
        watching.cancel()


@contextlib.asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        with anyio.fail_after(SENT_WITHIN_S):
            yield
    except TimeoutError:
        raise HTTPException(
            HTTPStatus.REQUEST_TIMEOUT, f"the body took longer than {SENT_WITHIN_S:.0f} s"
        ) from None
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the caller went away") from None
