"""Send a file through the gateway and follow its import to the end."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from waymark.gateway import Gateway

DATASETS = (
    "companies", "company-users", "enrollments", "program-costs",
    "kintell-users", "kintell-sessions", "kintell-ratings",
    "buddy-matches", "buddy-events", "buddy-checkins", "buddy-feedback",
    "course-completions", "credentials", "learning-progress",
)  # fmt: skip
FINISHED = frozenset({"completed", "failed", "cancelled", "undone"})
_POLL_SECONDS = 0.1
_ERRORS_COUNTED = 2000


@dataclass(frozen=True)
class Report:
    """How an import ended: the API's own answer, its first errors by code, and words to each."""

    answer: Mapping[str, Any]
    errors: Counter[str]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """completed, failed, cancelled or undone."""
        return str(self.answer["status"])

    @property
    def rows(self) -> Mapping[str, int]:
        """read, created, updated, unchanged, refused, held."""
        rows: Mapping[str, int] = self.answer["rows"]
        return rows


def import_file(
    gateway: Gateway,
    path: Path,
    dataset: str,
    fields: Mapping[str, str],
    *,
    opened: IO[bytes] | None = None,
    on_progress: Callable[[Mapping[str, int]], None] = lambda rows: None,
) -> Report:
    """Upload `path` (or what `opened` reads of it) and wait for the end; errors are counted.

    GatewayError where the upload itself is refused.
    """
    if opened is None:
        with path.open("rb") as file:
            return import_file(gateway, path, dataset, fields, opened=file, on_progress=on_progress)
    accepted = gateway.upload(f"/v1/import/{dataset}", opened, path.name, fields)
    answer = followed(gateway, str(accepted["import_id"]), _is_over, on_progress)
    errors = _errors(gateway, answer)
    codes = Counter(str(each["code"]) for each in errors)
    return Report(answer, codes, {each["code"]: each["message"] for each in reversed(errors)})


def followed(
    gateway: Gateway,
    import_id: str,
    is_over: Callable[[Mapping[str, Any]], bool],
    on_progress: Callable[[Mapping[str, int]], None] = lambda rows: None,
) -> Mapping[str, Any]:
    """Ask for an import until `is_over`, and return it; CommandError once the gateway is gone."""
    while True:
        answer: Mapping[str, Any] = gateway.get_patiently(f"/v1/imports/{import_id}")
        on_progress(answer["rows"])
        if is_over(answer):
            return answer
        time.sleep(_POLL_SECONDS)


def _is_over(answer: Mapping[str, Any]) -> bool:
    return answer["status"] in FINISHED


def _errors(gateway: Gateway, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not answer["rows"]["refused"]:
        return []
    return [*islice(gateway.items(f"/v1/imports/{answer['import_id']}/errors"), _ERRORS_COUNTED)]
