"""Requests to a service: sent, sent again where it says so, and their errors told apart."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from wordtone_client.address import Address, read_address
from wordtone_client.errors import ServiceError, UnexpectedAnswer, Unreachable, kind_of

_Answer = TypeVar("_Answer")
Parameters = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""Of a query; None leaves one out."""
_AGAIN = (429, 503)
_LONGEST_WAIT_S = 60.0
_FIRST_WAIT_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited, and how often something is sent again.

    Attributes
    ----------
    timeout_s : for a connection, and for each part of an answer
    retries : how often a request is sent again that the service put off (429 or 503 with
        Retry-After), or that did not reach it at all
    sleep : waits for so many seconds
    """

    timeout_s: float = 60.0
    retries: int = 4
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)


class Connection:
    """What the parts of `Client` speak through. Thread-safe; `close` it, or use it as a context.

    Encrypted connections are verified, redirects are never followed: a token goes to the address
    that was given and to no other.
    """

    def __init__(
        self,
        address: str,
        token: str | None = None,
        *,
        insecure: bool = False,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """
        Parameters
        ----------
        address : as http://127.0.0.1:8000 or https://music.example
        token : the bearer token, where the service needs one
        insecure : let the token travel unencrypted (http) to another machine
        patience : timeouts and retries; 60 s and 4 unless given
        transport : of httpx, where a proxy or certificate of one's own is wanted

        Raises
        ------
        AddressError
            When the address cannot be used, or would carry the token in the clear.
        """
        self._address: Address = read_address(address, token=bool(token), insecure=insecure)
        self._guarded = bool(token)
        self._patience = patience or Patience()
        self._http = httpx.Client(
            base_url=self._address.url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=self._patience.timeout_s,
            follow_redirects=False,
            # This machine is never reached through a proxy that the environment names.
            trust_env=not self._address.loopback,
            transport=transport,
        )

    @property
    def address(self) -> str:
        return self._address.url

    def __repr__(self) -> str:
        guarded = "with a token" if self._guarded else "without a token"
        return f"<{type(self).__name__} {self.address}, {guarded}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _get(
        self,
        path: str,
        kind: type[_Answer],
        parameters: Parameters | None = None,
    ) -> _Answer:
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self._parsed(self._request("GET", path, params=given), kind)

    def _post(self, path: str, kind: type[_Answer], body: Mapping[str, Any]) -> _Answer:
        return self._parsed(self._request("POST", path, json=body), kind)

    def _upload(
        self, path: str, kind: type[_Answer], content: bytes, parameters: Parameters
    ) -> _Answer:
        given = {name: value for name, value in parameters.items() if value is not None}
        headers = {"Content-Type": "application/octet-stream"}
        sent = self._request("POST", path, params=given, content=content, headers=headers)
        return self._parsed(sent, kind)

    def _request(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """The answer, whole. Raises ServiceError, Unreachable or UnexpectedAnswer."""
        with self._streamed(method, path, **parts) as response:
            with self._reaching():
                response.read()
            return response

    @contextmanager
    def _streamed(self, method: str, path: str, **parts: Any) -> Iterator[httpx.Response]:
        """An answer below 300 whose body has not been read. Raises as `_request` does."""
        response = self._sent(method, path, parts)
        try:
            self._check(response)
            yield response
        finally:
            response.close()

    def _sent(self, method: str, path: str, parts: Mapping[str, Any]) -> httpx.Response:
        """The first answer that does not say "later"; the last one when retries are used up."""
        request = self._http.build_request(method, path, **parts)
        # What is streamed from an iterator is gone once it has been sent.
        streamed = not isinstance(parts.get("content", b""), bytes)
        left = 0 if streamed else self._patience.retries
        tried = 0
        while True:
            try:
                with self._reaching():
                    response = self._http.send(request, stream=True)
            except Unreachable as error:
                if tried >= left or not isinstance(error.__cause__, httpx.ConnectError):
                    raise
                wait_s = None
            else:
                wait_s = retry_after_s(response)
                if tried >= left or response.status_code not in _AGAIN or wait_s is None:
                    return response
                response.close()
            self._patience.sleep(_wait_s(wait_s, tried))
            tried += 1

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            within = f"{self._patience.timeout_s:g} s"
            raise Unreachable(f"{self.address}: no answer within {within}") from error
        except httpx.TransportError as error:
            told = str(error) or type(error).__name__
            raise Unreachable(f"{self.address}: cannot be reached ({told})") from error
        except (httpx.DecodingError, httpx.TooManyRedirects) as error:
            raise UnexpectedAnswer(f"{self.address}: {error}") from error

    def _check(self, response: httpx.Response) -> None:
        if response.status_code < 300:
            return
        if response.status_code < 400:
            to = response.headers.get("location", "nowhere")
            raise UnexpectedAnswer(f"{self.address}: redirects to {to}, which is not followed")
        with self._reaching():
            response.read()
        raise problem_of(self.address, response)

    def _parsed(self, response: httpx.Response, kind: type[_Answer]) -> _Answer:
        try:
            return TypeAdapter(kind).validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            told = f"{where}: {first['msg']}" if where else first["msg"]
            path = response.request.url.path
            raise UnexpectedAnswer(
                f"{self.address}: its answer to {path} is not what this client knows ({told}); "
                "is it wordtone, and of this client's version?"
            ) from error


def problem_of(address: str, response: httpx.Response) -> ServiceError:
    """The error that an answer of 400 or above carries; its body has been read."""
    try:
        detail = str(json.loads(response.content)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"answered {response.status_code} {response.reason_phrase}, without a reason"
    return kind_of(response.status_code)(
        address,
        response.status_code,
        detail,
        response.headers.get("x-request-id"),
        retry_after_s(response),
    )


def retry_after_s(response: httpx.Response) -> float | None:
    """Seconds that the header Retry-After names, as a number or a date; None without one."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, float((at - datetime.now(UTC)).total_seconds()))


def _wait_s(asked_s: float | None, tried: int) -> float:
    """At least what was asked, at most a minute; longer each time, and never two in step."""
    own = _FIRST_WAIT_S * 2.0**tried * (1 + random.random())  # noqa: S311  no secret
    return min(_LONGEST_WAIT_S, max(asked_s or 0.0, own))
