"""Sources are defined by staff alone, checked at once, tried, changed and logged."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from services.connectors.tests.partner_api import Reply, listed, partner_api
from services.connectors.tests.source_client import INCREMENTAL, SOURCE, Client, companies

from connectors_service.pulling.addresses import Policy
from connectors_service.pulling.checking import check
from connectors_service.pulling.definition import Definition
from connectors_service.pulling.errors import BadSourceError
from connectors_service.pulling.schemas import NewSource


@pytest.fixture
async def client(build_connectors: Any) -> AsyncIterator[Client]:
    async with partner_api() as api:
        connectors = await build_connectors(pull_allowed_networks="127.0.0.0/8")
        yield Client(connectors, api)


async def test_each_change_is_in_the_audit_log(client: Client) -> None:
    await client.create()
    await client.call("PATCH", "/partner-companies", json={"per_second": 1})
    await client.call("POST", "/partner-companies/pull")
    await client.call("DELETE", "/partner-companies")

    rows = await client.connectors.rows(
        "SELECT actor, role, action, object_id FROM ops.audit_log ORDER BY audit_id"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("test-admin", "admin", f"source.{action}", "partner-companies")
        for action in ("created", "changed", "pulled", "removed")
    ]


OPERATIONS = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/partner-companies"),
    ("PUT", "/partner-companies"),
    ("PATCH", "/partner-companies"),
    ("DELETE", "/partner-companies"),
    ("POST", "/partner-companies/pull"),
    ("POST", "/partner-companies/test"),
]
MANAGER = {"company_id": UUID("01890000-0000-7000-8000-000000000001"), "position": "manager"}
STRANGERS: list[tuple[str, dict[str, Any]]] = [
    ("partner", {"scopes": frozenset({"import:companies"})}),
    ("company_user", MANAGER),
    ("reviewer", {}),
    ("participant", {}),
]


async def test_only_staff_may_see_and_change_sources(client: Client) -> None:
    await client.create()
    whole = {**SOURCE, "base_url": client.api.url}
    for role, claims in STRANGERS:
        headers = client.connectors.signed(role, **claims)
        for method, path in OPERATIONS:
            body = whole if path == "" else {k: v for k, v in whole.items() if k != "name"}
            answer = await client.call(method, path, headers=headers, json=body)
            assert answer.status_code == 403, (role, method, path)


async def test_a_trial_shows_how_a_page_would_be_read_and_stores_nothing(client: Client) -> None:
    bad = [{"company_id": "", "name": "Nameless", "size": {"staff": 3}}]
    client.api.answer = lambda asked: listed({"data": companies(0, 2) + bad})
    await client.create(
        pagination={"style": "page"}, incremental={**INCREMENTAL, "initial": "2026-01-01"}
    )

    tried = (await client.call("POST", "/partner-companies/test")).json()

    assert (tried["records"], tried["accepted"], tried["refused"]) == (3, 2, 1)
    assert (tried["has_next"], tried["since"], tried["problem"]) == (True, "2026-01-01", None)
    assert [(error["row"], error["code"]) for error in tried["errors"]] == [(3, "E002")]
    columns = {
        column["header"]: (column["field"], column["samples"]) for column in tried["columns"]
    }
    assert columns["company_id"] == ("company_id", ["c0", "c1"])
    assert columns["size"] == (None, ['{"staff":3}'])
    assert await client.connectors.value("SELECT count(*) FROM ops.imports") == 0

    client.api.answer = lambda asked: Reply(status=403)
    refused = await client.call("POST", "/partner-companies/test")
    assert (refused.status_code, refused.json()["problem"]["answered"]) == (200, 403)


CANNOT_WORK: list[tuple[dict[str, Any], str]] = [
    ({"dataset": "unknown"}, "dataset"),
    ({"mapping": "unknown"}, "mapping"),
    ({"program": "language"}, "program"),
    ({"base_url": "http://169.254.169.254"}, "base_url"),
    ({"base_url": "http://10.0.0.1"}, "base_url"),
    ({"base_url": "https://user:pass@api.example"}, "base_url"),
    ({"base_url": "https://api.example?x=1"}, "base_url"),
    ({"secret": None}, "secret"),
    ({"incremental": {**INCREMENTAL, "initial": "soon"}}, "incremental.initial"),
    ({"params": {"page": "1"}, "pagination": {"style": "page"}}, "params"),
]


async def test_a_source_that_cannot_work_is_refused_at_once(client: Client) -> None:
    for change, at in CANNOT_WORK:
        answer = await client.call(
            "POST", "", json={**SOURCE, "base_url": client.api.url, **change}
        )

        assert answer.status_code == 422, change
        assert (answer.json()["type"], answer.json()["at"]) == (
            "urn:waymark:problem:bad-source",
            at,
        )
    assert (await client.call("GET", "")).json()["items"] == []


async def test_a_secret_serves_its_own_host_alone(client: Client) -> None:
    """Whoever may change a source can't have its secret sent to a host of their own."""
    await client.create()

    moved = await client.call(
        "PATCH", "/partner-companies", json={"base_url": "https://evil.example"}
    )
    other = await client.call(
        "PATCH", "/partner-companies", json={"auth": {"kind": "header", "name": "X"}}
    )
    given = await client.call(
        "PATCH", "/partner-companies", json={"base_url": "https://b.example", "secret": "new"}
    )

    assert (moved.status_code, moved.json()["at"]) == (422, "secret")
    assert (other.status_code, other.json()["at"]) == (422, "secret")
    assert (given.status_code, given.json()["has_secret"]) == (200, True)


async def test_members_are_changed_one_by_one_and_checked_alike(client: Client) -> None:
    await client.create()

    changed = await client.call(
        "PATCH", "/partner-companies", json={"every_seconds": 600, "enabled": False}
    )
    wrong = await client.call(
        "PATCH", "/partner-companies", json={"pagination": {"style": "page", "first": -1}}
    )
    unknown = await client.call("PATCH", "/partner-companies", json={"nonsense": 1})
    listing = await client.call("GET", "?limit=1")
    twice = await client.call("POST", "", json={**SOURCE, "base_url": client.api.url})

    assert (changed.json()["every_seconds"], changed.json()["next_run_at"]) == (600, None)
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert wrong.json()["errors"][0]["at"][:2] == ["body", "pagination"]
    assert [each["name"] for each in listing.json()["items"]] == ["partner-companies"]
    assert twice.status_code == 409


async def test_private_addresses_are_refused_without_a_setting(build_connectors: Any) -> None:
    async with partner_api() as api:
        client = Client(await build_connectors(), api)
        by_number = await client.call("POST", "", json={**SOURCE, "base_url": api.url})
        await client.create(base_url=f"http://localhost:{api.port}")
        tried = (await client.call("POST", "/partner-companies/test")).json()

        assert by_number.status_code == 422
        assert tried["problem"]["type"] == "urn:waymark:problem:source-address-refused"
        assert tried["problem"]["setting"] == "WAYMARK_PULL_ALLOWED_NETWORKS"
        assert api.asked == []


MEMBERS = ("kind", "style", "name", "parameter", "next", "field", "size", "ends", "initial")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=6,
)
SOURCES = st.fixed_dictionaries(
    {
        "name": st.just("a"),
        "dataset": st.just("companies"),
        "base_url": st.just("https://a.example"),
    },
    optional=dict.fromkeys(NewSource.model_fields.keys() - {"name", "dataset", "base_url"}, VALUES),
)


@settings(max_examples=150, deadline=None)
@given(given_members=SOURCES)
def test_any_definition_is_taken_whole_or_refused(given_members: dict[str, Any]) -> None:
    try:
        source = NewSource.model_validate(given_members)
        definition = source.definition()
        check(source.dataset, definition, Policy())
    except (ValidationError, BadSourceError):
        return
    assert Definition.model_validate(definition.stored()) == definition


async def test_a_secret_is_sent_under_the_name_it_was_given_for_alone(client: Client) -> None:
    await client.create(auth={"kind": "header", "name": "X-Api-Key"})

    renamed = await client.call(
        "PATCH", "/partner-companies", json={"auth": {"kind": "header", "name": "X-Other"}}
    )

    assert (renamed.status_code, renamed.json()["at"]) == (422, "secret")


async def test_a_trial_does_not_show_a_secret_that_stands_in_the_address(client: Client) -> None:
    client.api.answer = lambda asked: listed({"data": companies(0, 1)})
    await client.create(auth={"kind": "query", "parameter": "key"})

    tried = await client.call("POST", "/partner-companies/test")

    assert client.api.asked[-1].query["key"] == "s3cret-token"
    assert tried.json()["url"] == f"{client.api.url}/v1/companies"
    assert "s3cret" not in tried.text
