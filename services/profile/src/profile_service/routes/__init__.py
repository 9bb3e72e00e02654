"""Requests in: profiles, companies, and the replay of the event log."""

from profile_service.erasing.routes import router as erasures
from profile_service.routes.companies import router as companies
from profile_service.routes.consent import router as consent
from profile_service.routes.duplicates import router as duplicates
from profile_service.routes.held import router as held
from profile_service.routes.identity import router as identity
from profile_service.routes.profiles import router as profiles
from profile_service.routes.references import router as references
from profile_service.routes.replays import router as replays

routers = [
    replays,
    duplicates,
    erasures,
    identity,
    consent,
    held,
    profiles,
    companies,
    references,
]
"""In the order in which paths are matched: `/profile/replay` before `/profile/{person_id}`."""

__all__ = ["routers"]
