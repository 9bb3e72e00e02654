"""Identity: who is who, who is gone, and what people agreed to."""

from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from event_contracts.event import Event
from event_contracts.fields import Count, Day, Revision, Slug, StoreName, UtcDateTime
from event_contracts.vocabulary import ConsentState, PersonKind, PersonStatus

_LINKS = UUID("5f0c2a54-6f5e-5b0e-9f0d-6c1f5b1a2d3e")


class PersonCreated(Event, type="identity.person.created.v1", about="person_id"):
    """A person is known from now on."""

    person_id: UUID
    status: PersonStatus


class ExternalIdLinked(Event, type="identity.external_id.linked.v1", about="person_id"):
    """A provider's account belongs to a person, perhaps no longer to a previous one."""

    person_id: UUID
    provider: Slug
    revision: Revision
    kind: PersonKind | None = None
    joined_on: Day | None = None
    previous_person_id: UUID | None = None

    @property
    def link_id(self) -> UUID:
        """The fact that this states: one a person, provider and kind."""
        return uuid5(_LINKS, f"{self.person_id}:{self.provider}:{self.kind}")


class PersonMerged(Event, type="identity.person.merged.v1", about="keep_id"):
    """Two source persons are one: facts of `merged_id` count for `keep_id`."""

    keep_id: UUID
    merged_id: UUID
    revision: Revision


class PersonUnmerged(Event, type="identity.person.unmerged.v1", about="keep_id"):
    """A merge was undone: `merged_id` counts for itself again."""

    keep_id: UUID
    merged_id: UUID
    revision: Revision


class PersonErased(Event, type="identity.person.erased.v1", about="person_id"):
    """A person is to be forgotten; each service erases and answers ErasureCompleted."""

    person_id: UUID
    erasure_id: UUID


class ErasureCompleted(Event, type="identity.erasure.completed.v1", about="erasure_id"):
    """A service erased a person; `counts` says how many rows in each store."""

    erasure_id: UUID
    person_id: UUID
    service: Slug
    counts: Annotated[
        dict[StoreName, Count],
        Field(max_length=100, json_schema_extra={"additionalProperties": False}),
    ]


class ConsentChanged(Event, type="identity.consent.changed.v1", about="person_id"):
    """A person gave, denied or withdrew consent for one purpose."""

    person_id: UUID
    revision: Revision
    purpose: Slug
    state: ConsentState
    effective_at: UtcDateTime
