"""One OpenAPI document out of all the services': pure merging, no requests."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway_service.rules import Door, Rule, Service

Document = dict[str, Any]
SECURITY_SCHEMES = {
    "login": {
        "type": "oauth2",
        "flows": {
            "password": {
                "tokenUrl": "/v1/auth/token",
                "refreshUrl": "/v1/auth/refresh",
                "scopes": {},
            }
        },
    },
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def merged(
    own: Document, others: Mapping[Service, Document | None], table: Iterable[Rule]
) -> Document:
    """The public document: only what the table lets through, who may call it beside each route.

    A service without a document (None: it did not answer) is named in `x-waymark-unavailable`.
    """
    documents = {Service.GATEWAY: own} | {
        service: document for service, document in others.items() if document is not None
    }
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for service, document in documents.items():
        names = _names(service, document, taken=schemas)
        schemas |= {
            names[name]: _renamed(schema, names) for name, schema in _schemas(document).items()
        }
        for path, method, operation in _allowed(service, document, table):
            paths.setdefault(path, {})[method] = _renamed(operation, names)
    return {
        "openapi": own["openapi"],
        "info": own["info"],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas, "securitySchemes": SECURITY_SCHEMES},
        "x-waymark-unavailable": sorted(
            service.value for service, document in others.items() if document is None
        ),
    }


def _schemas(document: Document) -> dict[str, Any]:
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    return schemas


def _names(service: Service, document: Document, taken: Mapping[str, Any]) -> dict[str, str]:
    """New names for schemas whose name another service uses for something else."""
    return {
        name: f"{service.value}_{name}" if taken.get(name, schema) != schema else name
        for name, schema in _schemas(document).items()
    }


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _reference(key, value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    return node


def _reference(key: str, value: Any, names: Mapping[str, str]) -> Any:
    prefix = "#/components/schemas/"
    if key == "$ref" and isinstance(value, str) and value.startswith(prefix):
        name = value.removeprefix(prefix)
        return prefix + names.get(name, name)
    return _renamed(value, names)


def _allowed(
    service: Service, document: Document, table: Iterable[Rule]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    rules = {
        (rule.method.lower(), _shape(rule.path)): rule for rule in table if rule.service is service
    }
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if rule := rules.get((method, _shape(path))):
                yield path, method, _described(service, operation, rule)


def _described(service: Service, operation: dict[str, Any], rule: Rule) -> dict[str, Any]:
    open_to_all = rule.door in (Door.PUBLIC, Door.INTERNAL)
    return {
        **operation,
        "tags": operation.get("tags") or [service.value],
        "operationId": f"{service.value}-{operation.get('operationId', rule.path)}",
        "security": [] if open_to_all else [{"login": []}, {"token": []}, {"key": []}],
        "x-waymark-who": sorted(rule.who) or [rule.door.value],
    }


def _shape(path: str) -> tuple[str, ...]:
    """A path whose parameters' names do not matter: `/a/{b}` and `/a/{c}` are the same."""
    return tuple("{}" if part.startswith("{") else part for part in path.split("/"))
