"""Which events the profile service takes, and what each does; all safe to run twice."""

from collections.abc import Sequence
from datetime import date

from event_contracts import (
    Envelope,
    Event,
    ImportCompleted,
    ImportUndone,
    MembershipChanged,
    PersonMerged,
    PersonUnmerged,
)
from profile_service.bulk.projecting import BulkProjector
from profile_service.projection import Projector
from profile_service.repository import marks
from profile_service.restating.cause import first_cause
from profile_service.subscriptions import PROJECTED
from shared_utils.consume import Handler, handles
from shared_utils.work import Work

COSTS = "program-costs"


def handlers(projector: Projector) -> list[Handler[Event]]:
    """The service's handlers over one rule table and time zone."""

    @handles(*PROJECTED, bulk=BulkProjector(projector))
    async def project_facts(events: Sequence[Envelope[Event]], work: Work) -> None:
        await projector.project(work, events)

    @handles(MembershipChanged)
    async def recount_members(events: Sequence[Envelope[MembershipChanged]], work: Work) -> None:
        persons = {one.data.person_id for one in events if one.data.person_id}
        companies = {one.data.company_id for one in events if one.data.person_id is None}
        await projector.recount_companies(work, persons, companies, first_cause(events, "unknown"))

    @handles(PersonMerged, PersonUnmerged)
    async def regroup_people(
        events: Sequence[Envelope[PersonMerged | PersonUnmerged]], work: Work
    ) -> None:
        pairs = (person for one in events for person in (one.data.keep_id, one.data.merged_id))
        await projector.regroup(work, set(pairs), first_cause(events, "unknown"))

    @handles(ImportCompleted)
    async def mark_new_costs(events: Sequence[Envelope[ImportCompleted]], work: Work) -> None:
        costs = [one for one in events if one.data.dataset == COSTS]
        imports = {one.data.import_id for one in costs}
        await marks.mark_costs(work.session, imports, first_cause(costs, "unknown"))

    @handles(ImportUndone)
    async def mark_undone_costs(events: Sequence[Envelope[ImportUndone]], work: Work) -> None:
        """The rows are gone, so that any month of any company may have been meant."""
        imports = {one.data.import_id for one in events}
        if await marks.imports_of_costs(work.session, imports):
            cause = first_cause(events, "unknown")
            await marks.mark_companies(work.session, None, date.min, projector.zone, cause)

    return [project_facts, recount_members, regroup_people, mark_new_costs, mark_undone_costs]
