"""What can go wrong here in expected ways; none says more than the caller may know."""

from shared_utils.errors import ConflictError, NotFoundError, UnprocessableError


class UnknownPersonError(NotFoundError):
    """No person has this id, or none that the caller may see."""

    type = "unknown-person"
    title = "There is no such person"


class UnknownCompanyError(NotFoundError):
    """No company has this id, or none that the caller may see."""


class UnknownMetricError(NotFoundError):
    """No figure has this name."""

    type = "unknown-metric"
    title = "There is no such figure"
    default_detail = "The names of all figures stand in the company's metrics."


class NoTraceError(NotFoundError):
    """The figure is not shown to the caller, so there is nothing to trace."""

    type = "no-trace"
    title = "A figure that isn't shown has no trace"


class UnknownPeriodError(UnprocessableError):
    """The period is no month, quarter or year."""

    type = "unknown-period"
    title = "This is no period"
    default_detail = "Periods are months (2026-03), quarters (2026-Q1) and years (2026)."


class UnknownFlagError(UnprocessableError):
    """The rule table has no such flag, or the flag can't have this value."""

    type = "unknown-flag"
    title = "A flag or its value is unknown"
    default_detail = "The names of all flags stand in each profile."


class UnknownFactTypeError(UnprocessableError):
    """No timeline has facts of this type; the detail names those there are."""

    type = "unknown-fact-type"
    title = "There is no such type of fact"


class NothingToChangeError(UnprocessableError):
    """The request names nothing that is to change."""

    type = "nothing-to-change"
    title = "Nothing is to be changed"
    default_detail = "Send display_name, phone or flags."


class ExternalIdTakenError(ConflictError):
    """The external id belongs to another person; it is never moved silently."""

    type = "external-id-taken"
    title = "This id belongs to another person"
    default_detail = "If the two are one person, merge them."


class PeriodRunningError(ConflictError):
    """A period is closed only after its end."""

    type = "period-running"
    title = "The period isn't over yet"


class PeriodUnsettledError(ConflictError):
    """Events of the period's facts have not arrived yet."""

    type = "period-unsettled"
    title = "Events of this period are still on their way"
    default_detail = "Try again in a minute."


class ReplayRunningError(ConflictError):
    """One replay runs at a time."""

    type = "replay-running"
    title = "A replay is running already"


class FutureConsentError(UnprocessableError):
    """Consent holds from now or from a time that has passed."""

    type = "consent-in-the-future"
    title = "Consent can't begin in the future"
    default_detail = "Leave effective_at out, or send a time that has passed."


class BasisNeededError(UnprocessableError):
    """Whoever records what someone else said must say how they know."""

    type = "basis-needed"
    title = "It isn't said how this is known"
    default_detail = "Send basis: written, oral, guardian, partner or correction."


class UnknownReferenceError(NotFoundError):
    """No reference value has this id."""

    type = "unknown-reference"
    title = "There is no such reference value"


class OverlappingReferenceError(ConflictError):
    """Another value of the same kind, key and country holds on some of these days."""

    type = "overlapping-reference"
    title = "Another value holds on some of these days"
    default_detail = "End the value that reference_id names first, or choose other days."


class ReferenceValueError(UnprocessableError):
    """A value of this kind can't be so; the detail says how it can."""

    type = "reference-value"
    title = "This value cannot be used"
