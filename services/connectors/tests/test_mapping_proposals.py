"""Proposed mappings, by tables of messy headers: what is found, what is doubted, and why."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from connectors_service.datasets.catalogue import DATASETS, dataset_named
from connectors_service.mapping.catalogue import mapping_for, shipped_as
from connectors_service.mapping.definition import from_data, read
from connectors_service.mapping.proposing.evidence import common_prefix
from connectors_service.mapping.proposing.proposal import Proposal, date_order_of, propose
from connectors_service.mapping.proposing.scoring import Fit, assigned
from connectors_service.mapping.proposing.words import (
    agreement,
    language_of,
    meaning_of,
    words_of,
)

SESSION = (
    "session_id", "participant_email", "volunteer_email", "scheduled_at", "completed_at",
    "duration_minutes", "rating", "feedback_text", "language_level", "topics",
)  # fmt: skip
SESSIONS = [
    [
        f"LS-{n}", f"ann{n}@learn.example", f"tom{n % 3}@acme.example", f"{n:02}/04/2026",
        f"{n:02}/04/2026 11:00", "60", str(n % 5 + 1), "Sehr gut", f"B{n % 2 + 1}", "words, idioms",
    ]
    for n in range(1, 20)
]  # fmt: skip
HEADERS = {
    "German": "Sitzungsnummer|Teilnehmer E-Mail|Freiwilliger (E-Mail)|Beginn|Ende|Dauer (Min)|"
    "Bewertung|Rückmeldung|Sprachniveau|Themen",
    "French": "N° de séance|Adresse e-mail de l'élève|Courriel du bénévole|Début|Fin|Durée|"
    "Évaluation|Avis|Niveau de langue|Sujets",
    "Spanish": "Número de sesión|Correo del alumno|Correo del voluntario|Fecha de inicio|"
    "Fecha de fin|Duración|Valoración|Comentarios|Nivel de idioma|Temas",
    "Ukrainian": "Номер заняття|Пошта учасника|Пошта волонтера|Початок|Кінець|Тривалість, хв|"
    "Оцінка|Відгук|Рівень мови|Теми",
    "Czech": "Číslo lekce|E-mail účastníka|E-mail dobrovolníka|Začátek|Konec|Délka (min)|"
    "Hodnocení|Komentář|Úroveň jazyka|Témata",
    "Italian": "Numero sessione|Email partecipante|Email volontario|Data inizio|Data fine|"
    "Durata in minuti|Valutazione|Commenti|Livello di lingua|Argomenti",
    "Polish": "Numer sesji|E-mail uczestnika|E-mail wolontariusza|Początek|Koniec|"
    "Czas trwania (min)|Ocena|Komentarz|Poziom języka|Tematy",
    "camelCase": "sessionId|studentEmail|tutorEmail|startTime|endTime|durationMinutes|starRating|"
    "comments|cefrLevel|topicList",
    "prefixed": "fldSessionNo|fldStudentMail|fldTutorMail|fldStartTime|fldEndTime|fldMinutes|"
    "fldStars|fldComments|fldCEFR|fldTopics",
    "run together": "sessionid|participantmail|volunteermail|starttime|endtime|durationmin|stars|"
    "comment|languagelevel|topic",
    "dotted": "session.id|participant.email|volunteer.email|scheduled.at|completed.at|"
    "duration.minutes|rating|feedback.text|language.level|topics",
    "misspelt": "sesion_id|partcipant_email|voluntee_email|schedulled_at|complted_at|"
    "duration_mins|ratng|feedbak_text|langage_level|topcs",
}


def proposal(dataset: str, headers: str, rows: Sequence[Sequence[str]]) -> Proposal:
    usual = mapping_for(dataset, None)
    return propose(dataset_named(dataset), usual, headers.split("|"), [list(row) for row in rows])


def found(of: Proposal) -> dict[str, str | None]:
    return {column.header: column.field for column in of.columns if column.doubt is None}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
def test_messy_headers_find_their_fields(headers: str) -> None:
    proposed = proposal("kintell-sessions", headers, SESSIONS)

    assert found(proposed) == dict(zip(headers.split("|"), SESSION, strict=True))
    assert (proposed.missing, proposed.doubtful) == ((), ())
    assert proposed.definition["date_order"] == "day_first"


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_dataset_s_own_names_are_found_wherever_they_stand(dataset: str) -> None:
    chosen = dataset_named(dataset)
    names = [field.name for field in chosen.fields][::-1]
    row = [chosen.by_name[name].example for name in names]

    proposed = proposal(dataset, "|".join(names), [row])

    assert {column.header: column.field for column in proposed.columns} == {n: n for n in names}
    assert proposed.doubtful == ()
    assert from_data(proposed.definition, shipped_as).columns.keys() == set(names)


ONLY_HALF = [
    ("E-Mail 1|E-Mail 2", {"E-Mail 1", "E-Mail 2"}),
    ("person a|person b", {"person a", "person b"}),
    ("contact|mail", {"contact", "mail"}),
]


@pytest.mark.parametrize(("headers", "doubtful"), ONLY_HALF)
def test_participants_and_volunteers_are_never_guessed(headers: str, doubtful: set[str]) -> None:
    for names in permutations(headers.split("|")):
        proposed = proposal("kintell-sessions", f"Sitzungsnummer|{'|'.join(names)}|Beginn",
                            [row[:4] for row in SESSIONS])  # fmt: skip

        assert set(proposed.doubtful) == doubtful
        assert set(proposed.missing) == {"participant_email", "volunteer_email"}
        doubted = [column for column in proposed.columns if column.doubt]
        offered = {other.field for column in doubted for other in column.alternatives}
        offered |= {column.field for column in doubted if column.field}
        assert offered == {"participant_email", "volunteer_email"}


def test_what_two_dates_mean_is_doubted_where_their_names_do_not_tell() -> None:
    proposed = proposal("kintell-sessions", "id|student mail|tutor mail|date 1|date 2",
                        [row[:5] for row in SESSIONS])  # fmt: skip

    assert set(proposed.doubtful) == {"date 1", "date 2"}
    assert proposed.missing == ("scheduled_at",)


def test_cells_speak_against_a_name_that_promises_something_else() -> None:
    rows = [["LS-1", "a@b.example", "t@c.example", "2026-04-01", "a@b.example"]] * 3
    proposed = proposal("kintell-sessions", "session|student|tutor|start|duration", rows)

    columns = {column.header: column for column in proposed.columns}
    assert columns["duration"].field is None
    assert columns["student"].field == "participant_email"
    assert "3 of 3 values are taken as: e-mail address" in columns["student"].reason


def test_the_only_column_of_a_telling_kind_needs_no_name() -> None:
    rows = [[f"ann{n}@learn.example", "Ann", "B2 or so"] for n in range(4)]
    proposed = proposal("kintell-users", "Kontakt|wie sie heißt|x", rows)

    (contact, *_) = proposed.columns
    assert (contact.field, contact.doubt) == ("email", None)
    assert "no other column and no other field is of this kind" in contact.reason


def test_words_of_other_languages_become_a_value_map() -> None:
    rows = [[f"a{n}@x.example", "buddy", ("actif", "abandonné", "terminé")[n % 3], "2026-01-01"]
            for n in range(6)]  # fmt: skip
    proposed = proposal("enrollments", "Courriel|Programme|Statut|Début", rows)

    assert proposed.definition["columns"]["status"]["values"] == {
        "abandonné": "dropped",
        "actif": "active",
        "terminé": "completed",
    }
    assert read(proposed.text, shipped_as).definition == proposed.definition


def test_a_column_that_the_usual_mapping_reads_twice_is_proposed_for_both() -> None:
    rows = [[f"LS-{n}", "a@b.example", "t@c.example", "2026-04-01"] for n in range(4)]
    proposed = proposal("kintell-sessions", "session id|learner mail|mentor mail|dates", rows)

    doubtful = {column.header: column.doubt for column in proposed.columns if column.doubt}
    assert list(doubtful) == ["dates"]


def test_nothing_that_rows_hold_is_in_a_proposal() -> None:
    proposed = proposal("kintell-sessions", HEADERS["German"], SESSIONS)

    assert "learn.example" not in repr(proposed)
    assert "Sehr gut" not in repr(proposed)


@pytest.mark.parametrize(
    ("cells", "order", "note"),
    [
        (["2026-04-01", "Dec 14, 2025"], None, ""),
        (["03/04/2026", "23/04/2026"], "day_first", "1 of 2 dates can only be read day first"),
        (["03/04/2026", "04/23/2026"], "month_first", "1 of 2 dates can only be read month first"),
        (["03/04/2026", "05/06/2026"], None, "can be read two ways"),
        (["03/04/2026", "23/04/2026", "24/04/2026", "04/25/2026"], None, "others only month first"),
        (["nonsense"], None, ""),
        ([], None, ""),
    ],
)
def test_the_order_of_day_and_month_is_told_by_cells_that_allow_one(
    cells: list[str], order: str | None, note: str
) -> None:
    told, notes = date_order_of(cells, mapping_for("enrollments", None))

    assert told == order
    assert note in "".join(notes)


def fits(scores: dict[tuple[int, str], float]) -> Any:
    return {place: Fit(score, None, None, ()) for place, score in scores.items()}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({(0, "a"): 0.9, (1, "b"): 0.8}, {"a": 0, "b": 1}),
        ({(0, "a"): 0.9, (0, "b"): 0.85, (1, "a"): 0.8}, {"a": 1, "b": 0}),
        ({(0, "a"): 0.9, (0, "b"): 0.8, (1, "a"): 0.8, (1, "b"): 0.6}, {"a": 1, "b": 0}),
        ({(0, "a"): 0.4}, {}),
        ({(1, "a"): 0.7, (0, "a"): 0.7}, {"a": 0}),
    ],
)
def test_columns_are_assigned_for_the_best_total(
    scores: dict[tuple[int, str], float], expected: dict[str, int]
) -> None:
    assert assigned(fits(scores)) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sessionId", ["session", "id"]),
        ("HTTPServerName", ["http", "server", "name"]),
        ("Sitzungsnummer", ["sitzung", "nummer"]),
        ("correo electrónico del alumno", ["correo electronico", "alumno"]),
        ("E-Mail", ["e mail"]),
        ("Точна_дата", ["точна", "дата"]),
        ("", []),
    ],
)
def test_names_are_read_word_by_word(name: str, words: list[str]) -> None:
    assert [word.text for word in words_of(name)] == words


def test_the_language_of_a_name_is_the_one_that_knows_all_its_words() -> None:
    assert language_of(words_of("Beginn der Sitzung")) == "German"
    assert language_of(words_of("session start")) is None
    assert language_of(words_of("zzz")) is None
    assert agreement(words_of("Beginn"), words_of("scheduled_at")) == pytest.approx(0.8)
    assert agreement((), ()) == 0.0
    assert meaning_of("beendet", ["active", "ended", "completed"]) == "completed"
    assert meaning_of("unheard of", ["active"]) is None


def test_a_prefix_is_what_most_names_begin_with() -> None:
    assert common_prefix(["Kintell_A", "Kintell_B", "Kintell_C", "x"]) == "Kintell_"
    assert common_prefix(["fldA", "fldB", "fldC"]) == "fld"
    assert common_prefix(["a_b", "c_d", "e_f"]) == ""


def test_a_thousand_columns_of_nonsense_are_looked_at_in_bounded_time() -> None:
    headers = [f"spalte{'nummerdatum' * 9}{n}" for n in range(1000)]
    rows = [["01/02/2026 x@y.example" for _ in headers]] * 100

    proposed = proposal("kintell-sessions", "|".join(headers), rows)

    assert not proposed.complete


def test_a_proposal_asks_for_the_zone_of_times_without_offset() -> None:
    local = [[*row[:3], "2026-04-01 10:00"] for row in SESSIONS]
    header = "session id|learner mail|mentor mail|Beginn"

    asked = proposal("kintell-sessions", header, local)
    known = proposal(
        "kintell-sessions", header, [[*row[:3], "2026-04-01T10:00:00Z"] for row in SESSIONS]
    )

    assert "Beginn have no offset and are taken as UTC" in "".join(asked.notes)
    assert asked.definition["time_zone"] == "UTC"
    assert known.notes == ()


def test_each_required_field_that_lacks_a_column_says_why() -> None:
    found = proposal("kintell-sessions", "Sitzungsnummer|mail 1|Beginn",
                     [[row[0], row[1], row[3]] for row in SESSIONS])  # fmt: skip

    lacking = {each.field: each.why for each in found.lacking}
    assert set(lacking) == set(found.missing) == {"participant_email", "volunteer_email"}
    assert all(lacking.values())


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("Beginn", "start"),
        ("Von", "start"),
        ("Desde", "start"),
        ("Depuis", "start"),
        ("Od", "start"),
        ("Da", "start"),
        ("Від", "start"),
        ("Bis", "completed"),
        ("Hasta", "completed"),
        ("Do", "completed"),
        ("Aussteller", "provider"),
        ("Émetteur", "provider"),
        ("Emisor", "provider"),
        ("Wystawca", "provider"),
        ("Emittente", "provider"),
        ("Видавець", "provider"),
        ("Vydavatel", "provider"),
        ("Issuer", "provider"),
    ],
)
def test_small_words_that_stand_alone_are_taken_at_their_word(name: str, concept: str) -> None:
    (word,) = words_of(name)

    assert concept in word.means
    assert "ignored" not in word.means
