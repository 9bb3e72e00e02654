"""From what is recorded of consent to what is shown."""

from collections.abc import Iterable, Mapping

from profile_service.consent.purposes import Purpose, Purposes
from profile_service.consent.schemas import ConsentShape, StatementShape
from profile_service.facts import Json


def consents(
    purposes: Purposes,
    statements: Iterable[Mapping[str, Json]],
    in_force: Mapping[str, bool],
    names_staff: bool,
) -> list[ConsentShape]:
    """Every purpose with its statements, which come newest first."""
    by_purpose: dict[str, list[StatementShape]] = {}
    for said in statements:
        shape = _statement(said, names_staff)
        by_purpose.setdefault(said["purpose"], []).append(shape)
    return [
        _purpose(one, purposes.version, by_purpose.get(one.purpose, []), in_force)
        for one in purposes.purposes
    ]


def _purpose(
    of: Purpose, version: int, history: list[StatementShape], in_force: Mapping[str, bool]
) -> ConsentShape:
    newest = history[0] if history else None
    return ConsentShape.model_validate(
        {
            "purpose": of.purpose,
            "title": of.title,
            "text": of.text,
            "text_version": version,
            "unrecorded": of.unrecorded,
            "in_force": in_force.get(of.purpose, of.default),
            "state": newest and newest.state,
            "since": newest and newest.effective_at,
            "history": history,
        }
    )


def _statement(said: Mapping[str, Json], names_staff: bool) -> StatementShape:
    shown = StatementShape.model_validate(said)
    return shown if names_staff else shown.model_copy(update={"recorded_by": None})
