"""What can go wrong between a process and NATS; all of it passes, so all of it is a 503."""

from shared_utils.errors import UnavailableError


class BusUnavailableError(UnavailableError):
    """NATS is not connected, did not answer in time, or refused for the moment.

    BusUnavailableError
    ├── NoStreamError
    └── NoConsumerError
    """

    type = "bus-unavailable"
    title = "The message bus is unavailable for the moment"


class NoStreamError(BusUnavailableError):
    """The stream does not exist (yet): the relay creates it."""


class NoConsumerError(BusUnavailableError):
    """The durable consumer does not exist (any more)."""
