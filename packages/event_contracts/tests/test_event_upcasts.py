"""A message of an old version arrives as the newest one, under the id it was sent with."""

import json
from typing import Annotated
from uuid import UUID, uuid4

import pytest
from pydantic import Field

from event_contracts import (
    Codec,
    ContractError,
    Envelope,
    Event,
    InvalidPayloadError,
    Registry,
    encode,
    encode_batch,
    schema_of,
    wrap,
)
from event_contracts.fields import Unit

known = Registry()


class RatedV1(Event, type="kintell.stars.given.v1", about="rating_id", registry=known):
    """Someone gave stars."""

    rating_id: UUID
    stars: Annotated[int, Field(ge=0, le=5)]


class RatedV2(Event, type="kintell.stars.given.v2", about="rating_id", registry=known):
    """Someone gave a rating on 0-1: one scale for every programme."""

    rating_id: UUID
    value: Unit


class RatedV3(Event, type="kintell.stars.given.v3", about="session_id", registry=known):
    """Someone rated a session; until now the rating stood for it."""

    session_id: UUID
    value: Unit


class Unrelated(Event, type="kintell.other.happened.v2", about="thing", registry=known):
    """Something else."""

    thing: UUID


@known.upcaster(RatedV1, RatedV2)
def rescale(old: RatedV1) -> RatedV2:
    return RatedV2(rating_id=old.rating_id, value=(old.stars - 1) / 4)


@known.upcaster(RatedV2, RatedV3)
def of_session(old: RatedV2) -> RatedV3:
    return RatedV3(session_id=old.rating_id, value=old.value)


codec = Codec(known)


def old_message(stars: int = 4) -> Envelope[RatedV1]:
    event = RatedV1(rating_id=uuid4(), stars=stars)
    return wrap(
        event, source="connectors", correlation_id="c", causation_id=uuid4(), company_id=uuid4()
    )


def test_an_old_message_arrives_as_the_newest_version() -> None:
    sent = old_message(stars=4)

    arrived = codec.decode(encode(sent))

    assert arrived.data == RatedV3(session_id=sent.data.rating_id, value=0.75)
    assert arrived.type == RatedV3.type
    assert arrived.dataschema == schema_of(RatedV3.type)


def test_an_upcast_keeps_what_ties_the_message_to_others() -> None:
    sent = old_message()

    arrived = codec.decode(encode(sent))

    kept = ("id", "source", "time", "correlationid", "causationid", "companyid")
    assert [getattr(arrived, name) for name in kept] == [getattr(sent, name) for name in kept]
    assert arrived.subject == str(sent.data.rating_id)


def test_versions_may_be_mixed_in_a_batch() -> None:
    newest = wrap(RatedV3(session_id=uuid4(), value=0.5), source="connectors", correlation_id="c")
    other = wrap(Unrelated(thing=uuid4()), source="connectors", correlation_id="c")

    arrived = codec.decode_batch(encode_batch([old_message(), newest, other]))

    assert [type(envelope.data) for envelope in arrived] == [RatedV3, RatedV3, Unrelated]
    assert arrived[1:] == [newest, other]


def test_a_consumer_learns_which_types_arrive_as_its_class() -> None:
    assert known.arriving_as(RatedV3) == (RatedV1.type, RatedV2.type, RatedV3.type)
    assert known.arriving_as(RatedV1) == ()
    assert known.arriving_as(Unrelated) == (Unrelated.type,)
    assert known.newest(RatedV1) is RatedV3


def test_an_old_message_that_means_nothing_new_is_refused_with_its_field() -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        codec.decode(encode(old_message(stars=0)))

    assert [problem.field for problem in caught.value.problems] == ["value"]
    assert "-0.25" not in str(caught.value)


def test_an_old_version_is_still_held_to_its_own_contract() -> None:
    written = json.loads(encode(old_message()))
    written["data"]["stars"] = 6

    with pytest.raises(InvalidPayloadError) as caught:
        codec.decode(written)

    assert [problem.field for problem in caught.value.problems] == ["data.stars"]


class Elsewhere(Event, type="kintell.other.happened.v3", about="thing", registry=Registry()):
    """Registered in a registry of its own."""

    thing: UUID


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (RatedV1, RatedV3, "not the version after"),
        (RatedV3, RatedV2, "not the version after"),
        (RatedV1, Unrelated, "not the version after"),
        (RatedV1, RatedV2, "already"),
        (Unrelated, Elsewhere, "same registry"),
    ],
)
def test_a_step_that_leads_nowhere_is_refused_while_it_loads(
    old: type[Event], new: type[Event], word: str
) -> None:
    with pytest.raises(ContractError, match=word):
        known.upcaster(old, new)


def test_a_registry_of_one_event_decodes_too() -> None:
    alone = Registry()

    class Lonely(Event, type="a.thing.happened.v1", about="thing", registry=alone):
        thing: UUID

    envelope = wrap(Lonely(thing=uuid4()), source="test", correlation_id="c")

    assert Codec(alone).decode(encode(envelope)) == envelope
    with pytest.raises(InvalidPayloadError):
        Codec(alone).decode(encode(old_message()))
