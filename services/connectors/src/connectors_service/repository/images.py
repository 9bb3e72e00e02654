"""Before-images: how long they are kept, and that they go with an erased person."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.pii import BeforeImage

PEOPLE = ("person_id", "participant_id", "volunteer_id", "buddy_id")


async def forget_old_images(session: AsyncSession, keep_days: int) -> int:
    """Delete the images that are older than they may be kept; say how many."""
    old = BeforeImage.created_at < func.now() - timedelta(days=keep_days)
    gone = await session.scalars(delete(BeforeImage).where(old).returning(BeforeImage.revision))
    return len(gone.all())


async def forget_images_of(session: AsyncSession, person_id: UUID) -> int:
    """Delete the images that name an erased person; say how many."""
    named = or_(*(BeforeImage.image[name].astext == str(person_id) for name in PEOPLE))
    gone = await session.scalars(delete(BeforeImage).where(named).returning(BeforeImage.revision))
    return len(gone.all())
