"""Kintell sessions by columns: what `datasets.kintell_sessions` says of single rows."""

import polars as pl

from connectors_service.columns.declaring import InColumns, Staged, Words, person
from connectors_service.datasets.base import FileFacts
from event_contracts.vocabulary import FactType, FromRole, SessionStatus

_PARTICIPANT, _VOLUNTEER = "participant_email", "volunteer_email"
_COMPLETED = SessionStatus.COMPLETED.value


def _programme(file: FileFacts) -> pl.Expr:
    """As `session_type_of` tells it."""
    stated = pl.col("session_type")
    if file.by_headers:
        return stated.fill_null(file.by_headers)
    folded = pl.col("session_id").str.to_uppercase()
    by_prefix = [
        pl.when(folded.str.starts_with(start)).then(pl.lit(name))
        for start, name in file.id_prefixes
    ]
    return pl.coalesce(stated, *by_prefix, pl.lit(file.otherwise, pl.String))


def _status() -> pl.Expr:
    """As `status_of` tells it."""
    return pl.coalesce(
        pl.col("status"),
        pl.when(pl.col("completed_at").is_not_null()).then(pl.lit(_COMPLETED)),
        pl.when(pl.col("cancelled_at").is_not_null()).then(pl.lit(SessionStatus.CANCELLED.value)),
        pl.lit(SessionStatus.SCHEDULED.value),
    )


def _derived(frame: pl.DataFrame, file: FileFacts) -> pl.DataFrame:
    return frame.with_columns(
        _programme(file).alias("session_type"),
        _status().alias("status"),
        pl.coalesce("completed_at", "scheduled_at").alias("held_at"),
    )


_SOUND = (
    pl.col("session_type").is_not_null()
    & (pl.col("completed_at").is_null() | (pl.col("completed_at") >= pl.col("scheduled_at")))
    & ((pl.col("status") == _COMPLETED) == pl.col("completed_at").is_not_null())
    & (pl.col(_PARTICIPANT) != pl.col(_VOLUNTEER))
)
"""No breach of `kintell_sessions.breaches`."""

IN_COLUMNS = InColumns(
    derived=_derived,
    sound=_SOUND,
    people=(_PARTICIPANT, _VOLUNTEER),
    known_as="session_id",
    staged={
        FactType.KINTELL_SESSION: Staged(
            columns={
                "external_id": pl.col("session_id"),
                "session_type": pl.col("session_type"),
                "status": pl.col("status"),
                "participant_id": pl.col(person(_PARTICIPANT)),
                "volunteer_id": pl.col(person(_VOLUNTEER)),
                "scheduled_at": pl.col("scheduled_at"),
                "completed_at": pl.col("completed_at"),
                "cancelled_at": pl.col("cancelled_at"),
                "duration_minutes": pl.col("duration_minutes"),
                "language_level": pl.col("language_level"),
                "focus_area": pl.col("focus_area"),
            },
            words=Words("feedback_text", person(_PARTICIPANT), "held_at"),
            details={"topics": "topics", "goals": "goals_discussed", "metadata": "metadata"},
        ),
        FactType.KINTELL_RATING: Staged(
            columns={
                "session_id": pl.lit(None, pl.String),
                "from_role": pl.lit(FromRole.PARTICIPANT.value),
                "value": pl.col("rating"),
                "rated_at": pl.col("held_at"),
            },
            needs="rating",
        ),
    },
)
