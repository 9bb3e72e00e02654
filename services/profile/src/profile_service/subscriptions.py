"""The events that profiles are built from, live and by replay."""

from event_contracts import (
    FACTS,
    Event,
    ExternalIdLinked,
    FactRetracted,
    PersonCreated,
    ScoreOverridden,
    ScoreRecorded,
    ScoreRetracted,
)

PROJECTED: tuple[type[Event], ...] = (
    *FACTS,
    FactRetracted,
    ExternalIdLinked,
    PersonCreated,
    ScoreRecorded,
    ScoreOverridden,
    ScoreRetracted,
)
