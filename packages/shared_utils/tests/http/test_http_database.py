"""A success is sent only after its commit; what the database refuses becomes the right problem."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import APIRouter, FastAPI, Form
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.types import Message

from shared_utils.auth import CompanyScope, Role
from shared_utils.correlation import current_id
from shared_utils.deps import Read, TenantRead, Write
from shared_utils.errors import ConflictError
from shared_utils.http import create_app
from shared_utils.http.problems import problem_for
from waymark.testing.databases import MigratedDatabase

Serve = Callable[..., Awaitable[httpx.AsyncClient]]

TABLES = """
CREATE TABLE public.notes (
    words text CHECK (words <> 'forbidden'),
    number bigint,
    once int UNIQUE DEFERRABLE INITIALLY DEFERRED
);
GRANT ALL ON public.notes TO PUBLIC;
CREATE FUNCTION public.fail(code text) RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'zoe@example.org' USING ERRCODE = code; END $$;
"""

router = APIRouter()


@router.post("/notes")
async def write_note(work: Write, words: Annotated[str, Form()]) -> str:
    """Write words."""
    await work.session.execute(text("INSERT INTO notes (words) VALUES (:w)"), {"w": words})
    return work.correlation_id


@router.post("/notes/refused")
async def write_and_refuse(work: Write) -> str:
    """Write, and then think better of it."""
    await work.session.execute(text("INSERT INTO notes (words) VALUES ('refused')"))
    raise ConflictError


@router.post("/notes/once")
async def write_once(work: Write) -> str:
    """Write what may be there once; the database says so at the commit."""
    await work.session.execute(text("INSERT INTO notes (once) VALUES (1)"))
    return "written"


@router.post("/notes/cut")
async def write_and_lose_the_connection(work: Write) -> str:
    """Write, and lose the connection before the commit."""
    await work.session.execute(text("INSERT INTO notes (words) VALUES ('cut')"))
    await (await work.raw()).close()
    return "written"


@router.get("/numbers/{number}")
async def show_number(number: int, session: Read) -> int:
    """Answer a number by way of the database."""
    statement = text("SELECT number FROM notes WHERE number = CAST(:n AS bigint)")
    return (await session.execute(statement, {"n": number})).scalar() or 0


@router.post("/read-only")
async def write_while_reading(session: Read) -> str:
    """Write in a transaction that may only read."""
    await session.execute(text("INSERT INTO notes (words) VALUES ('read')"))
    return "written"


@router.get("/state/{code}")
async def fail_with(code: str, session: Read) -> str:
    """Fail with an SQLSTATE."""
    await session.execute(text("SELECT public.fail(:code)"), {"code": code})
    return "fine"


@router.get("/raw/{code}")
async def fail_below(code: str, work: Write) -> str:
    """Fail with an SQLSTATE on the bare connection."""
    await (await work.raw()).execute("SELECT public.fail(%s)", [code])
    return "fine"


@router.get("/companies/{company_id}")
async def show_company(company_id: UUID, session: TenantRead, caller: CompanyScope) -> list[str]:
    """Answer who reads and for which company."""
    found = await session.execute(text("SELECT current_user, program.current_company()::text"))
    return [str(value) for value in found.one()]


@pytest.fixture
def tables(database: MigratedDatabase) -> MigratedDatabase:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(TABLES)
    return database


@pytest.fixture
def settings(tables: MigratedDatabase, make_settings: Callable[..., Any]) -> Any:
    return make_settings(
        database_url=tables.url("profile_worker"),
        database_tenant_url=tables.url("profile_tenant"),
    )


def notes(database: MigratedDatabase) -> int:
    """How many notes others can see."""
    with psycopg.connect(database.owner_url) as connection:
        row = connection.execute("SELECT count(*) FROM notes").fetchone()
    assert row is not None
    return int(row[0])


async def test_the_first_byte_of_a_success_leaves_after_the_commit(
    settings: Any, tables: MigratedDatabase
) -> None:
    app: FastAPI = create_app(settings, title="Test", routers=[router])
    seen: list[tuple[str, int]] = []
    body = b"words=hello"

    async def send(message: Message) -> None:
        seen.append((message["type"], notes(tables)))

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/notes",
        "query_string": b"",
        "headers": headers,
    }
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)

    assert seen == [("http.response.start", 1), ("http.response.body", 1)]


async def test_work_carries_the_request_s_correlation_id(serve: Serve, settings: Any) -> None:
    client = await serve(router, settings=settings)

    answer = await client.post(
        "/notes", data={"words": "a"}, headers={"X-Correlation-ID": "look-here-1"}
    )

    assert answer.json() == "look-here-1"
    assert current_id() != "look-here-1"


async def test_a_refusal_undoes_what_was_written(
    serve: Serve, settings: Any, tables: MigratedDatabase
) -> None:
    client = await serve(router, settings=settings)

    assert (await client.post("/notes/refused")).status_code == 409
    assert notes(tables) == 0


async def test_a_commit_that_fails_is_never_a_success(
    serve: Serve, settings: Any, tables: MigratedDatabase
) -> None:
    client = await serve(router, settings=settings)

    first, second = [await client.post("/notes/once") for _ in range(2)]
    cut = await client.post("/notes/cut")

    assert (first.status_code, second.status_code, cut.status_code) == (200, 409, 503)
    assert second.json()["type"] == "urn:waymark:problem:concurrent-change"
    assert cut.json()["type"] == "urn:waymark:problem:database-unavailable"
    assert cut.headers["retry-after"] == "2"
    assert notes(tables) == 1


@pytest.mark.parametrize("words", ["a\0b", "forbidden"])
async def test_words_that_cannot_be_stored_are_422(serve: Serve, settings: Any, words: str) -> None:
    client = await serve(router, settings=settings)

    answer = await client.post("/notes", data={"words": words})

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:waymark:problem:value-out-of-range"


async def test_a_number_beyond_the_column_is_422(serve: Serve, settings: Any) -> None:
    client = await serve(router, settings=settings)

    for number in (2**63, -(2**63) - 1, 10**40):
        assert (await client.get(f"/numbers/{number}")).status_code == 422
    assert (await client.get(f"/numbers/{2**63 - 1}")).status_code == 200


async def test_a_reading_route_cannot_write(
    serve: Serve, settings: Any, tables: MigratedDatabase
) -> None:
    client = await serve(router, settings=settings)

    assert (await client.post("/read-only")).status_code == 500
    assert notes(tables) == 0


STATES = {
    "08006": 503,
    "40001": 503,
    "40P01": 503,
    "53300": 503,
    "53100": 503,
    "55P03": 503,
    "57014": 503,
    "57P01": 503,
    "22003": 422,
    "22001": 422,
    "23514": 422,
    "23505": 409,
    "23503": 409,
    "23502": 500,
    "42501": 500,
    "42P01": 500,
    "P0001": 500,
}


@pytest.mark.parametrize("path", ["state", "raw"])
async def test_each_failure_of_the_database_has_its_status_and_tells_nothing(
    serve: Serve, settings: Any, path: str
) -> None:
    client = await serve(router, settings=settings)

    answers = {code: await client.get(f"/{path}/{code}") for code in STATES}

    assert {code: answer.status_code for code, answer in answers.items()} == STATES
    for answer in answers.values():
        assert "example" not in answer.text
        assert ("retry-after" in answer.headers) is (answer.status_code == 503)


def test_a_pool_without_a_free_connection_is_503() -> None:
    assert problem_for(PoolTimeoutError()).status == 503


async def test_a_company_reads_as_itself_and_an_admin_as_the_company_asked_for(
    serve: Serve, settings: Any, signing: Any
) -> None:
    client = await serve(router, settings=settings)
    mine, other = uuid4(), uuid4()
    member = signing.headers(Role.COMPANY_USER, company_id=mine)
    admin = signing.headers(Role.ADMIN)

    own = await client.get(f"/companies/{mine}", headers=member)
    foreign = await client.get(f"/companies/{other}", headers=member)
    asked = await client.get(f"/companies/{other}", headers=admin)
    unsigned = await client.get(f"/companies/{mine}")

    assert own.json() == ["profile_tenant", str(mine)]
    assert asked.json() == ["profile_tenant", str(other)]
    assert (foreign.status_code, unsigned.status_code) == (404, 401)


async def test_requests_side_by_side_keep_their_companies_apart(
    serve: Serve, settings: Any, signing: Any
) -> None:
    client = await serve(router, settings=settings)
    companies = [uuid4() for _ in range(40)]

    answers = await asyncio.gather(
        *(
            client.get(
                f"/companies/{company}",
                headers=signing.headers(Role.COMPANY_USER, company_id=company),
            )
            for company in companies
        )
    )

    assert [answer.json()[1] for answer in answers] == [str(company) for company in companies]
