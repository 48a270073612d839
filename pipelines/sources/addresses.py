"""Which network addresses may be connected to: those of the public internet, and no others.

The ranges are those of IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its
updates), and IPv6 addresses that carry an IPv4 address inside are judged by what they carry.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_V4 = {
    ip_network(network): what
    for network, what in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, where clouds answer for metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
}
_V6_GLOBAL = ip_network("2000::/3")
_V6 = {
    ip_network(network): what
    for network, what in (
        ("2001::/23", "reserved for protocols"),  # Teredo, ORCHID, benchmarks among them
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "for documentation"),
        ("2620:4f:8000::/48", "an AS112 sink"),
    )
}
_V6_NAMED = {
    ip_network("::/128"): "unspecified",
    ip_network("::1/128"): "loopback",
    ip_network("fc00::/7"): "private",
    ip_network("fe80::/10"): "link-local",
    ip_network("ff00::/8"): "multicast",
}
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_ALLOWABLE = frozenset({"loopback", "private", "shared by a carrier"})


def refusal(address: str | Address) -> str | None:
    """Why `address` is not connected to, in a word or two; None for one of the public internet.

    Raises
    ------
    ValueError
        When it is no address.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        return next((what for network, what in _V4.items() if parsed in network), None)
    if parsed.scope_id:
        return "bound to one interface"
    inside = carried(parsed)
    if inside is not None and (what := refusal(inside)) is not None:
        return f"{what} ({inside} inside)"
    if parsed.ipv4_mapped is not None or parsed in _NAT64:
        return None
    if parsed not in _V6_GLOBAL:
        named = (what for network, what in _V6_NAMED.items() if parsed in network)
        return next(named, "not of the public internet")
    return next((what for network, what in _V6.items() if parsed in network), None)


def allowable(address: str | Address) -> bool:
    """Whether a person may allow `address` by naming it: a public one, loopback or private."""
    what = refusal(address)
    return what is None or what in _ALLOWABLE


def carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside: v4-mapped, v4-compatible, 6to4, NAT64 or ISATAP; else None."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64:
        return IPv4Address(low)
    if int(address) >> 32 == 0 and low > 1:  # v4-compatible, deprecated by RFC 4291
        return IPv4Address(low)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(low)
    return None
