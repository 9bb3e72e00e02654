"""HTTP out: calls that give up in time, try again with care, and spare a host that is down."""

from shared_utils.client.breaker import Breaker, CircuitOpenError, State
from shared_utils.client.client import ResilientClient, Timeouts, UpstreamUnavailableError

__all__ = [
    "Breaker",
    "CircuitOpenError",
    "ResilientClient",
    "State",
    "Timeouts",
    "UpstreamUnavailableError",
]
