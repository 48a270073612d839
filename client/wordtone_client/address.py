"""Where a service is, and whether a token may go there."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import httpx

from wordtone_client.errors import AddressError


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a service.

    Attributes
    ----------
    url : scheme, host, port and, behind a proxy, a path; without a slash at the end
    loopback : it is this machine
    """

    url: str
    loopback: bool


def read_address(text: str, *, token: bool, insecure: bool) -> Address:
    """Read an address such as https://music.example:8443 or http://127.0.0.1:8000.

    `insecure` lets a token travel unencrypted to another machine.

    Raises
    ------
    AddressError
        When it is no http or https address, holds a name and password or a query, or would carry a
        token in the clear to another machine.
    """
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, TypeError) as error:
        raise AddressError(f"address {text!r}: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise AddressError(f"address {text!r}: valid is http://HOST:PORT or https://HOST")
    if url.userinfo:
        raise AddressError("address: no name or password in it; a token is given beside it")
    if url.query or url.fragment:
        raise AddressError(f"address {text!r}: valid is one without ? and #")
    loopback = _is_loopback(url.host)
    if token and url.scheme == "http" and not (loopback or insecure):
        raise AddressError(
            f"{text.strip()}: a token would travel there in the clear; use https://, or say that "
            "this network is to be trusted (insecure)"
        )
    return Address(str(url).rstrip("/"), loopback)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
