"""Which addresses of the web are read: the one place that says no.

    url ─parse─▶ Target(host, port) ─allow-list─▶ resolve ─every answer checked─▶ addresses

The connection is made to the addresses that were checked, so that a second look-up, which might
answer otherwise, never happens.
"""

from __future__ import annotations

import re
import socket
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

from pipelines.sources.addresses import allowable, refusal
from schemas.errors import SettingsError

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port → the addresses that a look-up gives."""

MAX_URL = 4096
_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_ENTRY = re.compile(r"(\*\.)?(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::(\d{1,5}))?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}]")


class Refused(Exception):
    """An address that is not read; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed address: `host` in ASCII, lower case, without brackets."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def is_literal(self) -> bool:
        """Whether the host is an address and not a name."""
        return _literal(self.host) is not None


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The system's answer; OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """What may be read from the web.

    Attributes
    ----------
    allow : (host, port) pairs
        Hosts that may be read; none: every public one. A host that begins with a dot stands for
        the names below it; port 0 for the default ports.
    """

    allow: tuple[tuple[str, int], ...] = ()
    max_redirects: int = 5
    connect_s: float = 10.0
    idle_s: float = 30.0
    resolver: Resolver = system_resolver

    @classmethod
    def parse(cls, text: str) -> HttpPolicy:
        """From WORDTONE_HTTP_ALLOW: hosts with or without a port, between commas.

        Raises
        ------
        SettingsError
            For an entry that is no host.
        """
        return cls(allow=tuple(_entry(part.strip()) for part in text.split(",") if part.strip()))

    def target(self, url: str) -> Target:
        """Parse `url` and hold it against the allow-list.

        Raises
        ------
        Refused
            Another scheme, credentials, a port or host that is not allowed, a host in an odd
            spelling.
        """
        target = parse_url(url)
        default = target.port == _PORTS[target.scheme]
        if not self.allow:
            if not default:
                valid = "valid are 80 and 443, and those that WORDTONE_HTTP_ALLOW names"
                raise Refused(f"port {target.port}; {valid}")
            return target
        if not any(_covers(entry, target, default) for entry in self.allow):
            raise Refused(f"host {target.host} is not in WORDTONE_HTTP_ALLOW")
        return target

    def addresses(self, target: Target) -> tuple[str, ...]:
        """Addresses of `target`, each of them checked; to be connected to without a new look-up.

        Raises
        ------
        Refused
            When any of them is not of the public internet. A literal address that the allow-list
            names with its port may be a private one.
        OSError
            When the name has no address.
        """
        if target.is_literal:
            if (target.host, target.port) in self.allow and allowable(target.host):
                return (target.host,)
            found: Sequence[str] = (target.host,)
        else:
            found = self.resolver(target.host, target.port)
        if not found:
            raise OSError(f"{target.host} has no address")
        for address in found:
            try:
                why = refusal(address)
            except ValueError as error:
                raise Refused(f"{target.host} is at {address!r}, which is no address") from error
            if why is not None:
                raise Refused(f"{target.host} is at {address}: {why}")
        return tuple(dict.fromkeys(found))


def parse_url(url: str) -> Target:
    """Scheme, host and port of `url`; Refused for what is no plain http(s) address."""
    if len(url) > MAX_URL or _FORBIDDEN.search(url):
        raise Refused("not a valid address: too long, or with a space, control or quote in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(f"not a valid address: {error}") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise Refused(f"scheme {scheme!r}; valid are http and https")
    if "@" in parts.netloc:
        raise Refused("user name or password in the address")
    if not parts.hostname:
        raise Refused("no host")
    host = _host(parts.hostname, bracketed="[" in parts.netloc)
    if port == 0:
        raise Refused("port 0")
    shown = f"[{host}]" if ":" in host else host
    at = "" if port is None or port == _PORTS[scheme] else f":{port}"
    path = _ascii(parts.path or "/")
    query = f"?{_ascii(parts.query)}" if parts.query else ""
    plain = f"{scheme}://{shown}{at}{path}{query}"
    return Target(plain, scheme, host, port or _PORTS[scheme])


def _host(host: str, *, bracketed: bool) -> str:
    if bracketed:
        if "%" in host:
            raise Refused("an IPv6 address with a zone")
        try:
            return str(IPv6Address(host))
        except ValueError as error:
            raise Refused(f"{host!r} is no IPv6 address") from error
    name = unicodedata.normalize("NFKC", host).lower().removesuffix(".")
    if not name.isascii():
        import idna

        try:
            name = idna.encode(name, uts46=True).decode("ascii").lower()
        except idna.IDNAError as error:
            raise Refused(f"{host!r} is no host name") from error
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused(f"{host!r} is no host name")
    if _NUMBER.fullmatch(labels[-1]):
        # 2130706433, 0x7f.1 and 0177.0.0.1 are read as addresses by some and as names by others.
        try:
            return str(IPv4Address(name))
        except ValueError as error:
            raise Refused(f"{host!r} is an address in an odd spelling") from error
    return name


def _ascii(text: str) -> str:
    return quote(text, safe="/%:?#[]@!$&'()*+,;=~-._")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    for kind in (IPv4Address, IPv6Address):
        try:
            return kind(host)
        except ValueError:
            continue
    return None


def _entry(text: str) -> tuple[str, int]:
    match = _ENTRY.fullmatch(text)
    try:
        if match is None or int(match[3] or 0) > 65535:
            raise Refused("no host")
        host = parse_url(f"https://{match[2]}").host
    except Refused as error:
        raise SettingsError(
            f"WORDTONE_HTTP_ALLOW: {text!r}: {error}; valid: a.org, *.b.org, c.org:8443"
        ) from error
    return (f".{host}" if match[1] else host, int(match[3] or 0))


def _covers(entry: tuple[str, int], target: Target, default: bool) -> bool:
    host, port = entry
    if not (default if port == 0 else port == target.port):
        return False
    return target.host.endswith(host) if host.startswith(".") else target.host == host
