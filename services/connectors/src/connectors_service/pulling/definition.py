"""What a source is: where its pages are, who asks for them, how they follow each other."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from connectors_service.pulling.addresses import Policy
from connectors_service.pulling.hosts import BadUrlError, checked_url

NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VISIBLE = re.compile(r"[\x20-\x7e]*")
_OURS = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that the client itself writes, or that would change how a request is cut."""


def refuse(code: str, message: str) -> PydanticCustomError:
    """A refusal whose words reach the caller."""
    return PydanticCustomError(code, message)


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise refuse("json_pointer", "must be a JSON pointer such as /data/items, or empty")
    return text


def _header_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise refuse("header_name", "must be the name of an HTTP header")
    return text


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if _header_name(name).lower() in _OURS:
            raise refuse("header_reserved", "names a header that the client writes itself")
        if not _VISIBLE.fullmatch(value):
            raise refuse("header_value", "has a header value with a sign that is not ASCII text")
    return headers


def _path(text: str) -> str:
    if not text.startswith("/") or text.startswith("//") or "?" in text or "#" in text:
        raise refuse("url_path", "must be a path such as /v1/items; give parameters as `params`")
    return quote(text, safe="/%:@!$&'()*+,;=~-._")


Pointer = Annotated[str, Field(max_length=200), AfterValidator(_pointer)]
Parameter = Annotated[str, Field(min_length=1, max_length=100)]
HeaderName = Annotated[str, AfterValidator(_header_name)]


class Strict(BaseModel):
    """Takes no members that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoAuth(Strict):
    """Anyone may ask."""

    kind: Literal["none"] = "none"


class BearerAuth(Strict):
    """The secret goes as `Authorization: Bearer`."""

    kind: Literal["bearer"]


class HeaderAuth(Strict):
    """The secret goes as a header of its own."""

    kind: Literal["header"]
    name: Annotated[HeaderName, Field(examples=["X-Api-Key"])]

    @model_validator(mode="after")
    def check_name(self) -> "HeaderAuth":
        """Refuse names that the client writes itself; `Authorization` may be had this way."""
        if self.name.lower() in _OURS - {"authorization"}:
            raise refuse("header_reserved", "names a header that the client writes itself")
        return self


class BasicAuth(Strict):
    """The secret is the password of a user."""

    kind: Literal["basic"]
    username: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^:\x00-\x1f]+$")]


class QueryAuth(Strict):
    """The secret goes as a query parameter."""

    kind: Literal["query"]
    parameter: Parameter


Auth = Annotated[
    NoAuth | BearerAuth | HeaderAuth | BasicAuth | QueryAuth, Field(discriminator="kind")
]


class OnePage(Strict):
    """All records stand in one page."""

    style: Literal["none"] = "none"


class NumberedPages(Strict):
    """Pages are asked for by number, or by offset where `step` is the size.

    They end with an empty page, with one shorter than `size` (`ends: short`), with the number that
    stands at `last_page` in the body, when what stands at `more` is false, or with a 404 behind the
    first (`ends: missing`).
    """

    style: Literal["page"]
    parameter: Parameter = "page"
    first: int = Field(1, ge=0, le=1_000_000)
    step: int = Field(1, ge=1, le=100_000)
    size_parameter: Parameter | None = None
    size: int | None = Field(None, ge=1, le=100_000)
    ends: Literal["empty", "short", "missing"] = "empty"
    last_page: Pointer | None = None
    more: Pointer | None = None

    @model_validator(mode="after")
    def check_size(self) -> "NumberedPages":
        """A short page and a size parameter need a size."""
        if self.size is None and (self.ends == "short" or self.size_parameter):
            raise refuse("size_missing", "needs `size`: how many records a full page holds")
        return self


class CursorPages(Strict):
    """Each page's body says at `next` what to send as `parameter` for the one after it."""

    style: Literal["cursor"]
    parameter: Parameter = "cursor"
    next: Annotated[Pointer, Field(min_length=1)]
    more: Pointer | None = None
    size_parameter: Parameter | None = None
    size: int | None = Field(None, ge=1, le=100_000)

    @model_validator(mode="after")
    def check_size(self) -> "CursorPages":
        """A size parameter needs a size."""
        if self.size_parameter and self.size is None:
            raise refuse("size_missing", "needs `size`: how many records a full page holds")
        return self


class LinkedPages(Strict):
    """Each page gives the next one's URL: as `Link: …; rel="next"`, or in the body at `next`."""

    style: Literal["link"]
    next: Pointer | None = None


Pagination = Annotated[
    OnePage | NumberedPages | CursorPages | LinkedPages, Field(discriminator="style")
]


class Incremental(Strict):
    """The greatest value seen of `field` is sent as `parameter` next time, less the overlap.

    `overlap` is in seconds for times and dates, in units for numbers.
    """

    field: Annotated[Pointer, Field(min_length=1)]
    parameter: Parameter
    kind: Literal["time", "date", "number", "text"] = "time"
    overlap: int = Field(300, ge=0, le=366 * 86400)
    initial: str | None = Field(None, max_length=200)


class Definition(Strict):
    """A source as it is stored: all of it but the secret."""

    base_url: Annotated[str, Field(max_length=500, examples=["https://api.partner.example"])]
    path: Annotated[str, Field(max_length=1000), AfterValidator(_path)] = "/"
    method: Literal["GET", "POST"] = "GET"
    params: dict[Parameter, Annotated[str, Field(max_length=1000)]] = Field(
        default_factory=dict, max_length=50
    )
    headers: Annotated[
        dict[str, Annotated[str, Field(max_length=1000)]], AfterValidator(_headers)
    ] = Field(default_factory=dict, max_length=20)
    auth: Auth = NoAuth()
    pagination: Pagination = OnePage()
    records: Pointer = ""
    fields: dict[Annotated[str, Field(min_length=1, max_length=200)], Pointer] = Field(
        default_factory=dict, max_length=200
    )
    incremental: Incremental | None = None
    per_second: float = Field(5.0, gt=0, le=100)
    timeout_seconds: float = Field(60.0, ge=1, le=600)
    mapping: str | None = Field(None, max_length=100)
    program: str | None = Field(None, max_length=100)

    def url(self, policy: Policy) -> httpx.URL:
        """Return the URL of the first page; raises BadUrlError."""
        url = checked_url(self.base_url, policy)
        if url.query or url.fragment or "?" in self.base_url or "#" in self.base_url:
            raise BadUrlError("has parameters; give them as `params`")
        return url.copy_with(path=url.path.rstrip("/") + self.path)

    def stored(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self.model_dump(mode="json", exclude_defaults=True)
