"""Every refusal is a problem; a defect tells the caller nothing and us everything but the data."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, HTTPException
from starlette.responses import PlainTextResponse

from shared_utils.errors import (
    ConflictError,
    NotFoundError,
    TooManyRequestsError,
    UnavailableError,
    WaymarkError,
)
from shared_utils.http import problem_for

Serve = Callable[..., Awaitable[httpx.AsyncClient]]

SECRET = "zoe@example.org"

router = APIRouter()


class OverlapError(ConflictError):
    type = "overlap"
    title = "The periods overlap"


@router.get("/fail/{kind}")
async def fail(kind: str) -> str:
    """Fail in the way that is asked for."""
    failures: dict[str, BaseException] = {
        "defect": ValueError(f"no such person: {SECRET}"),
        "group": ExceptionGroup("x", [ValueError(SECRET), KeyError(SECRET)]),
        "expected group": ExceptionGroup("x", [NotFoundError()]),
        "overlap": OverlapError("Choose another period.", periods=["2026-Q1"]),
        "busy": TooManyRequestsError(retry_after=7),
        "down": UnavailableError(),
        "framework": HTTPException(418, detail=SECRET, headers={"X-Tea": "yes"}),
        "framework 403": HTTPException(403, detail=SECRET),
        "strange": HTTPException(499, detail=SECRET),
    }
    raise failures[kind]


@router.get("/wrong-answer")
async def answer_wrongly() -> int:
    """Answer something else than is declared."""
    wrong: Any = SECRET
    return wrong  # type: ignore[no-any-return]


@router.get("/plain")
async def refuse_plainly() -> PlainTextResponse:
    """Refuse as the framework does, with a word."""
    return PlainTextResponse(SECRET, status_code=409)


@router.put("/thing")
async def put_thing() -> str:
    """Answer."""
    return "put"


EXPECTED = {
    "defect": (500, "internal-error", {}),
    "group": (500, "internal-error", {}),
    "expected group": (404, "not-found", {}),
    "overlap": (409, "overlap", {"detail": "Choose another period.", "periods": ["2026-Q1"]}),
    "busy": (429, "too-many-requests", {}),
    "down": (503, "unavailable", {}),
    "framework 403": (403, "forbidden", {}),
}


@pytest.mark.parametrize("kind", EXPECTED)
async def test_a_failure_becomes_its_problem(serve: Serve, kind: str) -> None:
    status, slug, members = EXPECTED[kind]
    client = await serve(router)

    answer = await client.get(f"/v1/fail/{kind}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:waymark:problem:{slug}"
    assert members.items() <= problem.items()
    assert problem["correlation_id"] == answer.headers["x-correlation-id"]
    assert SECRET not in answer.text


async def test_retry_after_is_a_header(serve: Serve) -> None:
    client = await serve(router)

    assert (await client.get("/fail/busy")).headers["retry-after"] == "7"
    assert (await client.get("/fail/down")).headers["retry-after"] == "5"


async def test_a_status_without_a_type_of_ours_keeps_status_and_headers(serve: Serve) -> None:
    client = await serve(router)

    for kind, status in (("framework", 418), ("strange", 499)):
        answer = await client.get(f"/fail/{kind}")
        assert (answer.status_code, answer.json()["type"]) == (status, "about:blank")
        assert SECRET not in answer.text
    assert (await client.get("/fail/framework")).headers["x-tea"] == "yes"


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/thing", "/thing/", "/v1/fail", "/docs/x"])
async def test_an_unknown_address_is_a_problem(serve: Serve, path: str) -> None:
    client = await serve(router)

    answer = await client.get(path)

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:waymark:problem:not-found")


async def test_an_unknown_method_is_a_problem_that_names_the_known(serve: Serve) -> None:
    client = await serve(router)

    for method in ("GET", "DELETE", "BREW", "TRACE"):
        answer = await client.request(method, "/v1/thing")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "PUT"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_framework_s_plain_words_become_a_problem(serve: Serve) -> None:
    client = await serve(router)

    answer = await client.get("/plain")

    assert (answer.status_code, answer.json()["status"]) == (409, 409)
    assert SECRET not in answer.text


async def test_a_wrong_answer_of_ours_is_a_500_that_does_not_show_it(serve: Serve) -> None:
    client = await serve(router)

    answer = await client.get("/wrong-answer")

    assert answer.status_code == 500
    assert SECRET not in answer.text


async def test_every_answer_forbids_guessing_framing_and_keeping(serve: Serve) -> None:
    client = await serve(router)

    for path in ("/v1/thing", "/nowhere", "/fail/defect", "/health/live", "/openapi.json"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in headers


async def test_the_documentation_needs_no_network(serve: Serve) -> None:
    client = await serve(router)

    page = await client.get("/docs")

    assert page.status_code == 200
    assert "https://" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for part in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert part in page.text
        assert (await client.get(f"/static-offline-docs/{part}")).status_code == 200
    assert (await client.get("/static-offline-docs/../core.py")).status_code == 404


async def test_the_openapi_document_holds_the_long_form_and_its_problems(serve: Serve) -> None:
    client = await serve(router)

    document = (await client.get("/openapi.json")).json()

    assert set(document["paths"]) == {
        "/v1/fail/{kind}",
        "/v1/wrong-answer",
        "/v1/plain",
        "/v1/thing",
    }
    responses = document["paths"]["/v1/fail/{kind}"]["get"]["responses"]
    assert set(responses) == {"200", "4XX", "5XX"}
    assert set(responses["4XX"]["content"]) == {"application/problem+json"}


def test_every_expected_failure_has_a_status_a_slug_and_a_title() -> None:
    waiting: list[type[WaymarkError]] = [WaymarkError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        assert 400 <= kind.status <= 599
        assert kind.type == kind.type.lower()
        assert " " not in kind.type
        assert kind.title


def test_any_failure_at_all_has_a_problem() -> None:
    for failure in (KeyboardInterrupt(), MemoryError(), RecursionError(), TimeoutError()):
        assert problem_for(failure).status == 500
