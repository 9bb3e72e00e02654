"""Which addresses and URLs a pull may go to, by their values."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_service.pulling.addresses import Policy, parsed, policy, refusal
from connectors_service.pulling.hosts import BadUrlError, checked_url, origin, origin_text, shown

REFUSED = {
    "0.0.0.0": "unspecified",  # noqa: S104 - nobody binds it
    "0.1.2.3": "unspecified",
    "10.0.0.1": "private",
    "10.255.255.255": "private",
    "100.64.0.1": "shared by a carrier's customers",
    "100.127.255.254": "shared by a carrier's customers",
    "127.0.0.1": "loopback",
    "127.255.0.9": "loopback",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.8": "for protocols",
    "192.0.2.7": "for documentation",
    "192.88.99.1": "for protocols",
    "192.168.1.1": "private",
    "198.18.0.1": "for benchmarks",
    "198.19.255.255": "for benchmarks",
    "198.51.100.3": "for documentation",
    "203.0.113.200": "for documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "reserved",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:a9fe:a9fe": "link-local",
    "::ffff:10.1.2.3": "private",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::a9fe:a9fe": "link-local",
    "64:ff9b::c0a8:1": "private",
    "64:ff9b:1::1": "a tunnel to IPv4",
    "64:ff9b:1:ffff:ffff:ffff:7f00:1": "a tunnel to IPv4",
    "100::1": "reserved",
    "2001::1": "for protocols",
    "2001:0:53aa:64c:0:fbff:80ff:fffe": "for protocols",
    "2001:2::1": "for protocols",
    "2001:10::1": "for protocols",
    "2001:db8::1": "for documentation",
    "2002:7f00:1::": "a tunnel to IPv4",
    "2002:808:808::1": "a tunnel to IPv4",
    "3fff:123::1": "for documentation",
    "4000::1": "reserved",
    "5f00::1": "reserved",
    "fc00::1": "private",
    "fd12:3456::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "private",
    "ff02::1": "multicast",
}
PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
    169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.1 192.0.3.1 192.167.255.255 192.169.0.0
    198.17.255.255 198.20.0.0 203.0.112.1 223.255.255.255 2606:4700:4700::1111 2001:200::1
    2a00:1450::1 2003::1 ::ffff:8.8.8.8 64:ff9b::808:808
"""


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://api.example/v1/x?key=s3cret&page=2#s3cret", "https://api.example/v1/x"),
        ("https://user:s3cret@api.example/v1", "https://api.example/v1"),
        ("http://api.example:8080/v1/", "http://api.example:8080/v1/"),
        ("https://api.example/of/s3cret/page", "https://api.example/…"),
        ("https://api.example/of/S3%63ret/page", "https://api.example/…"),
    ],
)
def test_what_is_shown_of_a_url_holds_no_credential(url: str, text: str) -> None:
    assert shown(httpx.URL(url), "s3cret") == text


@pytest.mark.parametrize("text", REFUSED)
def test_no_pull_goes_to_an_address_that_is_not_public(text: str) -> None:
    assert refusal(parsed(text)) == REFUSED[text]


@pytest.mark.parametrize("text", PUBLIC.split())
def test_public_addresses_are_open_up_to_the_edge(text: str) -> None:
    assert refusal(parsed(text)) is None


def test_a_deployment_may_open_networks_and_hosts() -> None:
    opened = policy(["127.0.0.0/8", " fd00::/8 ", "", "Intranet.Example"])

    assert opened.refusal("any.example", parsed("127.0.0.5")) is None
    assert opened.refusal("any.example", parsed("::ffff:127.0.0.5")) == "loopback"
    assert opened.refusal("any.example", parsed("fd00::5")) is None
    assert opened.refusal("any.example", parsed("10.0.0.5")) == "private"
    assert opened.refusal("intranet.example", parsed("10.0.0.5")) is None
    assert opened.refusal("intranet.example", parsed("169.254.169.254")) == "link-local"


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.0.0", "10.0.0.1/8", "host/24"])
def test_a_network_that_is_none_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="networks like"):
        policy([entry])


BAD_URLS = {
    "ftp://api.example/": "must begin with",
    "file:///etc/passwd": "must begin with",
    "gopher://api.example/": "must begin with",
    "//api.example/x": "must begin with",
    "https:///x": "no host",
    "https://user@api.example/": "user or password",
    "https://user:word@api.example/": "user or password",
    "https://api.example@127.0.0.1/": "user or password",
    "https://@api.example/": "user or password",
    "https://api.example\\@127.0.0.1/": "blank, backslash",
    "https://api.exa mple/": "blank, backslash",
    "https://api.example/\r\nHost: x": "blank, backslash",
    "https://api.example./": "ends with a dot",
    "http://127.0.0.1./": "ends with a dot",
    "http://127.0.0.1/": "address that is loopback",
    "http://127.1/": "unusual way",
    "http://2130706433/": "unusual way",
    "http://0177.0.0.1/": "no URL",
    "http://0x7f.0.0.1/": "unusual way",
    "http://0x7f000001/": "unusual way",
    "http://0x/": "unusual way",
    "http://8.8.8.8.8/": "unusual way",
    "http://1.2.3.4.0x5/": "unusual way",
    "http://１２７.０.０.１/": "no URL",  # noqa: RUF001 - full-width digits are the point
    "http://ⓛocalhost/": "no URL",
    "http://%6cocalhost/": "no host",
    "http://[::1]/": "address that is loopback",
    "http://[::ffff:7f00:1]/": "address that is loopback",
    "http://[64:ff9b::7f00:1]/": "address that is loopback",
    "http://[2002:7f00:1::]/": "tunnel to IPv4",
    "http://[fe80::1%25eth0]/": "no host",
    "http://[::1/": "no URL",
    "http://a..b/": "host name that cannot be",
    "http://-a.example/": "host name that cannot be",
    "http://api.example:99999/": "port that",
    "http://api.example:0/": "port that",
}


@pytest.mark.parametrize("text", BAD_URLS)
def test_a_url_that_hides_where_it_leads_is_refused(text: str) -> None:
    with pytest.raises(BadUrlError, match=BAD_URLS[text]):
        checked_url(text, Policy())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api.partner.example", "https://api.partner.example:443"),
        ("http://API.partner.example:8080/v1", "http://api.partner.example:8080"),
        ("https://bücher.example/", "https://bücher.example:443"),
        ("https://8.8.8.8/", "https://8.8.8.8:443"),
        ("https://[2606:4700::1111]/", "https://2606:4700::1111:443"),
        ("https://exa_mple.example/", "https://exa_mple.example:443"),
        ("https://4chan.example/", "https://4chan.example:443"),
    ],
)
def test_an_ordinary_url_is_taken(text: str, expected: str) -> None:
    assert origin_text(checked_url(text, Policy())) == expected


def test_the_origin_is_scheme_host_and_port() -> None:
    urls = [
        "https://a.example/x",
        "https://a.example:443/y",
        "https://a.example:444/",
        "http://a.example/",
    ]

    assert [origin(checked_url(url, Policy())) for url in urls] == [
        ("https", "a.example", 443),
        ("https", "a.example", 443),
        ("https", "a.example", 444),
        ("http", "a.example", 80),
    ]


HOSTS = st.text(st.sampled_from("abc.:/[]@%#?0x1-_ \\") | st.characters(), max_size=30)


@settings(max_examples=300, deadline=None)
@given(start=st.sampled_from(["http://", "https://", "//", ""]), rest=HOSTS)
def test_any_text_is_a_url_or_refused(start: str, rest: str) -> None:
    try:
        url = checked_url(start + rest, Policy())
    except BadUrlError:
        return
    assert url.scheme in ("http", "https")
    assert url.host
