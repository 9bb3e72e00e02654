"""One document of all services: pure merging."""

from typing import Any

from gateway_service.access import TABLE
from gateway_service.openapi import merged
from gateway_service.rules import Rule, Service

PROFILE_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Profile", "version": "1"},
    "paths": {
        "/v1/profile/{id}": {
            "get": {
                "operationId": "show",
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Health"}}
                        }
                    }
                },
            },
            "options": {"responses": {}},
        },
        "/v1/internal/secrets": {"get": {"responses": {}}},
        "/health": {"get": {"responses": {}}},
    },
    "components": {"schemas": {"Health": {"type": "string"}, "Other": {"type": "integer"}}},
}

OWN: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Waymark", "version": "1"},
    "paths": {},
    "components": {"schemas": {"Health": {"type": "object"}}},
}


def test_two_schemas_of_one_name_are_kept_apart() -> None:
    table = (Rule("GET", "/v1/profile/{person_id}", Service.PROFILE),)

    document = merged(OWN, {Service.PROFILE: PROFILE_DOCUMENT}, table)

    shown = document["paths"]["/v1/profile/{id}"]["get"]["responses"]["200"]
    reference = shown["content"]["application/json"]["schema"]["$ref"]
    assert reference == "#/components/schemas/profile_Health"
    assert document["components"]["schemas"] == {
        "Health": {"type": "object"},
        "profile_Health": {"type": "string"},
        "Other": {"type": "integer"},
    }


def test_a_route_of_another_service_is_not_taken_for_its_own() -> None:
    document = merged(OWN, {Service.SAFETY: PROFILE_DOCUMENT}, TABLE)

    assert document["paths"] == {}
