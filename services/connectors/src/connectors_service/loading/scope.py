"""What a company's manager may import: rows about the company's own people, and no others'.

Figures follow from these rows, so a company must not be able to claim people that are not its own:
whoever is new to it, and every change to what others reported, goes through a coordinator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.base import Dataset, OwnRows
from connectors_service.loading.judging import Objection, erased_person
from connectors_service.mapping.rows import Accepted
from connectors_service.repository import references
from connectors_service.repository.references import Stored
from connectors_service.rules.codes import Code, Reason

MESSAGE = (
    "The row is not about people of your company, or changes what others reported;"
    " ask a programme coordinator to import it."
)


@dataclass(frozen=True, slots=True)
class Circle:
    """Who belongs to a company: by its e-mail domain, by membership or by sponsorship.

    `known` are the people of the chunk's addresses, `stored` the facts of its keys.
    """

    company_id: UUID
    domain: str | None
    members: frozenset[UUID]
    known: Mapping[str, UUID]
    stored: Mapping[Any, Stored]

    def holds(self, email: str) -> bool:
        """Tell whether someone belongs."""
        return email.rpartition("@")[2] == self.domain or self.known.get(email) in self.members

    def may_write(self, key: Any, emails: Sequence[str], owners: Sequence[str]) -> bool:
        """Tell whether a row may write its fact: about own people, and new or reported by them."""
        before = self.stored.get(key)
        people = frozenset(map(self.known.get, emails))
        own = before is None or before == Stored(people, self.company_id)
        return own and all(map(self.holds, owners))


def outside(dataset: Dataset[Any], circle: Circle) -> Objection:
    """Object to rows about others than a company's people."""
    key, owners = dataset.key[0], dataset.owners or dataset.emails

    def objection(row: Accepted) -> Reason | None:
        emails = tuple(dataset.emails(row.record))
        own = (*owners(row.record), *dataset.speaks_for(row.record))
        if circle.may_write(getattr(row.record, key), emails, own):
            return None
        return Reason(Code.UNKNOWN_REFERENCE, None, MESSAGE)

    return objection


def erased_of_own(dataset: Dataset[Any], circle: Circle, erased: frozenset[str]) -> Objection:
    """Object to rows about erased people; who is not the company's own is told from nobody."""

    def objection(row: Accepted) -> Reason | None:
        found = erased.intersection(dataset.emails(row.record))
        if not found:
            return None
        if all(map(circle.holds, found)):
            return erased_person(dataset, erased)(row)
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
    by_people = dataset.for_company is OwnRows.BY_PEOPLE and table.people
    stored = await references.stored_facts(connection, table, keys) if by_people else {}
    return Circle(
        company_id=company_id,
        domain=await references.domain_of(connection, company_id),
        members=frozenset(await references.own_people(connection, company_id, set(known.values()))),
        known=known,
        stored=stored,
    )
