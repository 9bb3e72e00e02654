"""Requests in: score texts, read the taxonomy, look at what was recorded."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from event_contracts import Dimension
from q2q_ai_service import repository
from q2q_ai_service.errors import RepeatedDimensionError
from q2q_ai_service.providers import Item, Provider
from q2q_ai_service.schemas import (
    OutcomeOut,
    ScoredText,
    ScoredTexts,
    ScoreIn,
    ScoreOut,
    TaxonomyOut,
)
from q2q_ai_service.taxonomy import load_taxonomy
from shared_utils.auth import AdminOrReviewer
from shared_utils.deps import Read
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor, place_of

router = APIRouter(prefix="/q2q", tags=["q2q"])


async def provider_in_use(request: Request) -> Provider:
    """Return the provider that the composition root chose."""
    provider: Provider = request.app.state.provider
    return provider


ChosenProvider = Annotated[Provider, Depends(provider_in_use)]


@router.post("/score")
async def score_texts(
    body: ScoreIn, provider: ChosenProvider, caller: AdminOrReviewer
) -> ScoredTexts:
    """Score texts, or say why not; nothing is stored."""
    dimensions = body.dimensions or list(Dimension)
    if len(set(dimensions)) != len(dimensions):
        raise RepeatedDimensionError
    items = [Item(text.text, text.language) for text in body.texts]
    scored = await provider.score(items, dimensions)
    return ScoredTexts(
        items=[
            ScoredText(scores=[ScoreOut.of(score, item) for score in scores])
            for item, scores in zip(items, scored, strict=True)
        ]
    )


@router.get("/taxonomy")
async def show_taxonomy(caller: AdminOrReviewer) -> TaxonomyOut:
    """Return the dimensions that texts are scored for."""
    return TaxonomyOut.model_validate(load_taxonomy())


@router.get("/outcomes")
async def list_outcomes(
    session: Read,
    caller: AdminOrReviewer,
    dimension: Dimension | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OutcomeOut]:
    """Return recorded scores and abstentions, the newest first."""
    before = place_of(cursor, datetime, UUID)
    found = await repository.outcomes_before(session, dimension, before, limit + 1)
    items = [OutcomeOut.model_validate(row) for row in found]
    return Page(items=items[:limit], next=next_cursor(items, limit, _place))


def _place(item: OutcomeOut) -> tuple[datetime, UUID]:
    return item.created_at, item.score_id
