"""The dataset of matches, whose change is told anew by all that hangs on them."""

from connectors_service.datasets import buddy_matches
from connectors_service.datasets.base import Dataset, OwnRows
from connectors_service.datasets.buddy_checkins import CHECKINS
from connectors_service.datasets.buddy_events import EVENTS
from connectors_service.datasets.buddy_feedback import FEEDBACK
from connectors_service.datasets.buddy_matches import FIELDS, MATCHES, names_of, stage_match
from connectors_service.datasets.facts import Target
from event_contracts.vocabulary import MatchStatus

BUDDY_MATCHES = Dataset(
    name="buddy-matches",
    title="Who is whose buddy",
    fields=FIELDS,
    key=("match_id",),
    else_key=("participant_email", "buddy_email", "matched_at"),
    defaults={"status": MatchStatus.ACTIVE},
    record=buddy_matches.record,
    breaches=buddy_matches.breaches,
    targets=(Target(MATCHES, stage_match, followers=(EVENTS, CHECKINS, FEEDBACK)),),
    known_as=names_of,
    for_company=OwnRows.NONE,
    emails=lambda row: (row.participant_email, row.buddy_email),
)
