"""Whom people belong to or are sponsored by, as far as it decides for whom facts count."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from shared_utils.attribution import Membership, Sponsorship, Ties

_SOURCES = sql.SQL(
    "WITH asked AS (SELECT p AS source, coalesce(c.canonical_id, p) AS person"
    " FROM unnest(%(people)b::uuid[]) p LEFT JOIN program.canonical_persons c ON c.source_id = p),"
    " sources AS (SELECT source, person FROM asked UNION SELECT person, person FROM asked"
    " UNION SELECT c.source_id, a.person FROM asked a"
    " JOIN program.canonical_persons c ON c.canonical_id = a.person) "
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Whom people count as, and their ties; `keys` are the companies' own, by id."""

    canonical: Mapping[UUID, UUID] = field(default_factory=dict)
    ties: Ties = field(default_factory=Ties)
    keys: Mapping[UUID, str] = field(default_factory=dict)

    def is_tied(self, person: UUID | None) -> bool:
        """Tell whether a company may count what someone did."""
        known = person and self.canonical.get(person, person)
        ties = (self.ties.memberships, self.ties.domain_companies, self.ties.sponsorships)
        return any(known in tie for tie in ties)


async def crowd_of(
    connection: AsyncConnection[Any], people: Collection[UUID], newcomers: Mapping[UUID, str]
) -> Crowd:
    """Return the ties of people; `newcomers` are those whom no one knows yet, by their domain."""
    bound = {"people": list(people)}
    canonical = dict(await _found(connection, "SELECT source, person FROM sources", bound))
    memberships: dict[UUID, list[Membership]] = defaultdict(list)
    for person, *stated in await _found(
        connection,
        "SELECT s.person, u.company_id, u.valid_from, u.valid_to FROM sources s"
        " JOIN program.company_users u ON u.person_id = s.source",
        bound,
    ):
        memberships[person].append(Membership(*stated))
    sponsorships: dict[UUID, list[Sponsorship]] = defaultdict(list)
    for person, *paid in await _found(
        connection,
        "SELECT s.person, e.company_id, e.program, e.started_on, e.ended_on FROM sources s"
        " JOIN program.program_enrollments e ON e.person_id = s.source"
        " WHERE e.company_id IS NOT NULL",
        bound,
    ):
        sponsorships[person].append(Sponsorship(*paid))
    domains = await _by_address(connection, bound, newcomers)
    return Crowd(canonical, Ties(memberships, domains, sponsorships), await _keys(connection))


async def _by_address(
    connection: AsyncConnection[Any], bound: dict[str, Any], newcomers: Mapping[UUID, str]
) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for person, company in await _found(
        connection,
        "SELECT s.person, c.company_id FROM sources s JOIN"
        " pii.companies_by_address((SELECT array_agg(source) FROM sources)) c"
        " ON c.person_id = s.source",
        bound,
    ):
        found[person].append(company)
    cursor = await connection.execute(
        "SELECT n.person, c.company_id FROM unnest(%b::uuid[], %b::text[]) n (person, domain)"
        " JOIN program.companies c ON c.domain = n.domain",
        (list(newcomers), list(newcomers.values())),
    )
    for person, company in await cursor.fetchall():
        found[person].append(company)
    return found


async def _found(connection: AsyncConnection[Any], query: str, bound: dict[str, Any]) -> list[Any]:
    cursor = await connection.execute(_SOURCES + sql.SQL(query), bound)
    return await cursor.fetchall()


async def _keys(connection: AsyncConnection[Any]) -> dict[UUID, str]:
    cursor = await connection.execute("SELECT company_id, key FROM program.companies")
    return dict(await cursor.fetchall())
