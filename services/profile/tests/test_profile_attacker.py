"""No attacker works out a small group, whatever is asked, and whatever changes in between."""

import hashlib
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import pytest

from profile_service.attacker import Answer, Attacker, Deed, truth
from profile_service.disclosure.lattice import QUARTERS, Place, months_of, quarter_of, splits_of
from profile_service.disclosure.releasing import Count, Judge, Releases, Snapshot
from profile_service.disclosure.verifying import Bounds

YEAR = "2025"
PROGRAMS = ["buddy", "language", "mentorship"]
MOMENTS = 4

Choose = Callable[[Collection[Place], Snapshot, Releases, Bounds], Collection[Place]]


def some_deeds(chance: random.Random) -> list[Deed]:
    """Cells that lie around k in two quarters or all, then late data and undone facts."""
    deeds: list[Deed] = []
    busy = chance.random() < 0.5
    for quarter in QUARTERS if busy else (1, 2):
        for month in months_of(YEAR, quarter):
            for program in PROGRAMS if busy else PROGRAMS[: chance.randint(1, 3)]:
                sizes = [8, 12, 16, 20, 30] if busy else [0, 2, 5, 8, 12, 16, 20]
                people = chance.sample(range(60), chance.choice(sizes))
                deeds += [Deed(person, month.period, program) for person in people]
    for moment in range(1, MOMENTS):
        deeds = changed(chance, deeds, moment)
    return deeds


def changed(chance: random.Random, deeds: list[Deed], moment: int) -> list[Deed]:
    months = [month.period for quarter in (1, 2) for month in months_of(YEAR, quarter)]
    month, program = chance.choice(months), chance.choice(PROGRAMS)
    count = chance.choice([1, 3, 14])
    if chance.random() < 0.6:
        newcomers = range(100 * moment, 100 * moment + count)
        return deeds + [Deed(person, month, program, since=moment) for person in newcomers]
    gone = [one for one in deeds if one.month == month and one.stands(moment)][:count]
    kept = [one for one in deeds if one not in gone]
    return kept + [replace(one, until=moment) for one in gone]


def snapshot(deeds: Sequence[Deed], places: Collection[Place], moment: int) -> Snapshot:
    found = {}
    for place in places:
        here = sorted(
            (one.person, one.month, one.program, one.since)
            for one in deeds
            if one.counts_in(place, moment)
        )
        _, people = truth(deeds, place, moment)
        found[place] = Count(people, people, hashlib.sha256(repr(here).encode()).hexdigest())
    return found


def all_answers(deeds: Sequence[Deed], k: int, choose: Choose, judge: Judge) -> list[Answer]:
    """All that a company that asks for everything at every moment is ever shown."""
    before, answers = Releases(), []
    for moment in range(MOMENTS):
        for due in due_at(moment):
            scope = {*due, *(one for place in due for one in judge.within(place))}
            now = snapshot(deeds, scope, moment)
            news = [one for one in due if differs(before, one, now[one])]
            bounds = Bounds(k, sorted(scope), PROGRAMS, facts(deeds, moment))
            chosen = choose(news, now, before, bounds)
            for place in chosen:
                within = {one: now[one] for one in judge.within(place)}
                before = before.with_now([place], within)
                answers.append(Answer(place, moment, truth(deeds, place, moment)[0]))
    return answers


def due_at(moment: int) -> list[list[Place]]:
    """The first quarter is there from the start, the second and then the year come later."""
    quarters = [one for one in QUARTERS if one <= moment + 1]
    scopes = [
        [
            quarter_of(YEAR, one),
            *months_of(YEAR, one),
            *(quarter_of(YEAR, one, program) for program in PROGRAMS),
        ]
        for one in quarters
    ]
    year = [Place(YEAR), *(Place(YEAR, program) for program in PROGRAMS)]
    return [*scopes, year] if moment >= 2 else scopes


def differs(before: Releases, place: Place, now: Count) -> bool:
    return place not in before or before.of[place][-1][place] != now


def facts(deeds: Sequence[Deed], moment: int) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for one in deeds:
        if one.stands(moment):
            key = Place(one.month, one.program)
            found[key] = found.get(key, 0) + 1
    return found


def attacked(seed: int, k: int, *, protected: bool) -> list[str]:
    """What an attacker works out of one random company."""
    deeds = some_deeds(random.Random(seed))
    answers = answers_of(seed, k, protected=protected)
    return Attacker(deeds, PROGRAMS, YEAR, answers, k).exposed()


def answers_of(seed: int, k: int, *, protected: bool) -> list[Answer]:
    """What the company is shown; without protection all that is of k people or more."""
    deeds = some_deeds(random.Random(seed))
    judge = Judge(k, list(splits_of(YEAR, PROGRAMS)))

    def all_large(news: Collection[Place], now: Snapshot, *_: object) -> list[Place]:
        return [one for one in news if now[one].group >= k]

    return all_answers(deeds, k, judge.choose if protected else all_large, judge)


@pytest.mark.parametrize("k", [5, 10])
@pytest.mark.parametrize("seed", range(2))
def test_an_attacker_who_sees_everything_finds_no_small_group(seed: int, k: int) -> None:
    assert attacked(seed, k, protected=True) == []


def test_much_is_shown_all_the_same() -> None:
    """Who shows nothing protects everybody: of what is large half is shown, restated and all."""
    shown, large, again, years = 0, 0, 0, 0
    for seed in range(6):
        answers, loud = answers_of(seed, 10, protected=True), answers_of(seed, 10, protected=False)
        first = {one.place for one in answers}
        shown, large = shown + len(first), large + len({one.place for one in loud})
        again += len(answers) - len(first)
        years += Place(YEAR) in first

    assert shown > large / 2
    assert again > 3
    assert years > 0


def test_without_protection_the_attacker_wins() -> None:
    assert all(attacked(seed, 10, protected=False) for seed in range(2))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
def test_an_attacker_finds_no_small_group_in_many_companies(seed: int) -> None:
    assert attacked(seed, 10, protected=True) == []
