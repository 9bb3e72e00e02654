"""What a company's manager may import: rows about the company's own people, and no others'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.base import Dataset
from connectors_service.loading.judging import Objection
from connectors_service.mapping.rows import Accepted
from connectors_service.repository import references
from connectors_service.rules.codes import Code, Reason

MESSAGE = "The row is not about people of your company."


@dataclass(frozen=True, slots=True)
class Circle:
    """Who belongs to a company: by its e-mail domain, by membership or by sponsorship.

    `known` are the people of the chunk's addresses, `stored` those of the facts of its keys.
    """

    domain: str | None
    members: frozenset[UUID]
    known: Mapping[str, UUID]
    stored: Mapping[Any, frozenset[UUID]]

    def holds(self, email: str) -> bool:
        """Tell whether someone belongs."""
        return email.rpartition("@")[2] == self.domain or self.known.get(email) in self.members

    def may_write(self, key: Any, emails: Sequence[str]) -> bool:
        """Tell whether a row may write its fact, which may be stored about other people."""
        if not any(map(self.holds, emails)):
            return False
        before = self.stored.get(key)
        same = before == frozenset(map(self.known.get, emails))
        return before is None or same or not before.isdisjoint(self.members)


def outside(dataset: Dataset[Any], circle: Circle) -> Objection:
    """Object to rows about others than a company's people."""
    key = dataset.key[0]

    def objection(row: Accepted) -> Reason | None:
        emails = tuple(dataset.emails(row.record))
        if circle.may_write(getattr(row.record, key), emails):
            return None
        return Reason(Code.UNKNOWN_REFERENCE, None, MESSAGE)

    return objection


async def circle_of(
    connection: AsyncConnection[Any],
    dataset: Dataset[Any],
    company_id: UUID,
    rows: Sequence[Accepted],
) -> Circle:
    """Look up who of a chunk's people belongs to a company."""
    emails = {email for row in rows for email in dataset.emails(row.record)}
    known = await references.known_people(connection, emails)
    table = dataset.targets[0].table
    keys = [getattr(row.record, dataset.key[0]) for row in rows]
    stored = await references.stored_people(connection, table, keys) if table.people else {}
    everyone = set(known.values()).union(*stored.values())
    return Circle(
        domain=await references.domain_of(connection, company_id),
        members=frozenset(await references.own_people(connection, company_id, everyone)),
        known=known,
        stored=stored,
    )
