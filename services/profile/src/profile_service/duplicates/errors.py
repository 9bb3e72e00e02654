"""Why a scan or a decision can't be taken."""

from shared_utils.errors import ConflictError, NotFoundError, UnprocessableError


class ScanRunningError(ConflictError):
    """One scan runs at a time."""

    type = "scan-running"
    title = "A scan for duplicates is running already"


class UnknownDuplicateError(NotFoundError):
    """No pair has this id, or one of its people is gone."""

    type = "unknown-duplicate"
    title = "There is no such pair"


class AlreadyDecidedError(ConflictError):
    """The pair was decided already, or one of its people counts as someone else by now."""

    type = "already-decided"
    title = "This pair is no longer open"
    default_detail = "Read the queue anew; a merge is taken back with POST /v1/profile/unmerge."


class NotOfPairError(UnprocessableError):
    """The person to keep is none of the two."""

    type = "not-of-pair"
    title = "The person to keep is not one of the pair"
    default_detail = "Name one of the pair's two people in keep."
