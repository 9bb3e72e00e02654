"""What left to companies: so that a person can be told who got a figure made of their facts."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from shared_schema.base import Base, Key, Now, TextKey, check


class ReleasedFigure(Base):
    __tablename__ = "released_figures"
    __table_args__ = (
        check("window", "ends_at > starts_at", "A period has a length."),
        {"schema": "insight", "comment": "Which company was shown which figure: once a digest."},
    )

    company_id: Mapped[Key]
    period: Mapped[TextKey]
    metric: Mapped[TextKey]
    digest: Mapped[TextKey] = mapped_column(comment="Of the inputs, keyed, as it was shown")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    first_shown_at: Mapped[Now]
