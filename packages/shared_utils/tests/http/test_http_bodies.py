"""Whatever body arrives, the answer is the route's own or a 4xx problem that repeats none of it."""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from pydantic import AnyUrl, BaseModel, ConfigDict, EmailStr, Field, field_validator
from pydantic_core import PydanticCustomError

Serve = Callable[..., Awaitable[httpx.AsyncClient]]

SENTINEL = "zq9sentinel"
JSON = {"Content-Type": "application/json"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}

router = APIRouter(prefix="/things")


class Colour(StrEnum):
    RED = "red"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int
    amount: float = 1.0
    name: str = Field("", max_length=10)
    slug: str = Field("a", pattern="^[a-z]+$")
    day: date | None = None
    moment: datetime | None = None
    id: UUID | None = None
    mail: EmailStr | None = None
    url: AnyUrl | None = None
    colour: Colour = Colour.RED
    counts: dict[str, int] = {}
    many: list[int] = []
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    even: int = 2
    checked: str = ""

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd")
        return value

    @field_validator("checked")
    @classmethod
    def _checked(cls, value: str) -> str:
        if value:
            raise PydanticCustomError("must_be_empty", "Leave this empty")
        return value


@router.post("")
async def make_thing(thing: Thing) -> Thing:
    """Answer what came."""
    return thing


@router.post("/anything")
async def take_anything(value: dict[str, Any]) -> dict[str, Any]:
    """Answer any object."""
    return value


@router.post("/raw")
async def take_raw(request: Request) -> int:
    """Answer the size."""
    return len(await request.body())


@router.post("/form")
async def take_form(count: Annotated[int, Form()], file: Annotated[UploadFile, File()]) -> int:
    """Answer the size of a file, plus a number."""
    return len(await file.read()) + count


@router.post("/big", max_body_size=3_000_000)
async def take_much(request: Request) -> int:
    """Answer the size, which may be beyond the app's limit."""
    return len(await request.body())


@router.get("")
async def list_things(after: Annotated[UUID | None, Query()] = None, limit: int = 1) -> int:
    """Answer the limit."""
    return limit


def assert_problem(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """The body of a problem with one of these statuses."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"].startswith(("urn:waymark:problem:", "about:blank"))
    assert SENTINEL not in answer.text
    return problem


BODIES: dict[str, bytes] = {
    "no JSON": b"zq9sentinel",
    "cut": b'{"number": 1, "name": "zq9sentinel',
    "1e400": b'{"number": 1e400}',
    "1e400 in a float": b'{"number": 1, "amount": 1e400}',
    "NaN": b'{"number": NaN}',
    "infinity": b'{"number": 1, "amount": Infinity}',
    "half a pair": b'{"number": 1, "name": "\\ud800"}',
    "half a pair in an unknown name": b'{"number": 1, "\\udfff": 1}',
    "NUL": b'{"number": 1, "name": "a\\u0000"}',
    "a member twice": b'{"number": 1, "number": 2}',
    "not UTF-8": b'{"number": 1, "name": "\xff"}',
    "UTF-16": '{"number": 1}'.encode("utf-16"),
    "UTF-32": '{"number": 1}'.encode("utf-32"),
    "deep list": b"[" * 50_000,
    "deep closed list": b"[" * 50_000 + b"]" * 50_000,
    "deep object": b'{"counts":' * 10_000 + b"1" + b"}" * 10_000,
    "beyond 64 bits": b'{"number": 99999999999999999999}',
    "digits without end": b'{"number": ' + b"9" * 10_000 + b"}",
    "a number as the body": b"1",
    "null as the body": b"null",
    "text as the body": b'"zq9sentinel"',
    "a list as the body": b'["zq9sentinel"]',
    "nothing": b"",
    "blank": b"   ",
    "empty object": b"{}",
}

ROUTES = ["/things", "/v1/things", "/things/anything"]


@pytest.mark.parametrize("path", ROUTES)
async def test_a_malformed_body_is_a_problem(serve: Serve, path: str) -> None:
    client = await serve(router)

    for name, body in BODIES.items():
        if name == "empty object" and path.endswith("anything"):
            continue
        assert_problem(await client.post(path, content=body, headers=JSON), 400, 422), name


async def test_a_route_that_reads_the_body_itself_is_guarded_alike(serve: Serve) -> None:
    client = await serve(router)

    for name in ("1e400", "half a pair", "NUL", "a member twice", "deep closed list", "not UTF-8"):
        answer = await client.post("/things/raw", content=BODIES[name], headers=JSON)
        assert_problem(answer, 400)

    answer = await client.post("/things/raw", content=BODIES["1e400"])
    assert (answer.status_code, answer.json()) == (200, len(BODIES["1e400"]))


VALUES: dict[str, Any] = {
    "number": SENTINEL,
    "amount": [SENTINEL],
    "name": SENTINEL * 2,
    "slug": SENTINEL,
    "day": SENTINEL,
    "moment": f"2026-01-01T{SENTINEL}",
    "id": SENTINEL,
    "mail": f"{SENTINEL}@@",
    "url": f"http://[{SENTINEL}",
    "colour": SENTINEL,
    "counts": {SENTINEL: SENTINEL},
    "many": [1, SENTINEL],
    "pet": {"kind": SENTINEL},
    "even": 987654321,
    "checked": SENTINEL,
    SENTINEL: 1,
}


@pytest.mark.parametrize("field", VALUES)
async def test_a_wrong_value_is_named_by_its_field_and_not_repeated(
    serve: Serve, field: str
) -> None:
    client = await serve(router)

    answer = await client.post("/things", json={"number": 1, field: VALUES[field]})

    problem = assert_problem(answer, 422)
    assert problem["type"] == "urn:waymark:problem:invalid-request"
    shown = "*" if field == SENTINEL else field
    assert [error["at"][:2] for error in problem["errors"]] == [["body", shown]]
    assert all(error["code"] and error["message"] for error in problem["errors"])
    assert "987654321" not in answer.text


async def test_a_validator_can_say_its_own_words_under_its_own_code(serve: Serve) -> None:
    client = await serve(router)

    answer = await client.post("/things", json={"number": 1, "checked": "x"})

    assert answer.json()["errors"] == [
        {"at": ["body", "checked"], "code": "must_be_empty", "message": "Leave this empty"}
    ]


async def test_a_thousand_wrong_values_are_told_in_part(serve: Serve) -> None:
    client = await serve(router)

    answer = await client.post("/things", json={"number": 1, "many": ["x"] * 1000})

    assert len(assert_problem(answer, 422)["errors"]) == 50


TYPES = {
    "none": None,
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart without boundary": "multipart/form-data",
    "nonsense": "\x7f/;;;=",
    "JSON in a list": "text/plain, application/json",
    "latin": "application/json; charset=latin-1",
}


@pytest.mark.parametrize("media_type", TYPES.values(), ids=TYPES)
async def test_another_media_type_is_never_a_defect(serve: Serve, media_type: str | None) -> None:
    client = await serve(router)
    headers = {} if media_type is None else {"Content-Type": media_type}

    for path in ("/things", "/things/form"):
        answer = await client.post(path, content=b'{"name": "zq9sentinel\xff"}', headers=headers)
        assert_problem(answer, 400, 415, 422)


FORMS: dict[str, bytes] = {
    "empty": b"",
    "no parts": b"--x--\r\n",
    "cut in the head": b'--x\r\nContent-Disposition: form-data; name="fi',
    "no name": b"--x\r\nContent-Disposition: form-data\r\n\r\nzq9sentinel\r\n--x--\r\n",
    "file without an end": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"'
    b"\r\n\r\nzq9sentinel",
    "field instead of file": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
    b"zq9sentinel\r\n--x--\r\n",
    "unknown charset": b'--x\r\nContent-Disposition: form-data; name="count"\r\n'
    b"Content-Type: text/plain; charset=zq9sentinel\r\n\r\n1\r\n--x--\r\n",
    "head without end": b"--x\r\n" + b"A" * 100_000,
    "thousands of fields": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2000,
    "binary": bytes(range(256)) * 4,
}


# Starlette leaves the file of a form that was cut to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
async def test_a_broken_form_is_a_problem(serve: Serve, body: bytes) -> None:
    client = await serve(router)
    assert_problem(await client.post("/things/form", content=body, headers=MULTIPART), 400, 422)


async def test_a_form_is_taken(serve: Serve) -> None:
    client = await serve(router)

    answer = await client.post("/things/form", data={"count": 2}, files={"file": b"abc"})

    assert answer.json() == 5


ADDRESSES: dict[str, tuple[str, int]] = {
    "NUL in the path": ("/things/%00", 400),
    "NUL in the query": ("/things?limit=%00", 400),
    "NUL in a name": ("/things?a%00b=1", 400),
    "no number": ("/things?limit=zq9sentinel", 422),
    "no UUID": ("/things?after=zq9sentinel", 422),
    "beyond 64 bits of UUID": (f"/things?after={'9' * 400}", 422),
    "digits without end": (f"/things?limit={'9' * 5000}", 422),
    "not UTF-8": ("/things?limit=%ff%fe", 422),
    "path not UTF-8": ("/%ff%fe/zq9sentinel", 404),
    "dots": ("/things/../../zq9sentinel", 404),
}


@pytest.mark.parametrize(("address", "status"), ADDRESSES.values(), ids=ADDRESSES)
async def test_a_hostile_address_is_a_problem(serve: Serve, address: str, status: int) -> None:
    client = await serve(router)

    assert_problem(await client.get(address), status)


async def _chunks(size: int, chunk: bytes = b"a" * 1000) -> Any:
    for _ in range(size // len(chunk)):
        yield chunk


async def test_a_body_over_the_limit_is_413_with_and_without_a_length(serve: Serve) -> None:
    client = await serve(router, body_max_bytes=10_000)

    for path in ("/things/raw", "/v1/things", "/nowhere/../things"):
        for body in (b"a" * 10_001, _chunks(20_000)):
            problem = assert_problem(await client.post(path, content=body), 413)
            assert problem["type"] == "urn:waymark:problem:too-large"

    files = {"file": b"a" * 20_000}
    assert_problem(await client.post("/things/form", data={"count": "1"}, files=files), 413)
    assert (await client.post("/things/raw", content=b"a" * 10_000)).json() == 10_000


async def test_a_route_may_take_more_than_the_app_but_never_as_json(serve: Serve) -> None:
    client = await serve(router)

    assert (await client.post("/things/big", content=b"a" * 2_000_000)).json() == 2_000_000
    assert (await client.post("/things/big", content=_chunks(2_000_000))).json() == 2_000_000
    assert_problem(await client.post("/things/big", content=b"a" * 3_000_001), 413)
    huge = json.dumps(["a" * 2_000_000]).encode()
    problem = assert_problem(await client.post("/things/big", content=huge, headers=JSON), 413)
    assert problem["limit"] == 1024 * 1024


async def test_a_good_body_arrives_in_pieces_as_it_was(serve: Serve) -> None:
    client = await serve(router)
    value = {"name": "Zoë \U0001f600", "deep": [{"a": [1, 2.5, None, True]}] * 100}
    raw = json.dumps(value).encode()

    async def pieces() -> Any:
        for start in range(0, len(raw), 7):
            yield raw[start : start + 7]

    answer = await client.post("/things/anything", content=pieces(), headers=JSON)

    assert answer.json() == value
