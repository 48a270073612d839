"""Addresses that are never connected to, in every spelling that they come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.addresses import allowable, refusal
from pipelines.sources.http_policy import HttpPolicy, Refused, parse_url
from schemas.errors import SettingsError


def no_lookup(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up")


REFUSED = [
    # IPv4, as IANA's registry has it
    *("http://0.0.0.0/", "http://0.1.2.3/", "http://10.0.0.1/", "http://10.255.255.255/"),
    *("http://100.64.0.1/", "http://100.127.255.254/", "http://127.0.0.1/", "http://127.9.9.9/"),
    *("http://169.254.169.254/latest/meta-data/", "http://169.254.0.1/", "http://172.16.0.1/"),
    *("http://172.31.255.255/", "http://192.0.0.1/", "http://192.0.2.1/", "http://192.88.99.1/"),
    *("http://192.168.1.1/", "http://198.18.0.1/", "http://198.19.255.255/"),
    *(
        "http://198.51.100.1/",
        "http://203.0.113.1/",
        "http://224.0.0.1/",
        "http://239.255.255.255/",
    ),
    *("http://240.0.0.1/", "http://255.255.255.255/"),
    # IPv6
    *("http://[::]/", "http://[::1]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/"),
    *(
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
    ),
    *("http://[2001:0:1::1]/", "http://[3fff::1]/", "http://[100::1]/", "http://[4000::1]/"),
    # IPv4 inside IPv6: mapped, compatible, 6to4, NAT64, ISATAP
    *("http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::ffff:10.0.0.1]/"),
    *("http://[::127.0.0.1]/", "http://[::7f00:1]/", "http://[::808:808]/"),
    *("http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::1]/", "http://[2002:808:808::1]/"),
    *("http://[64:ff9b::127.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://[64:ff9b:1::808:808]/"),
    *("http://[2a00:1450::5efe:10.0.0.1]/", "http://[2a00:1450::200:5efe:127.0.0.1]/"),
    # odd spellings of 127.0.0.1 and 169.254.169.254
    *("http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/"),
    *("http://017700000001/", "http://127.1/", "http://127.0.1/", "http://127.0.0.1./"),
    *("http://127.0.0.01/", "http://0x7f.0x0.0x0.0x1/", "http://2852039166/", "http://1/"),
    *(
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://256.256.256.256/",
    ),
    *("http://127.0.0.1:80/", "http://0/", "http://0x/", "http://127.0.0.0x1/"),
    # what is no plain address
    *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "//example.org/"),
    *("http:///x", "http://", "http://user@example.org/", "http://user:word@example.org/"),
    *("http://example.org:22/", "http://example.org:8080/", "http://example.org:0/"),
    *("http://example.org:99999/", "http://example.org:80x/", "http://exa mple.org/"),
    *("http://example.org\\@127.0.0.1/", "http://example.org/\r\nHost: x", "http://a..b/"),
    *("http://-a.org/", "http://a.org%00.example/", "http://[::1/", "http://[v1.x]/"),
    *("http://exam℀ple.org/", "http://" + "a" * 64 + ".org/", "http://example.org/" + "x" * 5000),
]


@pytest.mark.parametrize("url", REFUSED)
def test_is_refused_without_a_look_up(url: str) -> None:
    policy = HttpPolicy(resolver=no_lookup)
    with pytest.raises(Refused):
        policy.addresses(policy.target(url))


def test_the_table_is_long() -> None:
    assert len(set(REFUSED)) >= 80


PRIVATE_ANSWERS = [
    *("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.10", "100.100.100.200", "0.0.0.0"),  # noqa: S104  an answer, nothing binds to it
    *("::1", "::ffff:10.0.0.1", "fd12::1", "fe80::1", "fe80::1%eth0", "64:ff9b::7f00:1", "::"),
    *("2002:c0a8:1::", "not an address", ""),
]


@pytest.mark.parametrize("answer", PRIVATE_ANSWERS)
@pytest.mark.parametrize("at", [0, 1])
def test_a_name_is_refused_when_any_answer_is_private(answer: str, at: int) -> None:
    answers = ["93.184.215.14"]
    answers.insert(at, answer)
    policy = HttpPolicy(resolver=lambda host, port: answers)
    with pytest.raises(Refused, match=r"songs\.example\.org"):
        policy.addresses(policy.target("https://songs.example.org/a.ogg"))


PUBLIC = [
    *("93.184.215.14", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4001::200e"),
    *("2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"),
]


@pytest.mark.parametrize("answer", PUBLIC)
def test_public_answers_pass(answer: str) -> None:
    policy = HttpPolicy(resolver=lambda host, port: [answer])
    assert policy.addresses(policy.target("http://a.example.org/x")) == (answer,)


def test_no_answer_is_an_error() -> None:
    policy = HttpPolicy(resolver=lambda host, port: [])
    with pytest.raises(OSError, match="no address"):
        policy.addresses(policy.target("http://a.example.org/x"))


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_ipv6_disguise_helps(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]  # an IPv4Address
    for high in (0, 0xFFFF << 32, 0x64FF9B << 96, (0x2002 << 112) | (number << 80)):
        from ipaddress import IPv6Address

        assert refusal(IPv6Address(high | number)) is not None


@pytest.mark.parametrize(
    ("allow", "url", "passes"),
    [
        ("a.org", "https://a.org/x", True),
        ("a.org", "http://a.org/x", True),
        ("a.org", "https://b.a.org/x", False),
        ("a.org", "https://a.org:8443/x", False),
        ("a.org", "https://a.org.evil.org/x", False),
        ("*.a.org", "https://b.a.org/x", True),
        ("*.a.org", "https://c.b.a.org/x", True),
        ("*.a.org", "https://a.org/x", False),
        ("*.a.org", "https://eviла.org/x", False),
        ("*.a.org", "https://evila.org/x", False),
        ("a.org:8443, b.org", "https://a.org:8443/x", True),
        ("a.org:8443, b.org", "https://a.org/x", False),
        ("a.org:8443, b.org", "https://B.ORG./x", True),
        ("bücher.example", "https://xn--bcher-kva.example/x", True),
        ("127.0.0.1:9000", "http://127.0.0.1:9001/x", False),
    ],
)
def test_allow_list(allow: str, url: str, passes: bool) -> None:
    policy = replace(HttpPolicy.parse(allow), resolver=lambda host, port: ["93.184.215.14"])
    if passes:
        assert policy.addresses(policy.target(url)) == ("93.184.215.14",)
    else:
        with pytest.raises(Refused):
            policy.target(url)


def test_a_private_address_must_be_named_itself_with_its_port() -> None:
    policy = HttpPolicy.parse("127.0.0.1:9000,[::1]:9000,169.254.169.254:80,songs.lan:80")
    policy = replace(policy, resolver=lambda host, port: ["192.168.0.10"])
    assert policy.addresses(policy.target("http://127.0.0.1:9000/x")) == ("127.0.0.1",)
    assert policy.addresses(policy.target("http://[::1]:9000/x")) == ("::1",)
    for url in ("http://169.254.169.254/x", "http://songs.lan/x"):
        with pytest.raises(Refused):
            policy.addresses(policy.target(url))
    assert not allowable("169.254.169.254")
    assert not allowable("::ffff:169.254.169.254")


@pytest.mark.parametrize("text", ["a.org/x", "http://a.org", "a b", "127.1", "a.org:99999", "u@a"])
def test_a_wrong_allow_list_is_an_error(text: str) -> None:
    with pytest.raises(SettingsError, match="WORDTONE_HTTP_ALLOW"):
        HttpPolicy.parse(text)


def test_what_is_sent_is_ascii_and_has_no_fragment() -> None:
    target = parse_url("HTTPS://Bücher.Example./a b".replace(" ", "%20") + "/ü?q=é#part")
    assert target.url == "https://xn--bcher-kva.example/a%20b/%C3%BC?q=%C3%A9"
