"""Asks one source for its pages, with its secret, at its pace."""

from dataclasses import dataclass, field, replace

import httpx

from connectors_service.pulling.addresses import Policy
from connectors_service.pulling.connecting import Resolve, resolved
from connectors_service.pulling.credentials import secret_of
from connectors_service.pulling.definition import Definition, NumberedPages
from connectors_service.pulling.errors import LeadsElsewhereError, SourceRefusesError
from connectors_service.pulling.fetching import Answer, Breakers, Fetcher, Pace
from connectors_service.pulling.hosts import BadUrlError, shown
from connectors_service.pulling.pages import call_for, with_secret
from connectors_service.pulling.paging import Place
from connectors_service.pulling.state import Pull
from connectors_service.reading.limits import Limits
from shared_schema.tables.imports import Source
from shared_utils.sealing import Seal


@dataclass(frozen=True, slots=True)
class Reach:
    """How sources are reached: addresses, limits, patience, and the breakers of all hosts."""

    policy: Policy
    seal: Seal
    page_max_bytes: int
    limits: Limits
    pace: Pace = field(default_factory=Pace)
    resolve: Resolve = resolved
    breakers: Breakers = field(default_factory=dict)

    def fetcher(self, definition: Definition, seconds: float | None = None) -> Fetcher:
        """Return a client for one source; `seconds` may shorten what a page may take."""
        timeout = min(definition.timeout_seconds, seconds or definition.timeout_seconds)
        pace = replace(self.pace, per_second=definition.per_second, timeout=timeout)
        return Fetcher(self.policy, pace, self.page_max_bytes, self.breakers, self.resolve)


class Asker:
    """Asks one source for its pages."""

    def __init__(self, reach: Reach, source: Source, seconds: float | None = None) -> None:
        self.definition = Definition.model_validate(source.definition)
        self._reach = reach
        self._secret = secret_of(reach.seal, source, self.definition)
        self._fetcher = reach.fetcher(self.definition, seconds)

    async def __aenter__(self) -> "Asker":
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._fetcher.__aexit__(None, None, None)

    def shown(self, url: str) -> str:
        """Return a URL as it may be shown: nothing that could be a credential."""
        return shown(httpx.URL(url), self._secret)

    async def ask(self, pull: Pull) -> Answer | None:
        """Return the answer for the page where a pull stands; None if it says there are no more.

        Raises SourceProblemError.
        """
        place = pull.place or Place()
        try:
            call = call_for(self.definition, place, pull.since, self._reach.policy)
        except BadUrlError as error:
            raise LeadsElsewhereError(f"The URL of the page {error}.") from None
        try:
            return await self._fetcher.fetch(with_secret(call, self.definition, self._secret))
        except SourceRefusesError as refusal:
            if refusal.answered == 404 and _ends_missing(self.definition, place):
                return None
            raise


def _ends_missing(definition: Definition, place: Place) -> bool:
    pages = definition.pagination
    if not isinstance(pages, NumberedPages):
        return False
    return pages.ends == "missing" and place.number != pages.first
