"""What speaks for and against two people being one: decisions over values stated by hand."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from profile_service.duplicates.comparing import Comparing
from profile_service.duplicates.finding import Finder
from profile_service.duplicates.model import Evidence, load_model
from profile_service.duplicates.names import load_spellings
from profile_service.duplicates.people import Raw, Reading, population

MODEL, SPELLINGS = load_model(), load_spellings()
PHONE, OTHER_PHONE = "+4791234567", "+4798765432"


def person(name: str = "", *addresses: str, phone: str = "", linkedin: str = "", **ids: str) -> Raw:
    return Raw(
        names=[name] if name else [],
        phones=[phone] if phone else [],
        linkedins=[linkedin] if linkedin else [],
        ids=[*(("email", one) for one in addresses), *ids.items()],
    )


def evidence(one: Raw, other: Raw) -> dict[str, str]:
    """The findings between two people, the only ones there are, by field."""
    reading = Reading(MODEL, SPELLINGS)
    both = [reading.known(UUID(int=n), raw) for n, raw in enumerate((one, other), 1)]
    comparing = Comparing(MODEL, SPELLINGS, population(both, MODEL.people_at_least))
    return {found.field: found.finding for found in comparing.evidence(*both)}


def proposed(one: Raw, other: Raw) -> bool:
    return bool(Finder(MODEL, SPELLINGS).find({UUID(int=1): one, UUID(int=2): other}))


@pytest.mark.parametrize(
    ("one", "other", "finding"),
    [
        ("Anna Kovalenko", "anna  kovalenko", "same"),
        ("Anna Kovalenko", "Kovalenko, Anna", "same"),
        ("Олександр Шевченко", "Oleksandr Shevchenko", "same"),
        ("Олександр Шевченко", "Alexander Szewczenko", "variant"),
        ("Олександр Шевченко", "Sasha Shevchenko", "variant"),
        ("Юлія Гончарук", "Julia Honcharuk", "variant"),
        ("Сергій Бойко", "Sergey Boyko", "variant"),
        ("Kateryna Bondar", "Katya Bondar", "variant"),
        ("Bjørn Ødegård", "Bjorn Odegard", "same"),
        ("José Núñez", "Jose Nunez", "same"),
        ("Anna Maria Kovalenko", "Anna Kovalenko", "part"),
        ("Anna Kovalenko", "Anna Kovalenk", "typo"),
        ("Anna K.", "Anna Kovalenko", "initial"),
        ("Anna", "Anna Kovalenko", "initial"),
        ("Anna Kovalenko", "Anna Shevchuk", "same_given"),
        ("Anna Kovalenko", "Bohdan Kovalenko", "family"),
        ("Kovalenko Anna", "Kovalenko Bohdan", "family"),
        ("Anna Kovalenko", "Bohdan Shevchuk", "other"),
    ],
)
def test_names_are_compared_in_any_script_order_and_form(
    one: str, other: str, finding: str
) -> None:
    assert evidence(person(one), person(other))["name"] == finding
    assert evidence(person(other), person(one))["name"] == finding


@pytest.mark.parametrize(
    ("one", "other", "finding"),
    [
        ("night.fox@gmail.com", "nightfox+x@googlemail.com", "same_box"),
        ("night.fox@firm.example", "nightfox@firm.example", "same_local_of_name"),
        ("nightfox@gmail.com", "nightfox@gmial.com", "typo_domain"),
        ("nightfox@gmail.com", "nightfox@ukr.net", "same_local"),
        ("anna.kovalenko@gmail.com", "anna.kovalenko@ukr.net", "same_local_of_name"),
        ("anna.kovalenko87@gmail.com", "annakovalenko87@ukr.net", "same_local_with_digits"),
        ("info@firm.example", "info@other.example", None),
        ("nightfox@gmail.com", "bluefox@gmail.com", None),
    ],
)
def test_addresses_are_compared_as_their_providers_and_people_vary_them(
    one: str, other: str, finding: str | None
) -> None:
    assert evidence(person("", one), person("", other)).get("email") == finding


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        (person("Олена Шевчук", phone=PHONE), person("Elena Shevchuk", phone=PHONE), True),
        (person("Anna Kovalenko", phone=PHONE), person("Bohdan Kovalenko", phone=PHONE), False),
        (person("", phone=PHONE), person("", phone=PHONE), False),
        (
            person("Anna Kovalenko", "nightfox@gmail.com", phone=PHONE),
            person("Anna Kovalenko", "nightfox@ukr.net", phone=OTHER_PHONE),
            True,
        ),
        (
            person("Anna Kovalenko", "nightfox@gmail.com"),
            person("Bohdan Kovalenko", "nightfox+bohdan@gmail.com"),
            False,
        ),
        (
            person("Anna Kovalenko", linkedin="https://linkedin.com/in/anna-k-77/"),
            person("Anna Shevchuk", linkedin="https://no.linkedin.com/in/Anna-K-77?trk=x"),
            True,
        ),
        (
            person("Anna Kovalenko", discord="nightfox#1234"),
            person("Anna Kovalenko", "nightfox@ukr.net"),
            True,
        ),
        (person("Anna K."), person("Anna Kovalenko"), False),
    ],
)
def test_several_fields_together_decide_who_is_proposed(one: Raw, other: Raw, is_one: bool) -> None:
    assert proposed(one, other) is is_one


def test_a_common_name_says_less_than_a_rare_one() -> None:
    many = {UUID(int=n): person("Anna Kovalenko", f"x{n}y@a.example") for n in range(1, 500)}
    rare = {UUID(int=n): person("Zofia Brzezinska", f"z{n}y@a.example") for n in (900, 901)}

    found = Finder(MODEL, SPELLINGS).find(many | rare)

    assert [one.pair for one in found] == [(UUID(int=900), UUID(int=901))]


def test_evidence_names_fields_and_never_their_values() -> None:
    one, other = person("Anna Kovalenko", phone=PHONE), person("Anna Kovalenko", phone=PHONE)

    [found] = Finder(MODEL, SPELLINGS).find({UUID(int=1): one, UUID(int=2): other})

    shown = [evidence.shown for evidence in found.evidence]
    assert [(one["field"], one["verdict"]) for one in shown] == [("name", "for"), ("phone", "for")]
    assert "Anna" not in str(shown)
    assert PHONE not in str(shown)


def test_only_strong_and_unknown_evidence_is_news() -> None:
    seen = {("name", "same"), ("phone", "same")}
    known = [Evidence("name", "same", 14.0), Evidence("phone", "same", 13.0)]

    assert not MODEL.is_news(seen, known)
    assert not MODEL.is_news(seen, [*known, Evidence("email", "same_local_of_name", 2.0)])
    assert not MODEL.is_news(seen, [*known, Evidence("linkedin", "different", -4.0)])
    assert MODEL.is_news(seen, [*known, Evidence("linkedin", "same", 15.0)])


def test_a_form_of_two_given_names_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "names.yaml"
    file.write_text("folding: []\ngiven:\n  - [anna, ann]\n  - [hanna, ann]\n")

    with pytest.raises(ValueError, match="is one of ana too"):
        load_spellings(file)
