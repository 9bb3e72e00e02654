"""Mappings that uploads bring: their version is told from their content, their owner kept apart."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from connectors_service.mapping.catalogue import shipped, shipped_as
from connectors_service.mapping.definition import (
    MappingProblemsError,
    Problem,
    from_data,
    read,
)
from connectors_service.mapping.model import Mapping

VERSION_CHARS = 12


@dataclass(frozen=True, slots=True)
class Brought:
    """A mapping with the version and digest that its content and owner give it."""

    mapping: Mapping
    digest: str


def brought(text: str, dataset: str, owner: str) -> Brought:
    """Read the YAML that an upload to `dataset` brings; raises MappingProblemsError."""
    mapping = read(text, shipped_as)
    if mapping.dataset != dataset:
        raise MappingProblemsError((Problem("dataset", f"is not {dataset}, which was sent"),))
    if mapping.name in {name for name, _ in shipped()}:
        message = "is the name of a shipped mapping: choose another for yours"
        raise MappingProblemsError((Problem("name", message),))
    return versioned(mapping, owner)


def versioned(mapping: Mapping, owner: str) -> Brought:
    """Give a mapping its version: the same content of the same owner has the same one."""
    content = json.dumps([owner, mapping.definition], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Brought(mapping.model_copy(update={"version": digest[:VERSION_CHARS]}), digest)


def kept_form(mapping: Mapping) -> dict[str, Any]:
    """Return a mapping as it is kept."""
    return {**mapping.definition, "version": mapping.version}


def as_kept(kept: dict[str, Any]) -> Mapping:
    """Return the mapping of its kept form; raises MappingProblemsError."""
    return from_data(kept, shipped_as)
