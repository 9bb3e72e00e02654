"""Whether a process lives, is ready for requests, and has started."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

PROBE_SECONDS = 2.0
FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One dependency: `probe` returns if it answers and raises if it does not."""

    name: str
    probe: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found; `problem` is the class of the failure, never its words."""

    name: str
    ok: bool
    seconds: float
    problem: str | None = None


@dataclass
class Health:
    """The health of one process.

    Findings are at most a second old; a probe gets two seconds. A dependency that is down makes the
    process not ready, never not alive: a restart would not help. `alive` is what tells a crash
    within the process.
    """

    checks: Sequence[HealthCheck] = ()
    alive: Callable[[], bool] = lambda: True
    clock: Callable[[], float] = time.monotonic
    has_started: bool = False
    is_draining: bool = False
    _findings: list[Finding] = field(default_factory=list)
    _found_at: float | None = None
    _probing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def drain(self) -> None:
        """Say not ready from now on: the process is about to stop."""
        self.is_draining = True

    async def is_ready(self) -> bool:
        """Whether every dependency answers and the process is not about to stop."""
        findings = await self.findings()
        answers = all(finding.ok for finding in findings)
        self.has_started = self.has_started or answers
        return answers and not self.is_draining

    async def findings(self) -> list[Finding]:
        """One finding a check, probing again if the last are older than a second."""
        async with self._probing:
            if self._found_at is None or self.clock() - self._found_at >= FRESH_SECONDS:
                self._findings = await asyncio.gather(*map(_found, self.checks))
                self._found_at = self.clock()
        return self._findings


async def _found(check: HealthCheck) -> Finding:
    started = time.perf_counter()
    problem = None
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await check.probe()
    except Exception as error:  # whatever a probe raises means that its dependency is down
        problem = type(error).__name__
    return Finding(check.name, problem is None, round(time.perf_counter() - started, 4), problem)
