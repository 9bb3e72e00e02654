"""What can go wrong in q2q_ai, as its callers see it."""

from shared_utils.errors import UnprocessableError


class RepeatedDimensionError(UnprocessableError):
    """A request names a dimension twice."""

    type = "repeated-dimension"
    title = "A dimension stands twice"
    default_detail = "Name each dimension once, or none to score all."
