"""What a URL of a source may look like, before anything is resolved: pure rules over its text."""

import re
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import httpx

from connectors_service.pulling.addresses import Address, Policy

SCHEMES = ("http", "https")
_PORTS = {"http": 80, "https": 443}
_PORT_RANGE = range(1, 65536)
_NAME = re.compile(
    r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")


class BadUrlError(ValueError):
    """The URL is not one that a pull may go to; the message says why and repeats none of it."""


def checked_url(text: str, policy: Policy) -> httpx.URL:
    """Return the URL if its text is sound; raises BadUrlError. Names are resolved only later."""
    if any(ord(sign) <= 0x20 or sign == "\\" or sign == "\x7f" for sign in text):
        raise BadUrlError("holds a blank, backslash or control character")
    try:
        url, authority = httpx.URL(text), urlsplit(text).netloc
    except (httpx.InvalidURL, ValueError):
        raise BadUrlError("is no URL") from None
    if url.scheme not in SCHEMES:
        raise BadUrlError("must begin with https:// or http://")
    if "@" in authority:
        raise BadUrlError("holds a user or password; give them as `auth` and `secret`")
    _check_host(url.raw_host.decode("ascii"), policy)
    if url.port is not None and url.port not in _PORT_RANGE:
        raise BadUrlError("names a port that cannot be")
    return url


def _check_host(host: str, policy: Policy) -> None:
    if not host or "%" in host:
        raise BadUrlError("names no host")
    literal = _literal(host)
    if literal is None:
        _check_name(host)
    elif kind := policy.refusal(host, literal):
        raise BadUrlError(f"names an address that is {kind}")


def _check_name(host: str) -> None:
    """Refuse what resolvers read as an address though it is not written as one."""
    if host.endswith("."):
        raise BadUrlError("has a host that ends with a dot")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise BadUrlError("writes an address in an unusual way; write it as four decimal numbers")
    if not _NAME.fullmatch(host):
        raise BadUrlError("has a host name that cannot be")


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def shown(url: httpx.URL, secret: str | None) -> str:
    """Return where a URL leads, to be shown: its query, user and fragment are left out.

    A path that repeats the source's secret is left out as well, however it is written.
    """
    path = url.path
    if secret and secret.casefold() in unquote(path).casefold():
        path = "/…"
    return f"{origin_text(url)}{path}" if url.port else f"{url.scheme}://{url.host}{path}"


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Return scheme, host and port: credentials stay within them."""
    return url.scheme, url.host, url.port or _PORTS[url.scheme]


def origin_text(url: httpx.URL) -> str:
    """Return the origin as text."""
    return "{}://{}:{}".format(*origin(url))
