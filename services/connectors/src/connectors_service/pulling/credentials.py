"""The secret of a source: sealed for its name and host, so that it goes nowhere else."""

import httpx

from connectors_service.pulling.definition import Definition, NoAuth
from connectors_service.pulling.errors import SecretMissingError
from connectors_service.pulling.hosts import origin_text
from shared_schema.tables.imports import Source
from shared_utils.sealing import BrokenSealError, Seal


def place_of(name: str, definition: Definition) -> str:
    """Return what a source's secret is bound to: a new host or way of sending needs it anew."""
    way = definition.auth.model_dump_json()
    return f"source:{name} {way} {origin_text(httpx.URL(definition.base_url))}"


def secret_of(seal: Seal, source: Source, definition: Definition) -> str | None:
    """Open a source's secret; None where it needs none. Raises SecretMissingError."""
    if isinstance(definition.auth, NoAuth):
        return None
    if source.sealed_secret is None:
        raise SecretMissingError
    try:
        return seal.open(source.sealed_secret, place_of(source.name, definition))
    except BrokenSealError:
        raise SecretMissingError from None
