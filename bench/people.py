"""Made-up people with planted duplicates of several kinds, and with strangers who look like ones.

Names are drawn so that few are common and most are rare. Nobody in here exists.
"""

# ruff: noqa: RUF001 - Cyrillic letters are meant

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

_LATIN = dict(
    zip(
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        [
            "a",
            "b",
            "v",
            "h",
            "g",
            "d",
            "e",
            "ie",
            "zh",
            "z",
            "y",
            "i",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "",
            "iu",
            "ia",
        ],
        strict=True,
    )
)
_OTHERWISE = _LATIN | {"в": "w", "г": "g", "й": "y", "я": "ya", "ю": "yu", "х": "h", "є": "ye"}
_GIVEN = {
    "Олександр": "Alexander Sasha Aleksandr",
    "Олена": "Elena Helena Lena",
    "Юлія": "Julia Yulia",
    "Сергій": "Sergey Serhiy",
    "Андрій": "Andrey Andrew",
    "Микола": "Nikolay Nicholas",
    "Катерина": "Kateryna Katya Ekaterina",
    "Наталія": "Natalia Natasha",
    "Ірина": "Iryna Irina Ira",
    "Дмитро": "Dmitry Dima",
    "Володимир": "Vladimir Volodymyr",
    "Тетяна": "Tatiana Tanya",
    "Михайло": "Mikhail Michael",
    "Марія": "Maria Masha",
    "Богдан": "Bohdan Bogdan",
    "Оксана": "Oksana Xenia",
    "Роман": "Roman",
    "Софія": "Sofia Sophia",
    "Павло": "Pavlo Paul",
    "Вікторія": "Victoria Vika",
}
_BEGIN = [
    "ко",
    "ше",
    "бо",
    "мар",
    "па",
    "лит",
    "гон",
    "са",
    "тка",
    "мель",
    "дов",
    "ро",
    "віт",
    "кра",
    "зу",
    "він",
    "степ",
    "гри",
    "кли",
    "ма",
    "сі",
    "ту",
    "фе",
]
_MIDDLE = ["ва", "че", "н", "да", "ль", "р", "ру", "ні", "за", "ст", "рен", "ма", "кі", "лу", "дю"]
_END = ["енко", "чук", "ський", "ко", "ець", "ик", "юк", "ак", "ів", "ин"]
_DOMAINS = ["gmail.com", "ukr.net", "outlook.com", "icloud.com", "yahoo.com", "proton.me", "i.ua"]
_WORDS = [
    "sunny",
    "river",
    "fox",
    "night",
    "blue",
    "tiger",
    "moon",
    "lucky",
    "sky",
    "storm",
    "pixel",
    "wolf",
]


@dataclass(frozen=True, slots=True)
class Made:
    """One registered person; an e-mail address is their external id."""

    person_id: UUID
    given: str
    family: str
    email: str
    name: str | None = None
    phone: str | None = None
    linkedin: str | None = None


@dataclass
class Town:
    """Everybody, the pairs that are one person by kind, and pairs that must not be proposed."""

    people: list[Made] = field(default_factory=list)
    same: dict[str, list[tuple[UUID, UUID]]] = field(default_factory=dict)
    strangers: dict[str, list[tuple[UUID, UUID]]] = field(default_factory=dict)
    buddies: list[tuple[UUID, UUID]] = field(default_factory=list)


def latin(word: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in word.lower()).capitalize()


class Builder:
    """Makes a town of a size, the same one for the same seed."""

    def __init__(self, size: int, seed: int = 4) -> None:
        self.random = Random(seed)
        self.size = size
        self.town = Town()
        self.families = sorted({self._family() for _ in range(20_000)})
        self.random.shuffle(self.families)

    def build(self) -> Town:
        each, town = max(self.size // 400, 5), self.town
        for kind, twice in self._kinds().items():
            town.same[kind] = [self._pair(*twice(self._anyone())) for _ in range(each)]
        for kind, two in self._strangers().items():
            town.strangers[kind] = [self._pair(*two(self._anyone())) for _ in range(4 * each)]
        town.buddies = [self._pair(*self._script(self._anyone())) for _ in range(each)]
        town.strangers["buddies of one name and phone"] = town.buddies
        town.people += [self._anyone() for _ in range(self.size - len(town.people))]
        self.random.shuffle(town.people)
        return town

    def _kinds(self) -> dict[str, Callable[[Made], tuple[Made, Made]]]:
        return {
            "plus tag": self._tagged,
            "dots": self._dotted,
            "typo domain, no name": self._typo_domain,
            "odd name before @, other domain": self._other_domain,
            "script, same phone": self._script,
            "swapped, same phone": self._swapped,
            "short form, same phone": self._short,
            "typing error, same phone": self._mistyped,
            "new family name, same LinkedIn": self._renamed,
            "same rare name alone": self._rare,
        }

    def _strangers(self) -> dict[str, Callable[[Made], tuple[Made, Made]]]:
        return {
            "family of one phone": lambda one: (one, self._relative(one, one.email, one.phone)),
            "family of one mailbox": lambda one: (one, self._relative(one, _tag(one.email))),
            "namesakes": lambda one: (one, self._again(one, phone=self._phone())),
            "role mailboxes": self._offices,
        }

    def _anyone(self) -> Made:
        given, family = self._some(list(_GIVEN)), self._some(self.families)
        return Made(
            person_id=self._id(),
            given=given,
            family=family,
            email=self._email(),
            name=f"{latin(given, _LATIN)} {latin(family, _LATIN)}",
            phone=self._phone(),
        )

    def _again(self, one: Made, **changed: Any) -> Made:
        """The same person registered anew: another address, and no phone unless it is given."""
        other: dict[str, Any] = {
            "person_id": self._id(),
            "email": self._email(),
            "phone": None,
        } | changed
        return replace(one, **other)

    def _tagged(self, one: Made) -> tuple[Made, Made]:
        return one, self._again(one, email=_tag(one.email))

    def _dotted(self, one: Made) -> tuple[Made, Made]:
        local = one.email.partition("@")[0]
        one = replace(one, email=f"{local}@gmail.com")
        return one, self._again(one, email=f"{local[:2]}.{local[2:]}@googlemail.com")

    def _typo_domain(self, one: Made) -> tuple[Made, Made]:
        local = one.email.partition("@")[0]
        one = replace(one, email=f"{local}@gmail.com")
        typo = self.random.choice(("gmial.com", "gmail.con", "gmai.com", "gmaill.com"))
        return one, self._again(one, email=f"{local}@{typo}")

    def _other_domain(self, one: Made) -> tuple[Made, Made]:
        local = one.email.partition("@")[0]
        one = replace(one, email=f"{local}@gmail.com")
        return one, self._again(one, email=f"{local}@ukr.net")

    def _script(self, one: Made) -> tuple[Made, Made]:
        name = f"{one.given} {one.family}"
        return one, self._again(one, name=name, phone=one.phone)

    def _swapped(self, one: Made) -> tuple[Made, Made]:
        given, family = latin(one.given, _OTHERWISE), latin(one.family, _OTHERWISE)
        return one, self._again(one, name=f"{family} {given}", phone=one.phone)

    def _short(self, one: Made) -> tuple[Made, Made]:
        given = self.random.choice(_GIVEN[one.given].split())
        name = f"{given} {latin(one.family, _LATIN)}"
        return one, self._again(one, name=name, phone=one.phone)

    def _mistyped(self, one: Made) -> tuple[Made, Made]:
        family = latin(one.family, _LATIN)
        at = self.random.randrange(2, len(family) - 1)
        name = f"{latin(one.given, _LATIN)} {family[:at]}{family[at + 1 :]}"
        return one, self._again(one, name=name, phone=one.phone)

    def _renamed(self, one: Made) -> tuple[Made, Made]:
        one = replace(one, linkedin=f"https://www.linkedin.com/in/u{one.person_id.hex[:9]}/")
        family = latin(self._some(self.families), _LATIN)
        return one, self._again(one, name=f"{latin(one.given, _LATIN)} {family}")

    def _rare(self, one: Made) -> tuple[Made, Made]:
        family = (self._family() + self._family()).capitalize()
        one = replace(
            one, family=family, name=f"{latin(one.given, _LATIN)} {latin(family, _LATIN)}"
        )
        return one, self._again(one)

    def _relative(self, one: Made, email: str, phone: str | None = None) -> Made:
        given = self.random.choice([name for name in _GIVEN if name != one.given])
        name = f"{latin(given, _LATIN)} {latin(one.family, _LATIN)}"
        email = self._email() if email == one.email else email
        return self._again(one, given=given, name=name, email=email, phone=phone)

    def _offices(self, one: Made) -> tuple[Made, Made]:
        mine, theirs = (f"info@firm{self.random.getrandbits(40)}.example" for _ in range(2))
        return replace(one, email=mine), replace(self._anyone(), email=theirs)

    def _pair(self, one: Made, other: Made) -> tuple[UUID, UUID]:
        self.town.people += [one, other]
        first, second = sorted((one.person_id, other.person_id))
        return first, second

    def _id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def _family(self) -> str:
        pick = self.random.choice
        return (pick(_BEGIN) + pick(_MIDDLE) + pick(_MIDDLE) + pick(_END)).capitalize()

    def _some(self, words: list[str]) -> str:
        """A word; few are common, most are rare."""
        return words[int(len(words) * self.random.random() ** 2)]

    def _phone(self) -> str:
        return f"+38067{self.random.randrange(10**7):07}"

    def _email(self) -> str:
        local = f"{self.random.choice(_WORDS)}{self.random.getrandbits(40)}"
        return f"{local}@{self.random.choice(_DOMAINS)}"


def _tag(email: str) -> str:
    return email.replace("@", "+buddy@")
