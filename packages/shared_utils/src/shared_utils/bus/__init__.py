"""The one place that speaks to NATS: a connection that is kept, a stream, consumers, questions."""

from shared_utils.bus.bus import Bus, Published
from shared_utils.bus.errors import BusUnavailableError, NoConsumerError, NoStreamError
from shared_utils.bus.messages import Message
from shared_utils.bus.pull import Puller
from shared_utils.bus.stream import STREAM, ConsumerState, Stream, StreamState

__all__ = [
    "STREAM",
    "Bus",
    "BusUnavailableError",
    "ConsumerState",
    "Message",
    "NoConsumerError",
    "NoStreamError",
    "Published",
    "Puller",
    "Stream",
    "StreamState",
]
