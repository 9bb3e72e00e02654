"""What is known of people, in the forms in which it is compared."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import log
from uuid import UUID

from profile_service.duplicates.addresses import Mailbox, handle, linkedin, mailbox, words_in
from profile_service.duplicates.model import Model
from profile_service.duplicates.names import Name, Spellings


@dataclass(slots=True)
class Known:
    """A canonical person with everything that any of their source persons has."""

    person_id: UUID
    names: tuple[Name, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    phones: frozenset[str] = frozenset()
    linkedins: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()


@dataclass(slots=True)
class Raw:
    """The same as it is stored."""

    names: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    linkedins: list[str] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads what is stored into what is compared."""

    model: Model
    spellings: Spellings

    def known(self, person_id: UUID, raw: Raw) -> Known:
        addresses = [one for provider, one in raw.ids if provider == "email"]
        elsewhere = [one for provider, one in raw.ids if provider != "email" and "@" not in one]
        return Known(
            person_id,
            names=tuple(self._names(raw.names or map(words_in, addresses))),
            mailboxes=tuple(self._mailboxes(addresses)),
            phones=frozenset(raw.phones),
            linkedins=frozenset(found for url in raw.linkedins if (found := linkedin(url))),
            handles=frozenset(found for one in elsewhere if (found := handle(one))),
        )

    def _names(self, names: Iterable[str]) -> Iterator[Name]:
        for name in dict.fromkeys(names):
            if parts := self.spellings.parts(name):
                yield parts

    def _mailboxes(self, addresses: Iterable[str]) -> Iterator[Mailbox]:
        for address in addresses:
            found = mailbox(address, self.model.ignores_dots, self.model.same_domains)
            if found and found.local not in self.model.role_mailboxes:
                yield found


@dataclass(slots=True)
class Population:
    """How common names, domains and shared values are among everybody."""

    people: int
    parts: Counter[str]
    names: Counter[tuple[str, ...]]
    domains: Counter[str]

    def rarity(self, parts: Iterable[str]) -> float:
        """The log-odds against two strangers sharing these parts of a name."""
        return sum(log(self.people / max(self.parts[part], 2)) for part in parts)

    def rarity_of_name(self, name: tuple[str, ...]) -> float:
        """As `rarity`, and no more than by how many others have the whole name."""
        others = self.names[name] - 2
        by_parts = self.rarity(name)
        return min(by_parts, log(self.people / others)) if others > 0 else by_parts

    def is_common(self, domain: str) -> bool:
        """Whether so many use the domain that it is no typing error."""
        return self.domains[domain] >= 5


def population(people: Iterable[Known], at_least: int) -> Population:
    """Count everybody."""
    counted = Population(0, Counter(), Counter(), Counter())
    for one in people:
        counted.people += 1
        counted.parts.update({part.common for name in one.names for part in name})
        counted.names.update({whole(name) for name in one.names})
        counted.domains.update({box.domain for box in one.mailboxes})
    counted.people = max(counted.people, at_least)
    return counted


def whole(name: Name) -> tuple[str, ...]:
    """A name whatever the order of its parts."""
    return tuple(sorted(part.common for part in name))
