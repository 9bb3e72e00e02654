"""Talking to the gateway as a client of its HTTP interface."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from waymark.errors import CommandError

_TIMEOUT = httpx.Timeout(30, read=300, write=300)
_PATIENCE_SECONDS = 60.0
_PAGE = 100


class GatewayError(CommandError):
    """The gateway refused; the message is its problem's title and detail."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(_problem_text(response))
        self.status = response.status_code


@dataclass
class Gateway:
    """One caller's view of the gateway; patience ends early once `given_up` says so."""

    url: str
    token: str
    given_up: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            base_url=self.url,
            timeout=_TIMEOUT,
            trust_env=False,
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON at a path; GatewayError where it says no."""
        return _json(self._client.get(path, params=parameters))

    def status(self, path: str, **parameters: str | int) -> int:
        """The HTTP status of a path."""
        return self._client.get(path, params=parameters).status_code

    def get_patiently(self, path: str, **parameters: str | int) -> Any:
        """Like `get`, but goes on asking for a minute while the gateway is away or overloaded."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self.get(path, **parameters)
            except (httpx.TransportError, GatewayError) as error:
                over = self.given_up() or time.monotonic() > deadline
                if over or not _may_pass(error):
                    raise CommandError(f"{self.url}{path}: {error}") from error
                time.sleep(0.5)

    def content(self, path: str) -> bytes:
        """The bytes at a path; GatewayError where it says no."""
        response = self._client.get(path)
        if response.is_error:
            raise GatewayError(response)
        return response.content

    def items(self, path: str) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get_patiently(path, limit=_PAGE, **cursor)
            yield from page["items"]
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer to a request with a JSON body."""
        return _json(self._client.post(path, json=body or {}))

    def upload(self, path: str, file: IO[bytes], name: str, fields: Mapping[str, str]) -> Any:
        """Send a file as multipart form data, read as it goes out."""
        try:
            response = self._client.post(path, files={"file": (name, file)}, data=dict(fields))
        except httpx.TransportError as error:
            raise CommandError(f"the upload to {self.url} broke off: {error}") from error
        return _json(response)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _json(response: httpx.Response) -> Any:
    if response.is_error:
        raise GatewayError(response)
    return response.json()


def _each_error(problem: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, place by place, where a problem lists it."""
    for error in problem.get("errors") or ():
        if isinstance(error, Mapping):
            yield f"  {error.get('at') or error.get('path') or ''}: {error.get('message', '')}"


def _may_pass(error: Exception) -> bool:
    return not isinstance(error, GatewayError) or error.status in (429, 502, 503, 504)


def _problem_text(response: httpx.Response) -> str:
    """Title and detail of a problem; the status alone where the answer is something else."""
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        problem = response.json()
        parts = [problem.get("title"), problem.get("detail")]
        words = f"{response.status_code}: " + ": ".join(str(part) for part in parts if part)
        return "\n".join((words, *_each_error(problem)))
    return f"{response.status_code} from {Path(response.url.path)}"
