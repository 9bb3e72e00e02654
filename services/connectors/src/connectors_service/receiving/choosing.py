"""Which mapping reads an upload: the usual one, one that is named, brought, or confirmed."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.callers import owner_of, visible_for
from connectors_service.errors import (
    BadMappingError,
    NotConfirmableError,
    UnknownMappingError,
)
from connectors_service.mapping.brought import Brought, as_kept, brought, kept_form, versioned
from connectors_service.mapping.catalogue import find_shipped, mapping_for, mapping_names
from connectors_service.mapping.definition import MappingProblemsError
from connectors_service.mapping.model import Mapping
from connectors_service.receiving.options import Asked
from connectors_service.repository import imports, mappings
from connectors_service.repository.uploads import Uploader
from shared_schema.tables.imports import Import
from shared_utils.auth import Role

_REFERENCE = re.compile(r"[A-Za-z0-9-]+(@[A-Za-z0-9]+)?")
KEPT = "mapping"
"""Where an import's checkpoint holds a mapping that is kept nowhere else."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The mapping of an upload; `brought` if it is not a shipped one."""

    mapping: Mapping
    brought: Brought | None = None


async def chosen_mapping(
    session: AsyncSession, dataset: str, asked: Asked, uploader: Uploader, sha256: bytes
) -> Chosen:
    """Return the mapping that an upload asks for.

    Raises UnknownMappingError, BadMappingError with all problems, NotConfirmableError.
    """
    if asked.confirm is not None:
        return await _confirmed(session, dataset, asked.confirm, uploader, sha256)
    if asked.mapping is None:
        return Chosen(mapping_for(dataset, None))
    if _REFERENCE.fullmatch(asked.mapping):
        return Chosen(await _named(session, dataset, asked.mapping.lower(), uploader))
    found = await asyncio.to_thread(_read, asked.mapping, dataset, owner_of(uploader))
    return Chosen(found.mapping, found)


def _read(text: str, dataset: str, owner: str) -> Brought:
    with _problems_told():
        return brought(text, dataset, owner)


@contextmanager
def _problems_told() -> Iterator[None]:
    try:
        yield
    except MappingProblemsError as error:
        raise BadMappingError([asdict(problem) for problem in error.problems]) from error


async def _named(
    session: AsyncSession, dataset: str, reference: str, uploader: Uploader
) -> Mapping:
    name, _, version = reference.partition("@")
    found = find_shipped(dataset, name, version or None)
    if found is not None:
        return found
    if not version:
        return await _newest(session, dataset, name, uploader)
    visible = visible_for(uploader)
    return _kept(await mappings.kept_mapping(session, dataset, name, version, visible), dataset)


async def _newest(session: AsyncSession, dataset: str, name: str, uploader: Uploader) -> Mapping:
    """Return the newest own mapping of a name: another owner's may bear it and mean otherwise."""
    owner, visible = owner_of(uploader), visible_for(uploader)
    async for definition in mappings.kept_versions(session, dataset, name, visible):
        found = _kept(definition, dataset)
        if versioned(found, owner).mapping.version == found.version:
            return found
    raise UnknownMappingError(tuple(sorted(mapping_names(dataset))))


def _kept(definition: dict[str, Any] | None, dataset: str) -> Mapping:
    if definition is None:
        raise UnknownMappingError(tuple(sorted(mapping_names(dataset))))
    with _problems_told():
        return as_kept(definition)


async def _confirmed(
    session: AsyncSession, dataset: str, dry_run: UUID, uploader: Uploader, sha256: bytes
) -> Chosen:
    """Return the mapping of a dry run of the same file."""
    found = await imports.import_by_id(session, dry_run, visible_for(uploader))
    if found is None or not found.dry_run or found.dataset != dataset:
        raise NotConfirmableError("It is no dry run of this dataset that you may see.")
    if found.sha256 != sha256:
        raise NotConfirmableError(
            "It was made with another file. Try this one, or send the mapping itself."
        )
    proposal = (found.preview or {}).get("proposal")
    if proposal is not None and not proposal["complete"]:
        raise NotConfirmableError(
            "Its proposal is not complete. Complete preview.proposal.yaml, send it as mapping."
        )
    mapping = await used_mapping(session, found)
    if KEPT not in found.checkpoint:
        return Chosen(mapping)
    again = versioned(mapping, owner_of(uploader))
    return Chosen(again.mapping, again)


async def mapping_called(
    session: AsyncSession, found: Import, name: str | None, version: str | None
) -> Mapping:
    """Return a mapping for the rows of an import; unless told, its owner's newest version.

    Raises UnknownMappingError.
    """
    if name == found.mapping and found.checkpoint.get(KEPT):
        return await used_mapping(session, found)
    wanted = name or found.dataset
    if shipped := find_shipped(found.dataset, wanted, version):
        return shipped
    if version is None:
        uploader = Uploader(found.uploaded_by, Role(found.uploaded_role), found.company_id)
        return await _newest(session, found.dataset, wanted, uploader)
    return _kept(
        await mappings.kept_mapping(session, found.dataset, wanted, version), found.dataset
    )


async def used_mapping(session: AsyncSession, found: Import) -> Mapping:
    """Return the mapping that an import is read by; raises UnknownMappingError."""
    if kept := found.checkpoint.get(KEPT):
        return _kept(kept, found.dataset)
    name, version = found.mapping or found.dataset, found.mapping_version or ""
    if shipped := find_shipped(found.dataset, name, version or None):
        return shipped
    return _kept(await mappings.kept_mapping(session, found.dataset, name, version), found.dataset)


async def keep(session: AsyncSession, chosen: Chosen, uploader: Uploader) -> None:
    """Keep a brought mapping for ever."""
    if chosen.brought is not None:
        definition, digest = kept_form(chosen.mapping), chosen.brought.digest
        company_id, subject = uploader.company_id, uploader.subject
        await mappings.keep_mapping(session, definition, digest, company_id, subject)
