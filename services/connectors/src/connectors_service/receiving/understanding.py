"""How an upload is to be read: its mapping matched with its columns, or a proposal if none does."""

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors_service.datasets.badges import TAKES_BADGES
from connectors_service.datasets.base import Dataset
from connectors_service.errors import MissingColumnsError, NoHeaderError
from connectors_service.mapping.brought import Brought, kept_form, versioned
from connectors_service.mapping.definition import MappingProblemsError, from_data
from connectors_service.mapping.plan import Plan, matched, plan_for
from connectors_service.mapping.proposing.evidence import takes
from connectors_service.mapping.proposing.proposal import Proposal, propose
from connectors_service.reading.refusals import BadgesElsewhereError
from connectors_service.reading.structure import Record, Structure
from connectors_service.receiving.choosing import KEPT, Chosen
from connectors_service.receiving.options import Asked
from connectors_service.receiving.preview import columns_proposed, preview_of
from connectors_service.rules import values

_EMAIL = values.email


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that arrived whole: how it is built, its name, and the first of its rows."""

    structure: Structure
    filename: str
    rows: list[Record]


@dataclass(frozen=True, slots=True)
class Understood:
    """The mapping an upload is read by, what to show of it, and what its checkpoint adds."""

    chosen: Chosen
    preview: dict[str, Any]
    checkpoint: dict[str, Any] = field(default_factory=dict)


async def understood(
    dataset: Dataset[Any], chosen: Chosen, asked: Asked, sent: Sent, owner: str
) -> Understood:
    """Match an upload with its mapping.

    Where required columns are missing, a dry run goes on with what is proposed, if that is
    complete, or shows it and ends there; else raises MissingColumnsError with the proposal.
    """
    return await asyncio.to_thread(_understood, dataset, chosen, asked, sent, owner)


def _understood(
    dataset: Dataset[Any], chosen: Chosen, asked: Asked, sent: Sent, owner: str
) -> Understood:
    _check_badges(dataset, sent.structure)
    headers = sent.structure.dialect.headers
    try:
        plan = plan_for(dataset, chosen.mapping, headers, sent.filename, asked.program)
    except MissingColumnsError as error:
        if any(takes(_EMAIL, header) for header in headers):
            raise NoHeaderError from error  # names of columns are shown, people's addresses not
        found = propose(dataset, chosen.mapping, headers, sent.rows)
        usable = _usable(found, owner)
        if not asked.dry_run:
            lacking = tuple((each.field, each.why) for each in found.lacking)
            raise MissingColumnsError(error.columns, _shown(found, usable), lacking) from error
        return _with_proposal(dataset, chosen, asked, sent, found, usable)
    return _with_plan(plan, chosen, asked, sent)


def _check_badges(dataset: Dataset[Any], structure: Structure) -> None:
    if structure.badges and dataset.name != TAKES_BADGES:
        raise BadgesElsewhereError(structure.badges)


def _with_plan(plan: Plan, chosen: Chosen, asked: Asked, sent: Sent) -> Understood:
    preview = preview_of(sent.structure, plan, sent.rows if asked.dry_run else [])
    kept = {KEPT: kept_form(chosen.mapping)} if chosen.brought and asked.dry_run else {}
    return Understood(chosen, preview, kept)


def _with_proposal(
    dataset: Dataset[Any],
    chosen: Chosen,
    asked: Asked,
    sent: Sent,
    proposal: Proposal,
    usable: Brought | None,
) -> Understood:
    used = Chosen(usable.mapping, usable) if usable else chosen
    headers = sent.structure.dialect.headers
    plan = matched(dataset, used.mapping, headers, sent.filename, asked.program)
    known = _with_plan(plan, used, asked, sent)
    known.preview.update(columns_proposed(known.preview, proposal))
    known.preview["proposal"] = _shown(proposal, usable)
    return known


def _usable(proposal: Proposal, owner: str) -> Brought | None:
    """Return the proposed mapping, if it can be used as it stands."""
    if not proposal.complete:
        return None
    try:
        return versioned(from_data(proposal.definition, lambda _: None), owner)
    except MappingProblemsError:
        return None


def _shown(proposal: Proposal, usable: Brought | None) -> dict[str, Any]:
    """Return a proposal as it is shown: it repeats nothing that the rows hold."""
    return {
        "complete": usable is not None,
        "yaml": proposal.text,
        "missing": list(proposal.missing),
        "lacking": [asdict(each) for each in proposal.lacking],
        "doubtful": list(proposal.doubtful),
        "notes": list(proposal.notes),
        "columns": [asdict(column) for column in proposal.columns],
    }
