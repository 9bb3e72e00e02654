"""For which companies a fact counts: METRICS, What counts for whom."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from shared_utils.attribution import Deed, Membership, Sponsorship, Ties, attribute

ACME, BOLT, CORA = (UUID(int=number) for number in (1, 2, 3))
PARTICIPANT, VOLUNTEER, FACT = (UUID(int=number) for number in (11, 12, 13))
FEBRUARY, MARCH, APRIL = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4))
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)

Counted = list[tuple[UUID, bool, bool]]


def deed(at: datetime = NOON, program: str = "language") -> Deed:
    return Deed("kintell_session", FACT, PARTICIPANT, VOLUNTEER, at, program)


def counted(ties: Ties, the_deed: Deed | None = None, zone: str = "UTC") -> Counted:
    found = attribute(the_deed or deed(), ties, ZoneInfo(zone))
    return [(one.company_id, one.volunteer, one.sponsor) for one in found]


@pytest.mark.parametrize(
    ("memberships", "domains", "expected"),
    [
        ([], [], []),
        ([], [ACME], [ACME]),
        ([Membership(ACME)], [], [ACME]),
        ([Membership(BOLT)], [ACME], [BOLT]),
        ([Membership(ACME, MARCH, APRIL)], [], [ACME]),
        ([Membership(ACME, APRIL)], [], []),
        ([Membership(ACME, FEBRUARY, MARCH)], [], []),
        ([Membership(ACME, NOON)], [], [ACME]),
        ([Membership(ACME, None, NOON)], [], []),
        ([Membership(ACME, None, MARCH)], [ACME], []),
        ([Membership(ACME, APRIL)], [ACME], []),
        ([Membership(BOLT, None, MARCH)], [ACME], [ACME]),
        ([Membership(ACME, None, MARCH), Membership(ACME, MARCH)], [ACME], [ACME]),
        ([Membership(ACME), Membership(BOLT)], [CORA], [ACME, BOLT]),
        ([], [ACME, BOLT], [ACME, BOLT]),
    ],
)
def test_a_volunteer_belongs_where_stated_else_by_domain(
    memberships: list[Membership], domains: list[UUID], expected: list[UUID]
) -> None:
    ties = Ties(memberships={VOLUNTEER: memberships}, domain_companies={VOLUNTEER: domains})

    assert counted(ties) == [(company, True, False) for company in expected]


@pytest.mark.parametrize(
    ("sponsorship", "expected"),
    [
        (Sponsorship(ACME, "language", date(2026, 3, 10)), True),
        (Sponsorship(ACME, "language", date(2026, 3, 11)), False),
        (Sponsorship(ACME, "language", date(2026, 1, 1), date(2026, 3, 10)), True),
        (Sponsorship(ACME, "language", date(2026, 1, 1), date(2026, 3, 9)), False),
        (Sponsorship(ACME, "mentorship", date(2026, 1, 1)), False),
    ],
)
def test_a_sponsor_counts_the_facts_of_its_programme_and_days(
    sponsorship: Sponsorship, expected: bool
) -> None:
    ties = Ties(sponsorships={PARTICIPANT: [sponsorship]})

    assert counted(ties) == ([(ACME, False, True)] if expected else [])


def test_the_day_is_that_of_the_programmes_time_zone() -> None:
    late = deed(datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
    ties = Ties(sponsorships={PARTICIPANT: [Sponsorship(ACME, "language", date(2026, 3, 11))]})

    assert counted(ties, late) == []
    assert counted(ties, late, zone="Europe/Oslo") == [(ACME, False, True)]


def test_a_fact_counts_once_for_a_company_that_is_both_and_for_each_company() -> None:
    ties = Ties(
        memberships={VOLUNTEER: [Membership(BOLT)]},
        sponsorships={
            PARTICIPANT: [
                Sponsorship(BOLT, "language", date(2026, 1, 1)),
                Sponsorship(BOLT, "language", date(2026, 2, 1)),
                Sponsorship(ACME, "language", date(2026, 1, 1)),
            ]
        },
    )

    assert counted(ties) == [(ACME, False, True), (BOLT, True, True)]


def test_the_sides_do_not_mix() -> None:
    """A participant's employer and a volunteer's own enrollment count for nothing."""
    ties = Ties(
        memberships={PARTICIPANT: [Membership(ACME)]},
        domain_companies={PARTICIPANT: [ACME]},
        sponsorships={VOLUNTEER: [Sponsorship(ACME, "language", date(2026, 1, 1))]},
    )

    assert counted(ties) == []


def test_a_fact_without_volunteer_counts_for_the_sponsor_alone() -> None:
    course = Deed("learning_progress", FACT, PARTICIPANT, None, NOON, "upskilling")
    ties = Ties(sponsorships={PARTICIPANT: [Sponsorship(ACME, "upskilling", date(2026, 1, 1))]})

    assert counted(ties, course) == [(ACME, False, True)]
