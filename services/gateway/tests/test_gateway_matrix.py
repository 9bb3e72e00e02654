"""The authorisation matrix over HTTP: every row, every role, own and foreign."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from services.gateway.tests.conftest import Gateway, Upstream

from gateway_service.access import TABLE
from gateway_service.rules import Door, Rule, Seat, Service, Tenant

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN, FOREIGN = uuid4(), uuid4()
COMPANY = {Seat.COMPANY_MANAGER: "manager", Seat.COMPANY_MEMBER: "member"}
PEOPLE = {Seat.PARTICIPANT, Seat.VOLUNTEER}
SCOPES = frozenset({"import:kintell", "webhook:kintell"})
GUARDED = [rule for rule in TABLE if rule.door in (Door.SIGNED_IN, Door.WEBHOOK)]


@dataclass(frozen=True)
class Try:
    """One cell of the matrix."""

    rule: Rule
    seat: Seat
    subject: UUID

    @property
    def path(self) -> str:
        parts = self.rule.path.split("/")
        return "/".join(self._filled(part) for part in parts)

    def _filled(self, part: str) -> str:
        if not part.startswith("{"):
            return part
        return str(self.subject) if part.endswith("_id}") else "kintell"

    @property
    def expected(self) -> int | None:
        """The refusal's status; None where the request goes through."""
        if self.seat not in self.rule.who:
            return 403
        tied = (self.rule.tenant is Tenant.COMPANY and self.seat in COMPANY) or (
            self.rule.tenant is Tenant.PERSON and self.seat in PEOPLE
        )
        return 404 if tied and self.subject == FOREIGN else None


def who(seat: Seat) -> tuple[str, dict[str, Any]]:
    """The role and the claims of a seat."""
    if seat in COMPANY:
        return "company_user", {"company_id": OWN, "position": COMPANY[seat]}
    if seat in PEOPLE:
        return seat.value, {"person_id": OWN}
    return seat.value, {"scopes": SCOPES} if seat is Seat.PARTNER else {}


def cells() -> Iterator[Try]:
    for rule in GUARDED:
        for seat in Seat:
            yield Try(rule, seat, OWN)
            yield Try(rule, seat, FOREIGN)


def reached(upstreams: dict[Service, Upstream]) -> int:
    return sum(len(upstream.seen) for upstream in upstreams.values())


async def test_every_cell_of_the_matrix(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    bearers = {seat: gateway.keyset.token(who(seat)[0], **who(seat)[1]) for seat in Seat}
    wrong = []
    for cell in cells():
        before = reached(upstreams)
        headers = {"Authorization": f"Bearer {bearers[cell.seat]}"}
        answered = await gateway.anyone.request(cell.rule.method, cell.path, headers=headers)
        passed = reached(upstreams) - before
        if not _as_expected(cell, answered, passed):
            wrong.append((cell.rule.key, cell.seat, cell.subject == OWN, answered.status_code))

    assert wrong == []
    assert reached(upstreams) > 100


def _as_expected(cell: Try, answered: httpx.Response, passed: int) -> bool:
    if cell.expected is not None:
        return answered.status_code == cell.expected and passed == 0
    if cell.rule.service is Service.GATEWAY:
        return answered.status_code not in (401, 403, 405, 500)
    return answered.status_code == 200 and passed == 1


async def test_without_a_token_no_guarded_row_lets_anything_through(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    for rule in GUARDED:
        answered = await gateway.anyone.request(rule.method, Try(rule, Seat.ADMIN, OWN).path)
        assert answered.status_code == 401, rule.key
        assert answered.headers["www-authenticate"] == "Bearer"

    assert reached(upstreams) == 0


async def test_a_foreign_company_looks_exactly_like_none(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    rows = [rule for rule in GUARDED if rule.tenant is Tenant.COMPANY]
    async with gateway.as_("company_user", company_id=OWN, position="manager") as member:
        for rule in rows:
            answers = [
                await member.request(rule.method, Try(rule, Seat.COMPANY_MANAGER, company).path)
                for company in (FOREIGN, uuid4())
            ]
            foreign, absent = ({**one.json(), "correlation_id": None} for one in answers)
            assert {one.status_code for one in answers} == {404}, rule.key
            assert foreign == absent, rule.key
            assert set(answers[0].headers) == set(answers[1].headers), rule.key

    assert len(rows) >= 5
    assert reached(upstreams) == 0


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "e30.e30.e30",
        "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.",
        "a" * 5000,
    ],
)
async def test_a_token_that_is_not_ours_is_nobody(
    gateway: Gateway, upstreams: dict[Service, Upstream], token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}

    answered = await gateway.anyone.get("/v1/imports", headers=headers)

    assert answered.status_code == 401
    assert reached(upstreams) == 0


async def test_a_partner_without_the_scope_is_forbidden(gateway: Gateway) -> None:
    async with gateway.as_("partner", scopes=frozenset({"import:kintell-users"})) as partner:
        other = await partner.post("/v1/import/kintell-sessions")
        same = await partner.post("/v1/import/kintell-users")

    assert (other.status_code, same.status_code) == (403, 200)


async def test_a_signed_webhook_needs_no_token_and_an_unsigned_one_does(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    signed = {"webhook-id": "1", "webhook-timestamp": "2", "webhook-signature": "v1,x"}
    path = "/v1/webhooks/kintell/session"

    passed = await gateway.anyone.post(path, headers=signed, content=b"{}")
    refused = await gateway.anyone.post(path, content=b"{}")

    (seen,) = upstreams[Service.CONNECTORS].seen
    assert (passed.status_code, refused.status_code) == (200, 401)
    assert seen.header("webhook-signature") == "v1,x"
    assert seen.header("authorization") is None


async def test_every_own_row_has_a_route_and_every_own_route_a_row(
    gateway: Gateway,
) -> None:
    document = gateway.app.openapi()
    routes = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    routes |= {("GET", path) for path in UNDOCUMENTED}

    assert routes == {rule.key for rule in TABLE if rule.service is Service.GATEWAY}


UNDOCUMENTED = {
    "/openapi.json",
    "/docs",
    "/docs/oauth2-redirect",
    "/static-offline-docs/{asset}",
    "/metrics",
    "/health",
    "/health/live",
    "/health/ready",
    "/health/startup",
}


@pytest.mark.parametrize("path", sorted(UNDOCUMENTED - {"/static-offline-docs/{asset}"}))
async def test_an_undocumented_page_is_there(gateway: Gateway, path: str) -> None:
    assert (await gateway.anyone.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/auth/token", "/me", "/users", "/api-keys", "/audit"])
async def test_the_short_forms_are_not_open_to_the_outside(
    gateway: Gateway, admin: httpx.AsyncClient, path: str
) -> None:
    assert (await admin.get(path)).status_code == 404
    assert (await admin.post(path)).status_code == 404
