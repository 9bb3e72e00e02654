"""Shows, changes and links people: each a short story over the repository."""

import json
from uuid import UUID

from event_contracts import ExternalIdLinked, ProfileUpdated
from profile_service import views
from profile_service.erasing.ordering import check_not_erased
from profile_service.errors import (
    ExternalIdTakenError,
    NothingToChangeError,
    UnknownFlagError,
    UnknownPersonError,
)
from profile_service.merging import people
from profile_service.merging.groups import flag_field
from profile_service.repository import persons, profiles, projection, ties
from profile_service.repository.persons import Person
from profile_service.rules import RuleTable
from profile_service.schemas import Mapping, MappingAnswer, Profile, ProfileChange
from shared_utils.auth import Caller, Role
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work

STAFF = frozenset({Role.ADMIN, Role.COORDINATOR})


async def shown_profile(work: Work, caller: Caller, person_id: UUID, rules: RuleTable) -> Profile:
    """The person's profile; that it was looked at is recorded in the same transaction."""
    person = await known_person(work, person_id)
    await persons.log_access(work.session, person.person_id, caller, "profile")
    return await _profile(work, caller, person, rules)


async def known_person(work: Work, person_id: UUID) -> Person:
    """The person whom this one counts as, or UnknownPersonError."""
    person = await persons.person_by_id(work.session, person_id)
    if person is None:
        raise UnknownPersonError
    return await people.with_merged(work.session, person)


async def owner_of(work: Work, provider: str, external_id: str) -> UUID:
    """Whom an external id means, or UnknownPersonError."""
    owner = await persons.owner_of(work.session, provider, folded(provider, external_id))
    if owner is None:
        raise UnknownPersonError
    return owner


async def change_profile(
    work: Work, caller: Caller, person_id: UUID, change: ProfileChange, rules: RuleTable
) -> Profile:
    """Set name, phone and flags by hand; each change goes to the audit log with its reason."""
    given = change.model_dump(exclude_unset=True, exclude={"reason", "flags"})
    if not given and not change.flags:
        raise NothingToChangeError
    _check_flags(change, rules)
    person = await known_person(work, person_id)
    if given:
        await persons.rename(work.session, person.person_id, given)
    await _set_flags(work, caller, person, change, rules)
    await people.keep_own(work.session, person, [*given, *map(flag_field, change.flags)])
    for name in [*given, *change.flags]:
        about = ("person", str(person.person_id))
        await persons.log_change(work.session, caller, f"set {name}", about, change.reason)
    changed = {"contact"} if given else set()
    await tell(work, person, {*changed, *change.flags})
    return await _profile(work, caller, await known_person(work, person_id), rules)


async def map_external_id(
    work: Work, caller: Caller, mapping: Mapping, keyed: KeyedHash
) -> MappingAnswer:
    """Link an id to a person; again is nothing new, another's id is ExternalIdTakenError."""
    person = await known_person(work, mapping.person_id)
    external_id = folded(mapping.provider, mapping.external_id)
    await check_not_erased(work, keyed, mapping.provider, external_id)
    revision = await persons.link(work.session, mapping.provider, external_id, mapping.person_id)
    if revision is None:
        await _check_owner(work, person, mapping.provider, external_id)
    else:
        about = ("person", str(person.person_id))
        await persons.log_change(work.session, caller, f"link {mapping.provider}", about)
        work.publish(
            ExternalIdLinked(
                person_id=mapping.person_id, provider=mapping.provider, revision=revision
            )
        )
    return MappingAnswer(
        person_id=person.person_id,
        provider=mapping.provider,
        external_id=external_id,
        created=revision is not None,
    )


def folded(provider: str, external_id: str) -> str:
    """An identifier as it is stored: e-mail addresses in lower case."""
    return external_id.strip().lower() if provider == "email" else external_id


async def _check_owner(work: Work, person: Person, provider: str, external_id: str) -> None:
    owner = await owner_of(work, provider, external_id)
    if owner not in person.sources:
        raise ExternalIdTakenError


def _check_flags(change: ProfileChange, rules: RuleTable) -> None:
    for flag, value in change.flags.items():
        rule = rules.by_flag.get(flag)
        if rule is None or (value is not None and not rule.accepts(value)):
            raise UnknownFlagError


async def _set_flags(
    work: Work, caller: Caller, person: Person, change: ProfileChange, rules: RuleTable
) -> None:
    lifted = [flag for flag, value in change.flags.items() if value is None]
    set_by_hand = {flag: value for flag, value in change.flags.items() if value is not None}
    await profiles.lift_overrides(work.session, person.person_id, lifted)
    await profiles.override_flags(
        work.session,
        person.person_id,
        {flag: json.dumps(value) for flag, value in set_by_hand.items()},
        actor=caller.subject,
        reason=change.reason,
        rules_version=str(rules.version),
    )


async def tell(work: Work, person: Person, changed: set[str]) -> None:
    """Say which fields of a profile changed by hand."""
    await projection.hold_ties(work.session, alone=False)
    written = await projection.generations(work.session)
    canon = await ties.canon(work.session, [person.person_id])
    revisions = await projection.touch_profiles(
        work.session, canon.all_of([person.person_id]), written.all
    )
    revision = revisions[(written.active, person.person_id)]
    work.publish(
        ProfileUpdated(
            person_id=person.person_id, revision=revision, changed=tuple(sorted(changed))
        )
    )


async def _profile(work: Work, caller: Caller, person: Person, rules: RuleTable) -> Profile:
    known = await profiles.held_about(work.session, person.person_id, person.sources)
    held = await people.with_flags_by_hand(work.session, person, known)
    return views.profile(person, held, rules, names_staff=caller.role in STAFF)
