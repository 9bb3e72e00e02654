"""What a company's manager may import: rows about the company's own people, and no others'.

Figures follow from these rows, so a company must not be able to claim people that are not its own:
whoever is new to it, and every change to what others reported, goes through a coordinator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from connectors_service.datasets.base import Dataset, OwnRows
from connectors_service.datasets.facts import Linked
from connectors_service.loading.judging import Judged, Objection, erased_person
from connectors_service.mapping.plan import Plan
from connectors_service.mapping.rows import Accepted
from connectors_service.repository import references
from connectors_service.repository.references import Stored
from connectors_service.rules.codes import Code, Reason

_NOBODY = UUID(int=0)
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
        return self.is_own(key, emails) and all(map(self.holds, owners))

    def is_own(self, key: Any, emails: Sequence[str]) -> bool:
        """Tell whether a fact is not there yet, or was reported by the company, of these people."""
        before = self.stored.get(key)
        people = frozenset(map(self.known.get, emails))
        return before is None or before == Stored(people, self.company_id)


STAFFS_MESSAGE = (
    "Programme staff reported this already, with other values, and only they change it;"
    " ask a programme coordinator."
)


def without_foreign_keys(judged: Judged, dataset: Dataset[Any], circle: Circle) -> Judged:
    """Give a manager's rehearsed rows another key where others reported a fact of that key.

    They then look as if the key were free: a dry run, which leaves no trace, tells nobody which
    ids others have. A real import refuses them.
    """
    key = dataset.key[0]

    def veiled(row: Accepted) -> Accepted:
        stated = getattr(row.record, key)
        if stated not in circle.stored or circle.is_own(stated, tuple(dataset.emails(row.record))):
            return row
        return replace(row, record=replace(row.record, **{key: uuid4().hex}))

    return replace(judged, accepted=tuple(map(veiled, judged.accepted)))


async def staffs_word(
    connection: AsyncConnection[Any],
    plan: Plan,
    company_id: UUID,
    rows: Sequence[Accepted],
    companies: Mapping[str, UUID],
) -> Objection:
    """Object to a manager's rows that change what others than the company's managers reported."""
    table, stage = plan.dataset.targets[0].table, plan.dataset.targets[0].stage
    emails = {email for row in rows for email in plan.dataset.emails(row.record)}
    known = await references.known_people(connection, emails)
    said = await references.said_of_company(connection, table, company_id, list(known.values()))
    spoken = [name for name in table.columns if table.fed_by.get(name) in {None, *plan.present}]
    linked = Linked({email: known.get(email, _NOBODY) for email in emails}, companies)

    def objection(row: Accepted) -> Reason | None:
        if not companies.keys() >= set(plan.dataset.companies(row.record)):
            return None
        staged = stage(row.row, row.record, linked)
        stored = said.get(tuple(staged.values[name] for name in table.key)) if staged else None
        if not staged or not stored or all(stored[n] == staged.values[n] for n in spoken):
            return None
        return Reason(Code.STAFFS_WORD, None, STAFFS_MESSAGE)

    return objection


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
