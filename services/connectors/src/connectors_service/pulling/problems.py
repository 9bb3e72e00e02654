"""A failure as a source and its import keep it."""

from typing import Any

import orjson

from shared_utils.http.problems import problem_for


def problem_of(failure: Exception) -> dict[str, Any]:
    """Return the problem details of a failure, which repeat nothing that a page holds."""
    problem: dict[str, Any] = orjson.loads(problem_for(failure).body)
    return problem
