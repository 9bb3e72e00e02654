"""Which events the profile service takes, and what each does; all safe to run twice."""

from collections.abc import Sequence

from event_contracts import Envelope, Event, MembershipChanged, PersonMerged, PersonUnmerged
from profile_service.bulk.projecting import BulkProjector
from profile_service.projection import Projector
from profile_service.restating.cause import first_cause
from profile_service.subscriptions import PROJECTED
from shared_utils.consume import Handler, handles
from shared_utils.work import Work


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

    return [project_facts, recount_members, regroup_people]
