"""Which page comes next: pure decisions over what a page says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from connectors_service.pulling.definition import (
    CursorPages,
    Definition,
    LinkedPages,
    NumberedPages,
    QueryAuth,
)
from connectors_service.pulling.errors import LeadsElsewhereError, UnreadablePageError
from connectors_service.pulling.hosts import origin

TOKEN_CHARS = 8000
_FALSE = {"", "false", "0", "no", "null"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull stands: a page's number, or the cursor or URL that the page before gave."""

    number: int | None = None
    token: str | None = None

    def stored(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"number": self.number, "token": self.token}


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it came: its records, the body if it is JSON, the Link header, its own URL."""

    records: list[dict[str, Any]]
    body: Any
    link: str
    url: httpx.URL


def first_place(definition: Definition) -> Place:
    """Return where a pull begins."""
    pages = definition.pagination
    return Place(number=pages.first) if isinstance(pages, NumberedPages) else Place()


def parameters(definition: Definition, place: Place) -> dict[str, str | int]:
    """Return what to send for a page; a URL that the source gave says it all itself."""
    pages = definition.pagination
    if isinstance(pages, LinkedPages) and place.token is not None:
        return {}
    found: dict[str, str | int] = dict(definition.params)
    if isinstance(pages, NumberedPages | CursorPages) and pages.size_parameter:
        found[pages.size_parameter] = pages.size or 0
    if isinstance(pages, NumberedPages) and place.number is not None:
        found[pages.parameter] = place.number
    if isinstance(pages, CursorPages) and place.token is not None:
        found[pages.parameter] = place.token
    return found


def next_place(definition: Definition, place: Place, page: Page) -> Place | None:
    """Return where the page after this one is; None behind the last."""
    pages = definition.pagination
    if isinstance(pages, NumberedPages):
        number = place.number or 0
        return Place(number=number + pages.step) if _goes_on(pages, number, page) else None
    if isinstance(pages, CursorPages):
        token = _token(at(page.body, pages.next))
        return Place(token=token) if token and _says_more(pages.more, page) else None
    if isinstance(pages, LinkedPages):
        return _linked(definition, pages, page)
    return None


def _goes_on(pages: NumberedPages, number: int, page: Page) -> bool:
    if not page.records or not _says_more(pages.more, page):
        return False
    if pages.last_page is not None:
        return number < _whole(at(page.body, pages.last_page))
    return pages.ends != "short" or len(page.records) >= (pages.size or 0)


def _says_more(pointer: str | None, page: Page) -> bool:
    return pointer is None or str(at(page.body, pointer, otherwise="")).lower() not in _FALSE


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise UnreadablePageError("There is no whole number at `pagination.last_page`.") from None


def _token(value: Any) -> str | None:
    if value is None or value is False:
        return None
    if not isinstance(value, str | int) or len(str(value)) > TOKEN_CHARS:
        raise UnreadablePageError("What stands at `pagination.next` is no cursor.")
    return str(value) or None


def _linked(definition: Definition, pages: LinkedPages, page: Page) -> Place | None:
    found = next_link(page.link) if pages.next is None else _token(at(page.body, pages.next))
    if not found:
        return None
    url = joined(page.url, found)
    if origin(url) != origin(httpx.URL(definition.base_url)):
        raise LeadsElsewhereError("The link to the next page leads to another host.")
    if isinstance(definition.auth, QueryAuth):
        url = url.copy_remove_param(definition.auth.parameter)
    return Place(token=str(url))


def joined(url: httpx.URL, location: str) -> httpx.URL:
    """Return where a location leads from a URL; raises LeadsElsewhereError."""
    try:
        if len(location) > TOKEN_CHARS:
            raise httpx.InvalidURL("too long")
        return url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError):
        raise LeadsElsewhereError("The source gave a URL that is none.") from None


def next_link(header: str) -> str | None:
    """Return the target of `rel="next"` in a Link header (RFC 8288)."""
    links = httpx.Response(200, headers={"link": header}).links if header else {}
    for link in links.values():
        if "next" in link.get("rel", "").lower().split():
            return link.get("url")
    return None


def at(value: Any, pointer: str, otherwise: Any = None) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to."""
    for part in pointer.split("/")[1:]:
        value = _child(value, part.replace("~1", "/").replace("~0", "~"))
        if value is _NOTHING:
            return otherwise
    return value


_NOTHING = object()


def _child(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, _NOTHING)
    if isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 8:
        return value[int(name)] if int(name) < len(value) else _NOTHING
    return _NOTHING
