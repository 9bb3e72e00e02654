"""What speaks for and against two people being one, field by field: pure decisions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from profile_service.duplicates.addresses import Mailbox, digits_in
from profile_service.duplicates.model import Evidence, Model
from profile_service.duplicates.names import Name, Part, Spellings
from profile_service.duplicates.people import Known, Population, whole

_ALIKE = 0.9
_SHORTEST_TYPO = 4


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares people of one population."""

    model: Model
    spellings: Spellings
    among: Population

    def evidence(self, one: Known, other: Known) -> list[Evidence]:
        """Every finding, the strongest of each field."""
        found = [self._email(one, other), self._account(one, other), self._name(one, other)]
        weighed = [("phone", one.phones, other.phones, self.model.phone)]
        weighed.append(("linkedin", one.linkedins, other.linkedins, self.model.linkedin))
        for name, mine, theirs, weights in weighed:
            if mine and theirs:
                finding = "same" if mine & theirs else "different"
                found.append(Evidence(name, finding, getattr(weights, finding)))
        return [evidence for evidence in found if evidence]

    def _email(self, one: Known, other: Known) -> Evidence | None:
        pairs = product(one.mailboxes, other.mailboxes)
        found = [
            Evidence("email", finding, getattr(self.model.email, finding))
            for mine, theirs in pairs
            for finding in self._mailboxes(mine, theirs, one, other)
        ]
        return max(found, key=lambda evidence: evidence.weight, default=None)

    def _mailboxes(self, mine: Mailbox, theirs: Mailbox, one: Known, other: Known) -> Iterator[str]:
        if mine.box == theirs.box:
            yield "same_box"
        elif mine.local == theirs.local:
            if self._is_typo(mine.domain, theirs.domain):
                yield "typo_domain"
            elif not _is_made_of_name(mine.local, one, other):
                yield "same_local"
            elif digits_in(mine.local) > 1:
                yield "same_local_with_digits"
            else:
                yield "same_local_of_name"

    def _is_typo(self, domain: str, other: str) -> bool:
        common = self.among.is_common(domain), self.among.is_common(other)
        close = DamerauLevenshtein.distance(domain, other, score_cutoff=1) == 1
        return close and not all(common)

    def _account(self, one: Known, other: Known) -> Evidence | None:
        mine = one.handles | {box.local for box in one.mailboxes if one.handles or other.handles}
        theirs = other.handles | {box.local for box in other.mailboxes if mine}
        shared = {word for word in mine & theirs if word in one.handles or word in other.handles}
        if not shared:
            return None
        named = all(_is_made_of_name(word, one, other) for word in shared)
        finding = "same_handle_of_name" if named else "same_handle"
        return Evidence("account", finding, getattr(self.model.account, finding))

    def _name(self, one: Known, other: Known) -> Evidence | None:
        found = [self._names(*pair) for pair in product(one.names, other.names)]
        return max(found, key=lambda evidence: evidence.weight, default=None)

    def _names(self, one: Name, other: Name) -> Evidence:
        """How two names go together; each is of one part at least."""
        weights = self.model.name
        finding, shared = related(one, other, self.spellings)
        rarity = self.among.rarity_of_name(shared) if shared else 0.0
        rare = min(weights.rarest, rarity)
        weight = {
            "same": rare,
            "variant": rare + weights.variant,
            "part": rare + weights.part,
            "typo": rare + weights.typo,
            "initial": min(rare, weights.initial_at_most),
            "same_given": min(rare, weights.same_given_at_most) + weights.same_given,
            "family": weights.family,
            "other": weights.other,
        }
        return Evidence("name", finding, weight[finding])


def related(one: Name, other: Name, spellings: Spellings) -> tuple[str, tuple[str, ...]]:
    """How two names go together, and the parts by whose rarity it counts."""
    if whole(one) == whole(other):
        written = sorted(part.written for part in one) == sorted(part.written for part in other)
        finding = "same" if written else "variant"
        return (finding if len(one) > 1 else "initial"), whole(one)
    shorter, longer = sorted((one, other), key=len)
    found = matched(shorter, longer)
    if found.exact and not found.rest:
        return _all_matched(found, len(longer))
    if not found.exact and not found.alike:
        return "other", ()
    return _partly(one, other, spellings)


@dataclass(slots=True)
class Matched:
    """How the parts of the shorter of two names go with the longer's: by `common`, or a count."""

    exact: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    initials: int = 0
    rest: int = 0


def matched(shorter: Name, longer: Name) -> Matched:
    """Give each part of the shorter name, longest first, the best partner that is left."""
    left, found = list(longer), Matched()
    for part in sorted(shorter, key=lambda one: -len(one.written)):
        for holds in (_equal, _looks_alike, _is_initial):
            partner = next((one for one in left if holds(part, one)), None)
            if partner:
                left.remove(partner)
                _note(found, holds, partner)
                break
        else:
            found.rest += 1
    return found


def _note(found: Matched, holds: Callable[[Part, Part], bool], partner: Part) -> None:
    if holds is _is_initial:
        found.initials += 1
    else:
        (found.exact if holds is _equal else found.alike).append(partner.common)


def _all_matched(found: Matched, parts: int) -> tuple[str, tuple[str, ...]]:
    shared = tuple(sorted(found.exact + found.alike))
    if found.initials or len(shared) < 2:
        return "initial", shared
    if found.alike:
        return "typo", shared
    return "part" if len(shared) < parts else "variant", shared


def _partly(one: Name, other: Name, spellings: Spellings) -> tuple[str, tuple[str, ...]]:
    """Names with something in common: the same given name, or only the family's."""
    mine = [part for part in one if not any(_equal(part, that) for that in other)]
    theirs = [part for part in other if not any(_equal(part, that) for that in one)]
    shared = [part for part in one if part not in mine]
    differ_in_given = any(map(spellings.is_given, mine)) and any(map(spellings.is_given, theirs))
    given = [part for part in shared if spellings.is_given(part)]
    first = bool(shared) and _equal(one[0], other[0])
    if differ_in_given or not (given or first):
        return "family", ()
    return "same_given", tuple(sorted(part.common for part in given or shared))


def _equal(part: Part, other: Part) -> bool:
    return part.common == other.common


def _looks_alike(part: Part, other: Part) -> bool:
    if min(len(part.common), len(other.common)) < _SHORTEST_TYPO:
        return False
    near = DamerauLevenshtein.distance(part.common, other.common, score_cutoff=1) <= 1
    return near or JaroWinkler.similarity(part.common, other.common) >= _ALIKE


def _is_initial(part: Part, other: Part) -> bool:
    short, long = sorted((part.written, other.written), key=len)
    return len(short) == 1 and long.startswith(short)


def _is_made_of_name(local: str, one: Known, other: Known) -> bool:
    """Whether a mailbox's name is what the person's name leads to: its letters, less three."""
    letters = "".join(filter(str.isalpha, local))
    for name in (*one.names, *other.names):
        left = letters
        for part in sorted(name, key=lambda found: -len(found.written)):
            left = left.replace(part.written, "", 1)
        if len(left) < 3:
            return True
    return False
