"""What the rows of a chunk refer to: people, companies, erased addresses, values that are taken."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from connectors_service.datasets.facts import FactTable
from shared_schema.locks import Lock

EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The person of each address, and those who are new; a dry run's are `unknown` only."""

    people: Mapping[str, UUID]
    created: tuple[UUID, ...]
    unknown: frozenset[str] = frozenset()


async def resolved_people(connection: AsyncConnection[Any], emails: Collection[str]) -> Resolved:
    """Return each address's source person, created as provisional where no one has it."""
    rows = await _people(
        connection,
        "SELECT external_id, person_id, created FROM pii.resolve_people(%b, %b)",
        emails,
    )
    return Resolved(
        {email: person_id for email, person_id, _ in rows},
        tuple(dict.fromkeys(person_id for _, person_id, created in rows if created)),
    )


async def rehearsed_people(connection: AsyncConnection[Any], emails: Collection[str]) -> Resolved:
    """Return each address's person, or an id that no one has; writes nothing.

    That id is told from the address, so that all chunks of a file give someone the same one.
    """
    rows = await _people(
        connection, "SELECT external_id, person_id FROM pii.known_people(%b, %b)", emails
    )
    unknown = frozenset(email for email, person_id in rows if person_id is None)
    return Resolved(
        {email: person_id or uuid5(NAMESPACE_URL, f"mailto:{email}") for email, person_id in rows},
        (),
        unknown,
    )


async def _people(
    connection: AsyncConnection[Any], query: Any, emails: Collection[str]
) -> list[tuple[Any, ...]]:
    asked = sorted(emails)
    cursor = await connection.execute(query, ([EMAIL] * len(asked), asked))
    return await cursor.fetchall()


async def name_people(connection: AsyncConnection[Any], names: Mapping[UUID, str]) -> None:
    """Name the people who have no name yet."""
    if names:
        await connection.execute(
            "SELECT pii.set_display_names(%b, %b)", (list(names), list(names.values()))
        )


async def companies_by_key(
    connection: AsyncConnection[Any], keys: Collection[str], only: UUID | None
) -> dict[str, UUID]:
    """Return the companies of these folded keys; with `only`, at most that one."""
    cursor = await connection.execute(
        "SELECT lower(key), company_id FROM program.companies WHERE lower(key) = ANY(%(keys)b)"
        " AND company_id = coalesce(%(only)s, company_id)",
        {"keys": list(keys), "only": only},
    )
    return dict(await cursor.fetchall())


async def erased(connection: AsyncConnection[Any], digests: Collection[bytes]) -> set[bytes]:
    """Return those digests that belong to erased people; none is erased until the work ends."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (int(Lock.ERASURES),))
    cursor = await connection.execute(
        "SELECT identifier_hmac FROM pii.erased_identifiers"
        " WHERE identifier_hmac = ANY(%b) AND lifted_at IS NULL",
        (list(digests),),
    )
    return {bytes(row[0]) for row in await cursor.fetchall()}


async def owners(
    connection: AsyncConnection[Any], fact: FactTable, column: str, values: Collection[Any]
) -> dict[Any, Any]:
    """Return who has each value of a column that only one fact may have, by the natural key."""
    table = fact.model.__table__
    cursor = await connection.execute(
        sql.SQL("SELECT {column}, {key} FROM {table} WHERE {column} = ANY(%b)").format(
            column=sql.Identifier(column),
            key=sql.Identifier(fact.key[0]),
            table=sql.Identifier(table.schema, table.name),
        ),
        (list(values),),
    )
    return dict(await cursor.fetchall())


async def known_people(
    connection: AsyncConnection[Any], emails: Collection[str]
) -> dict[str, UUID]:
    """Return the person of each address that someone has."""
    rows = await _people(
        connection, "SELECT external_id, person_id FROM pii.known_people(%b, %b)", emails
    )
    return {email: person_id for email, person_id in rows if person_id}


async def domain_of(connection: AsyncConnection[Any], company_id: UUID) -> str | None:
    """Return the e-mail domain of a company."""
    cursor = await connection.execute(
        "SELECT domain FROM program.companies WHERE company_id = %s", (company_id,)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def own_people(
    connection: AsyncConnection[Any], company_id: UUID, people: Collection[UUID]
) -> set[UUID]:
    """Return those who belong to a company or whom it sponsors."""
    cursor = await connection.execute(
        "SELECT person_id FROM program.company_users"
        " WHERE company_id = %(company)s AND person_id = ANY(%(people)b)"
        " UNION SELECT person_id FROM program.program_enrollments"
        " WHERE company_id = %(company)s AND person_id = ANY(%(people)b)",
        {"company": company_id, "people": list(people)},
    )
    return {row[0] for row in await cursor.fetchall()}


async def said_of_company(
    connection: AsyncConnection[Any], fact: FactTable, company_id: UUID, people: Collection[UUID]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the facts, by key, of a company that its own managers did not report last.

    Where facts name a person, only those of these people.
    """
    table = fact.model.__table__
    of_people = "f.person_id = ANY(%(people)b)" if "person_id" in table.columns else "true"
    query = sql.SQL(
        "SELECT f.* FROM {table} f LEFT JOIN ops.imports i USING (import_id)"
        " WHERE f.company_id = %(company)s AND i.company_id IS DISTINCT FROM f.company_id"
        " AND {of_people}"
    ).format(table=sql.Identifier(table.schema, table.name), of_people=sql.SQL(of_people))
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, {"company": company_id, "people": list(people)})
        rows = await cursor.fetchall()
    return {tuple(row[name] for name in fact.key): row for row in rows}


async def cost_periods(
    connection: AsyncConnection[Any], companies: Collection[UUID]
) -> list[tuple[Any, ...]]:
    """Return company, programme, period, first day and the day behind the last, of all costs."""
    cursor = await connection.execute(
        "SELECT company_id, program, period, starts_on, ends_on FROM program.program_costs"
        " WHERE company_id = ANY(%b)",
        (list(companies),),
    )
    return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class Stored:
    """The people of a stored fact, and the company whose manager imported it, if one did."""

    people: frozenset[UUID | None]
    company_id: UUID | None


async def stored_facts(
    connection: AsyncConnection[Any], fact: FactTable, keys: Collection[Any]
) -> dict[Any, Stored]:
    """Return what is stored under these keys."""
    table = fact.model.__table__
    cursor = await connection.execute(
        sql.SQL(
            "SELECT f.{key}, i.company_id, {people} FROM {table} f"
            " LEFT JOIN ops.imports i USING (import_id) WHERE f.{key} = ANY(%b)"
        ).format(
            key=sql.Identifier(fact.key[0]),
            people=sql.SQL(", ").join(sql.Identifier("f", name) for name in fact.people),
            table=sql.Identifier(table.schema, table.name),
        ),
        (list(keys),),
    )
    return {
        key: Stored(frozenset(people), company_id)
        for key, company_id, *people in await cursor.fetchall()
    }
