"""Why two people can't be merged or parted; none says more than the caller may know."""

from shared_utils.errors import ConflictError, UnprocessableError


class SamePersonError(UnprocessableError):
    """A person is to be merged with, or parted from, themselves."""

    type = "same-person"
    title = "Both ids name the same person"
    default_detail = "Name two different people in keep and merge."


class UnknownChoiceError(UnprocessableError):
    """A choice names something that can't be chosen."""

    type = "unknown-choice"
    title = "A choice names nothing that can be chosen"
    default_detail = (
        "Choose display_name, phone or flags.<name>: keep or merge. Of consents the stricter"
        " holds, and all else of both people stays."
    )


class AlreadyMergedError(ConflictError):
    """The two count as one person already; nothing was done again."""

    type = "already-merged"
    title = "These two count as one person already"
    default_detail = "Nothing is left to do; person_id is whom both count as."


class MergedElsewhereError(ConflictError):
    """The person to be merged counts as someone else already."""

    type = "merged-elsewhere"
    title = "The person to be merged counts as another one already"
    default_detail = "Merge the person named in person_id, or take that merge back first."


class NotMergedError(ConflictError):
    """No merge of these two stands: it never was, or it was taken back."""

    type = "not-merged"
    title = "No merge of these two stands"
    default_detail = "Nothing is left to take back."
