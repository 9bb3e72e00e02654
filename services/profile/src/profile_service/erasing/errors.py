"""What can go wrong with erasures in expected ways."""

from shared_utils.errors import ConflictError, NotFoundError, UnprocessableError


class UnknownErasureError(NotFoundError):
    """No erasure has this id."""

    type = "unknown-erasure"
    title = "There is no such erasure"


class ReasonMissingError(UnprocessableError):
    """An erasure says why."""

    type = "reason-missing"
    title = "An erasure needs a reason"
    default_detail = "Send a reason, in the query or the body; name nobody in it, it is kept."


class ErasedIdentifierError(ConflictError):
    """The identifier belongs to a person who was erased; an administrator can lift that."""

    type = "erased-identifier"
    title = "This id belongs to a person who was erased"
    default_detail = "An administrator can lift the erasure; then the id can be used again."
