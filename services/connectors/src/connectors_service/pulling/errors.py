"""What can go wrong with a source; no message repeats what its pages hold."""

from typing import ClassVar

from shared_utils.errors import ConflictError, NotFoundError, UnprocessableError


class UnknownSourceError(NotFoundError):
    """No source has that name."""

    type = "unknown-source"
    title = "There is no such source"


class SourceExistsError(ConflictError):
    """The name is taken."""

    type = "source-exists"
    title = "There is a source of that name"
    default_detail = "Choose another name, or change the one that exists: PUT /v1/sources/{source}."


class BadSourceError(UnprocessableError):
    """The definition is well formed, but cannot work; `at` says which member."""

    type = "bad-source"
    title = "The source cannot work as defined"

    def __init__(self, at: str, message: str) -> None:
        super().__init__(f"{at} {message}.", at=at)


class SourceProblemError(UnprocessableError):
    """A page could not be had; kept as the source's last problem.

    `is_passing` says that the same request may work later, `ends_pull` that this pull can't come
    to an end: what it stored is dropped, and the next one begins anew.

    SourceProblemError
    ├── AddressRefusedError, LeadsElsewhereError
    ├── SourceRefusesError
    ├── SourceUnavailableError (passes)
    ├── SecretMissingError
    ├── UnreadablePageError, PageTooLargeError
    └── SourceRepeatsError, PullTooLargeError, PlaceLostError (end the pull)
    """

    is_passing: ClassVar[bool] = False
    ends_pull: ClassVar[bool] = False


class AddressRefusedError(SourceProblemError):
    """The host leads to an address that no pull may go to."""

    type = "source-address-refused"
    title = "The source's host is not a public one"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"The host leads to an address that is {kind}. Whoever runs Waymark can allow it "
            "(setting WAYMARK_PULL_ALLOWED_NETWORKS).",
            setting="WAYMARK_PULL_ALLOWED_NETWORKS",
        )


class LeadsElsewhereError(SourceProblemError):
    """A redirect or a link leads where the pull does not follow."""

    type = "source-leads-elsewhere"
    title = "The source leads elsewhere"


class SourceRefusesError(SourceProblemError):
    """The source answered with a status that says no."""

    type = "source-refuses"
    title = "The source refuses the request"

    def __init__(self, status: int) -> None:
        hint = "Check `auth` and the secret." if status in (401, 403) else "Check path and params."
        super().__init__(f"The source answered with status {status}. {hint}", answered=status)
        self.answered = status


class SourceUnavailableError(SourceProblemError):
    """The source is down, slow or asks for patience; `retry_after` seconds if it said how long."""

    type = "source-unavailable"
    title = "The source is not available"
    is_passing = True

    def __init__(
        self, because: str, retry_after: float | None = None, answered: int | None = None
    ) -> None:
        more = {} if answered is None else {"answered": answered}
        super().__init__(f"The source {because}. The pull goes on later where it stopped.", **more)
        self.retry_after = retry_after


class SecretMissingError(SourceProblemError):
    """There is no secret for this source and host, or it cannot be opened."""

    type = "source-secret-missing"
    title = "The source's secret is missing"
    default_detail = "Set the source's secret again: PATCH /v1/sources/{source}."


class UnreadablePageError(SourceProblemError):
    """The answer is not what the definition promises."""

    type = "source-unreadable"
    title = "The source's answer cannot be read"


class PageTooLargeError(SourceProblemError):
    """One page exceeds the limit of bytes."""

    type = "source-page-too-large"
    title = "A page of the source is too large"

    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"A page may have {maximum} bytes (setting WAYMARK_PULL_PAGE_MAX_BYTES). Ask for "
            "smaller pages.",
            limit="WAYMARK_PULL_PAGE_MAX_BYTES",
            maximum=maximum,
        )


class PullTooLargeError(SourceProblemError):
    """All pages together exceed a limit."""

    type = "pull-too-large"
    title = "The pull is too large"
    ends_pull = True

    def __init__(self, limit: str, maximum: int) -> None:
        super().__init__(
            f"One pull may have {maximum} (setting {limit}). Let it begin later: give "
            "`incremental.initial`.",
            limit=limit,
            maximum=maximum,
        )


class SourceRepeatsError(SourceProblemError):
    """The pages go round in a circle."""

    type = "source-repeats"
    title = "The source gives the same page again and again"
    ends_pull = True
    default_detail = "The next page is one that was read before. Check `pagination`."


class PlaceLostError(SourceProblemError):
    """A pull that goes on is told that its next page does not exist any more."""

    type = "source-place-lost"
    title = "The source does not know the next page any more"
    default_detail = "A cursor or link has expired: the pull begins anew."
    ends_pull = True
